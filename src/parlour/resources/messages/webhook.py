"""How messages look to webhooks."""

from parlour.contract.form import Form
from parlour.contract.webhook import Announcement, Parameters, Question, Row, Told, moment, number
from parlour.core.webhook_events import PostEvent, PreEvent
from parlour.resources.messages import events
from parlour.resources.messages.model import MessageDraft, MessageEdit


def shown(message: Row) -> Parameters:
    """What every event of a message that exists says of it."""
    return {
        "ConversationSid": message["conversation_sid"],
        "MessageSid": message["sid"],
        "Index": number(message["index"]),
        "DateCreated": moment(message["created_at"]),
        "DateUpdated": moment(message["updated_at"]),
        "Body": message["body"],
        "Author": message["author"],
        "ParticipantSid": message["participant_sid"],
        "Attributes": message["attributes"],
    }


def _draft(message: Row) -> Parameters:
    return {
        "ConversationSid": message["conversation_sid"],
        "Body": message["body"],
        "Author": message["author"],
        "ParticipantSid": message["participant_sid"],
        "Attributes": message["attributes"],
    }


def _itself(message: Row) -> str:
    sid: str = message["sid"]
    return sid


def _conversation(message: Row) -> str:
    sid: str = message["conversation_sid"]
    return sid


_AMENDABLE = ("body", "author", "attributes")
ADD = Question(PreEvent.MESSAGE_ADD, _draft, _conversation, Form(MessageDraft), _AMENDABLE)
UPDATE = Question(PreEvent.MESSAGE_UPDATE, shown, _itself, Form(MessageEdit), _AMENDABLE)
REMOVE = Question(PreEvent.MESSAGE_REMOVE, shown, _itself)


def _subject(payload: Row) -> str:
    sid: str = payload["message"]["sid"]
    return sid


def _added(told: Told) -> Parameters:
    parameters = shown(told.payload["message"])
    del parameters["DateUpdated"]
    return {**parameters, "MessagingServiceSid": told.messaging_service_sid}


def _updated(told: Told) -> Parameters:
    return shown(told.payload["message"])


def _removed(told: Told) -> Parameters:
    return {**_updated(told), "DateRemoved": moment(told.at)}


ANNOUNCEMENTS = {
    events.ADDED: [Announcement(PostEvent.MESSAGE_ADDED, _subject, _added)],
    events.UPDATED: [Announcement(PostEvent.MESSAGE_UPDATED, _subject, _updated)],
    events.REMOVED: [Announcement(PostEvent.MESSAGE_REMOVED, _subject, _removed)],
}
"""By the type of a fact: what webhooks are told of it."""
