"""How messages look to webhooks."""

from parlour.contract.form import Form
from parlour.contract.webhook import AnnouncedFact, Announcement, Announcements, Parameters, PreAction, moment, number
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
ADD = PreAction(PreEvent.MESSAGE_ADD, _draft, _conversation, Form(MessageDraft), _AMENDABLE)
UPDATE = PreAction(PreEvent.MESSAGE_UPDATE, shown, _itself, Form(MessageEdit), _AMENDABLE)
REMOVE = PreAction(PreEvent.MESSAGE_REMOVE, shown, _itself)


def _added(announced: AnnouncedFact[MessageAdded]) -> Parameters:
    parameters = shown(announced.fact.message)
    del parameters["DateUpdated"]
    return {**parameters, "MessagingServiceSid": announced.messaging_service_sid}


def _updated(announced: AnnouncedFact[MessageUpdated]) -> Parameters:
    return shown(announced.fact.message)


def _removed(announced: AnnouncedFact[MessageRemoved]) -> Parameters:
    return {**shown(announced.fact.message), "DateRemoved": moment(announced.at)}


ANNOUNCEMENTS: Announcements = {
    MessageAdded: [Announcement(PostEvent.MESSAGE_ADDED, _added)],
    MessageUpdated: [Announcement(PostEvent.MESSAGE_UPDATED, _updated)],
    MessageRemoved: [Announcement(PostEvent.MESSAGE_REMOVED, _removed)],
}
"""The events of each type of fact."""
