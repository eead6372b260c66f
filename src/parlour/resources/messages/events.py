"""Facts about messages."""

from typing import Any

import msgspec

from parlour.core.events import Fact
from parlour.resources.messages.model import Message

ADDED = "MessageAdded"


def added_payload(message: Message) -> dict[str, Any]:
    """The payload of MessageAdded but for the index, which only the statement that writes the message knows."""
    payload = msgspec.structs.asdict(message)
    del payload["index"], payload["last_event_id"]
    return payload


def message_updated(message: Message) -> Fact:
    """A message was edited."""
    return _fact("MessageUpdated", message, message.last_event_id)


def message_removed(message: Message, event_id: int) -> Fact:
    """A message was deleted; its index stays unused."""
    return _fact("MessageRemoved", message, event_id)


def _fact(type: str, message: Message, event_id: int) -> Fact:
    return Fact(type=type, id=event_id, conversation_sid=message.conversation_sid, payload={"message": message})
