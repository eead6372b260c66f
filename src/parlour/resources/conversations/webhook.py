"""How conversations look to webhooks."""

from parlour.contract.webhook import Announcement, Parameters, Row, Told, moment
from parlour.core.webhook_events import PostEvent
from parlour.resources.conversations import events


def shown(conversation: Row) -> Parameters:
    """What every event of a conversation says of it."""
    return {
        "ConversationSid": conversation["sid"],
        "DateCreated": moment(conversation["created_at"]),
        "DateUpdated": moment(conversation["updated_at"]),
        "FriendlyName": conversation["friendly_name"],
        "UniqueName": conversation["unique_name"],
        "Attributes": conversation["attributes"],
        "MessagingServiceSid": conversation["messaging_service_sid"],
        "State": conversation["state"],
    }


def _subject(payload: Row) -> str:
    sid: str = payload["conversation"]["sid"]
    return sid


def _as_it_is(told: Told) -> Parameters:
    return shown(told.payload["conversation"])


def _removed(told: Told) -> Parameters:
    return {**_as_it_is(told), "DateRemoved": moment(told.at)}


def _state(told: Told) -> Parameters:
    conversation = told.payload["conversation"]
    return {
        "ConversationSid": conversation["sid"],
        "StateUpdated": moment(conversation["state_updated_at"]),
        "StateFrom": told.payload["state_from"],
        "StateTo": conversation["state"],
        "Reason": told.payload["reason"],
        "MessagingServiceSid": conversation["messaging_service_sid"],
    }


def _is_told_alone(payload: Row) -> bool:
    """A message that wakes a conversation tells of its state only, and the state is one of its attributes."""
    return bool(payload["reason"] == "EVENT")


ANNOUNCEMENTS = {
    events.ADDED: [Announcement(PostEvent.CONVERSATION_ADDED, _subject, _as_it_is)],
    events.UPDATED: [Announcement(PostEvent.CONVERSATION_UPDATED, _subject, _as_it_is)],
    events.STATE_UPDATED: [
        Announcement(PostEvent.CONVERSATION_UPDATED, _subject, _as_it_is, when=_is_told_alone),
        Announcement(PostEvent.CONVERSATION_STATE_UPDATED, _subject, _state),
    ],
    events.REMOVED: [Announcement(PostEvent.CONVERSATION_REMOVED, _subject, _removed)],
}
"""By the type of a fact: what webhooks are told of it, in order."""
