"""How conversations look to webhooks."""

from parlour.contract.form import Form
from parlour.contract.webhook import AnnouncedFact, Announcement, Announcements, Parameters, PreAction, moment
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
ADD = PreAction(PreEvent.CONVERSATION_ADD, draft, itself, Form(ConversationDraft), AMENDABLE)
UPDATE = PreAction(PreEvent.CONVERSATION_UPDATE, shown, itself, Form(ConversationEdit), AMENDABLE)
REMOVE = PreAction(PreEvent.CONVERSATION_REMOVE, shown, itself)


def _as_it_is(announced: AnnouncedFact[ConversationFact]) -> Parameters:
    return shown(announced.fact.conversation)


def _removed(announced: AnnouncedFact[ConversationRemoved]) -> Parameters:
    return {**shown(announced.fact.conversation), "DateRemoved": moment(announced.at)}


def _state(announced: AnnouncedFact[ConversationStateUpdated]) -> Parameters:
    conversation = announced.fact.conversation
    return {
        "ConversationSid": conversation.sid,
        "StateUpdated": moment(conversation.state_updated_at),
        "StateFrom": announced.fact.state_from,
        "StateTo": conversation.state,
        "Reason": announced.fact.reason,
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
"""The events of each type of fact, in order."""
