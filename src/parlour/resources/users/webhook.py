"""How users look to webhooks."""

from parlour.contract.webhook import Announcement, Parameters, Question, Row, Told, moment, yes_or_no
from parlour.core.webhook_events import PostEvent, PreEvent
from parlour.resources.users import events


def shown(user: Row) -> Parameters:
    """What every event of a user says of it."""
    return {
        "UserSid": user["sid"],
        "DateCreated": moment(user["created_at"]),
        "DateUpdated": moment(user["updated_at"]),
        "Identity": user["identity"],
        "RoleSid": user["role_sid"],
        "Attributes": user["attributes"],
        "FriendlyName": user["friendly_name"],
    }


def _edited(user: Row) -> Parameters:
    parameters = shown(user)
    del parameters["DateCreated"]
    return parameters


def _itself(user: Row) -> str:
    sid: str = user["sid"]
    return sid


UPDATE = Question(PreEvent.USER_UPDATE, _edited, _itself)


def _subject(payload: Row) -> str:
    sid: str = payload["user"]["sid"]
    return sid


def _added(told: Told) -> Parameters:
    parameters = shown(told.payload["user"])
    del parameters["DateUpdated"]
    return parameters


def _updated(told: Told) -> Parameters:
    user = told.payload["user"]
    return {**shown(user), "isNotifiable": yes_or_no(user.get("is_notifiable"))}


ANNOUNCEMENTS = {
    events.ADDED: [Announcement(PostEvent.USER_ADDED, _subject, _added)],
    events.UPDATED: [Announcement(PostEvent.USER_UPDATED, _subject, _updated)],
}
"""By the type of a fact: what webhooks are told of it."""
