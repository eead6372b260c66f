"""Facts about messages."""

from typing import ClassVar

from parlour.core.audience import EVERYBODY, Audience
from parlour.core.facts import Fact
from parlour.resources.messages.model import Message


class MessageFact(Fact, frozen=True, kw_only=True):
    """Something happened to a message."""

    message: Message

    @property
    def event_id(self) -> int:
        return self.message.last_event_id

    @property
    def conversation_sid(self) -> str:
        return self.message.conversation_sid

    @property
    def subject_sid(self) -> str:
        return self.message.sid


class MessageAdded(MessageFact, frozen=True, kw_only=True):
    """A message was sent. The statement that writes messages tells it: ``queries.APPEND``."""

    is_told_by_sql: ClassVar[bool] = True
    concerns: ClassVar[Audience] = EVERYBODY


class MessageUpdated(MessageFact, frozen=True, kw_only=True):
    """A message was edited."""


class MessageRemoved(MessageFact, frozen=True, kw_only=True):
    """A message was deleted; its index stays unused."""
