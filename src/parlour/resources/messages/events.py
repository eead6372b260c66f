"""Facts about messages. MessageAdded is told by the statement that writes messages: ``queries.APPEND``."""

from parlour.core.events import Fact
from parlour.resources.messages.model import Message

ADDED = "MessageAdded"
UPDATED = "MessageUpdated"
REMOVED = "MessageRemoved"


def message_updated(message: Message) -> Fact:
    """A message was edited."""
    return _fact(UPDATED, message, message.last_event_id)


def message_removed(message: Message, event_id: int) -> Fact:
    """A message was deleted; its index stays unused."""
    return _fact(REMOVED, message, event_id)


def _fact(type: str, message: Message, event_id: int) -> Fact:
    return Fact(type=type, id=event_id, conversation_sid=message.conversation_sid, payload={"message": message})
