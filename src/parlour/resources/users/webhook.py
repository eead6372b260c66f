"""How users look to webhooks."""

from parlour.contract.webhook import (
    AnnouncedFact,
    Announcement,
    Announcements,
    Parameters,
    PreAction,
    moment,
    yes_or_no,
)
from parlour.core.webhook_events import PostEvent, PreEvent
from parlour.resources.users.facts import UserAdded, UserUpdated
from parlour.resources.users.model import User


def shown(user: User) -> Parameters:
    """What every event of a user says of it."""
    return {
        "UserSid": user.sid,
        "DateCreated": moment(user.created_at),
        "DateUpdated": moment(user.updated_at),
        "Identity": user.identity,
        "RoleSid": user.role_sid,
        "Attributes": user.attributes,
        "FriendlyName": user.friendly_name,
    }


def _edited(user: User) -> Parameters:
    parameters = shown(user)
    del parameters["DateCreated"]
    return parameters


def _itself(user: User) -> str:
    return user.sid


UPDATE = PreAction(PreEvent.USER_UPDATE, _edited, _itself)


def _added(announced: AnnouncedFact[UserAdded]) -> Parameters:
    parameters = shown(announced.fact.user)
    del parameters["DateUpdated"]
    return parameters


def _updated(announced: AnnouncedFact[UserUpdated]) -> Parameters:
    user = announced.fact.user
    return {
        **shown(user),
        "isOnline": yes_or_no(user.is_online),
        "isNotifiable": yes_or_no(user.is_notifiable),
    }


ANNOUNCEMENTS: Announcements = {
    UserAdded: [Announcement(PostEvent.USER_ADDED, _added)],
    UserUpdated: [Announcement(PostEvent.USER_UPDATED, _updated)],
}
"""The events of each type of fact."""
