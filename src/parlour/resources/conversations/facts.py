"""Facts about conversations."""

from typing import ClassVar

from parlour.core.facts import Fact
from parlour.resources.conversations.model import Conversation, Reason


class ConversationFact(Fact, frozen=True, kw_only=True):
    """Something happened to a conversation."""

    conversation: Conversation

    @property
    def event_id(self) -> int:
        return self.conversation.last_event_id

    @property
    def conversation_sid(self) -> str:
        return self.conversation.sid

    @property
    def subject_sid(self) -> str:
        return self.conversation.sid


class ConversationAdded(ConversationFact, frozen=True, kw_only=True):
    """A conversation was created."""


class ConversationUpdated(ConversationFact, frozen=True, kw_only=True):
    """Something of a conversation changed, be it its state."""


class ConversationStateUpdated(ConversationFact, frozen=True, kw_only=True):
    """The state changed from *state_from*, because of a call (``API``), a timer (``TIMER``), or a message or completed
    participants (``EVENT``); no other fact reports the last."""

    is_told_by_sql: ClassVar[bool] = True

    state_from: str
    reason: Reason


class ConversationRemoved(ConversationFact, frozen=True, kw_only=True):
    """A conversation was deleted; its participants and messages follow it."""
