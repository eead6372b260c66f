"""How messages look to webhooks."""

from parlour.contract.form import Form
from parlour.contract.webhook import Announcement, Announcements, Parameters, Question, Told, moment, number
from parlour.core.webhook_events import PostEvent, PreEvent
from parlour.resources.messages.facts import MessageAdded, MessageRemoved, MessageUpdated
from parlour.resources.messages.model import Message, MessageDraft, MessageEdit


def shown(message: Message) -> Parameters:
    """What every event of a message that exists says of it."""
    return {
        "ConversationSid": message.conversation_sid,
        "MessageSid": message.sid,
        "Index": number(message.index),
        "DateCreated": moment(message.created_at),
        "DateUpdated": moment(message.updated_at),
        "Body": message.body,
        "Author": message.author,
        "ParticipantSid": message.participant_sid,
        "Attributes": message.attributes,
    }


def _draft(message: Message) -> Parameters:
    return {
        "ConversationSid": message.conversation_sid,
        "Body": message.body,
        "Author": message.author,
        "ParticipantSid": message.participant_sid,
        "Attributes": message.attributes,
    }


def _itself(message: Message) -> str:
    return message.sid


def _conversation(message: Message) -> str:
    return message.conversation_sid


_AMENDABLE = ("body", "author", "attributes")
ADD = Question(PreEvent.MESSAGE_ADD, _draft, _conversation, Form(MessageDraft), _AMENDABLE)
UPDATE = Question(PreEvent.MESSAGE_UPDATE, shown, _itself, Form(MessageEdit), _AMENDABLE)
REMOVE = Question(PreEvent.MESSAGE_REMOVE, shown, _itself)


def _added(told: Told[MessageAdded]) -> Parameters:
    parameters = shown(told.fact.message)
    del parameters["DateUpdated"]
    return {**parameters, "MessagingServiceSid": told.messaging_service_sid}


def _updated(told: Told[MessageUpdated]) -> Parameters:
    return shown(told.fact.message)


def _removed(told: Told[MessageRemoved]) -> Parameters:
    return {**shown(told.fact.message), "DateRemoved": moment(told.at)}


ANNOUNCEMENTS: Announcements = {
    MessageAdded: [Announcement(PostEvent.MESSAGE_ADDED, _added)],
    MessageUpdated: [Announcement(PostEvent.MESSAGE_UPDATED, _updated)],
    MessageRemoved: [Announcement(PostEvent.MESSAGE_REMOVED, _removed)],
}
"""By the type of a fact: what webhooks are told of it."""
