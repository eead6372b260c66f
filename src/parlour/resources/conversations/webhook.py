"""How conversations look to webhooks."""

from parlour.contract.form import Form
from parlour.contract.webhook import Announcement, Announcements, Parameters, Question, Told, moment
from parlour.core.webhook_events import PostEvent, PreEvent
from parlour.resources.conversations.facts import (
    ConversationAdded,
    ConversationFact,
    ConversationRemoved,
    ConversationStateUpdated,
    ConversationUpdated,
)
from parlour.resources.conversations.model import Conversation, ConversationDraft, ConversationEdit, Reason


def shown(conversation: Conversation) -> Parameters:
    """What every event of a conversation says of it."""
    return {
        "ConversationSid": conversation.sid,
        "DateCreated": moment(conversation.created_at),
        "DateUpdated": moment(conversation.updated_at),
        "FriendlyName": conversation.friendly_name,
        "UniqueName": conversation.unique_name,
        "Attributes": conversation.attributes,
        "MessagingServiceSid": conversation.messaging_service_sid,
        "State": conversation.state,
    }


def draft(conversation: Conversation) -> Parameters:
    """What the event of a conversation that does not exist yet says of it."""
    parameters = shown(conversation)
    for name in ("ConversationSid", "DateCreated", "DateUpdated"):
        del parameters[name]
    return parameters


def itself(conversation: Conversation) -> str:
    """The SID of the conversation."""
    return conversation.sid


AMENDABLE = ("friendly_name",)
ADD = Question(PreEvent.CONVERSATION_ADD, draft, itself, Form(ConversationDraft), AMENDABLE)
UPDATE = Question(PreEvent.CONVERSATION_UPDATE, shown, itself, Form(ConversationEdit), AMENDABLE)
REMOVE = Question(PreEvent.CONVERSATION_REMOVE, shown, itself)


def _as_it_is(told: Told[ConversationFact]) -> Parameters:
    return shown(told.fact.conversation)


def _removed(told: Told[ConversationRemoved]) -> Parameters:
    return {**shown(told.fact.conversation), "DateRemoved": moment(told.at)}


def _state(told: Told[ConversationStateUpdated]) -> Parameters:
    conversation = told.fact.conversation
    return {
        "ConversationSid": conversation.sid,
        "StateUpdated": moment(conversation.state_updated_at),
        "StateFrom": told.fact.state_from,
        "StateTo": conversation.state,
        "Reason": told.fact.reason,
        "MessagingServiceSid": conversation.messaging_service_sid,
    }


def _is_told_alone(fact: ConversationStateUpdated) -> bool:
    """A message that wakes a conversation tells of its state only, and the state is one of its attributes."""
    return fact.reason == Reason.EVENT


ANNOUNCEMENTS: Announcements = {
    ConversationAdded: [Announcement(PostEvent.CONVERSATION_ADDED, _as_it_is)],
    ConversationUpdated: [Announcement(PostEvent.CONVERSATION_UPDATED, _as_it_is)],
    ConversationStateUpdated: [
        Announcement(PostEvent.CONVERSATION_UPDATED, _as_it_is, when=_is_told_alone),
        Announcement(PostEvent.CONVERSATION_STATE_UPDATED, _state),
    ],
    ConversationRemoved: [Announcement(PostEvent.CONVERSATION_REMOVED, _removed)],
}
"""By the type of a fact: what webhooks are told of it, in order."""
