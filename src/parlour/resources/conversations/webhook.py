"""How conversations look to webhooks."""

from parlour.contract.form import Form
from parlour.contract.webhook import Announcement, Parameters, Question, Row, Told, moment
from parlour.core.webhook_events import PostEvent, PreEvent
from parlour.resources.conversations import events
from parlour.resources.conversations.model import ConversationDraft, ConversationEdit


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


def draft(conversation: Row) -> Parameters:
    """What the event of a conversation that does not exist yet says of it."""
    parameters = shown(conversation)
    for name in ("ConversationSid", "DateCreated", "DateUpdated"):
        del parameters[name]
    return parameters


def itself(conversation: Row) -> str:
    """The SID of the conversation."""
    sid: str = conversation["sid"]
    return sid


AMENDABLE = ("friendly_name",)
ADD = Question(PreEvent.CONVERSATION_ADD, draft, itself, Form(ConversationDraft), AMENDABLE)
UPDATE = Question(PreEvent.CONVERSATION_UPDATE, shown, itself, Form(ConversationEdit), AMENDABLE)
REMOVE = Question(PreEvent.CONVERSATION_REMOVE, shown, itself)


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
