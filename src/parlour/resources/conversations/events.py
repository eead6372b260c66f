"""Facts about conversations."""

from parlour.core.events import Fact
from parlour.resources.conversations.model import Conversation

ADDED = "ConversationAdded"
UPDATED = "ConversationUpdated"
REMOVED = "ConversationRemoved"
STATE_UPDATED = "ConversationStateUpdated"


def conversation_added(conversation: Conversation) -> Fact:
    """A conversation was created."""
    return _fact(ADDED, conversation, conversation.last_event_id)


def conversation_updated(conversation: Conversation) -> Fact:
    """Something of a conversation changed, be it its state."""
    return _fact(UPDATED, conversation, conversation.last_event_id)


def conversation_state_updated(conversation: Conversation, before: str, reason: str) -> Fact:
    """The state changed from *before*, because of a call (``API``), a timer (``TIMER``), or a message or completed
    participants (``EVENT``); the last is told of by this alone."""
    payload = {"conversation": conversation, "state_from": before, "reason": reason}
    return Fact(type=STATE_UPDATED, payload=payload, conversation_sid=conversation.sid)


def conversation_removed(conversation: Conversation, event_id: int) -> Fact:
    """A conversation was deleted; its participants and messages follow it."""
    return _fact(REMOVED, conversation, event_id)


def _fact(type: str, conversation: Conversation, event_id: int) -> Fact:
    return Fact(type=type, id=event_id, conversation_sid=conversation.sid, payload={"conversation": conversation})
