"""Receipt, the order of its statuses, and how far all receipts of a message have come."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

import msgspec


class Status(StrEnum):
    """How far a message has come to one recipient."""

    QUEUED = "queued"
    """Handed over to the channel, which has not taken it yet. Callers do not see such a receipt."""
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    """It could not be sent."""
    UNDELIVERED = "undelivered"
    """It was sent, but did not arrive."""


class Receipt(msgspec.Struct, frozen=True):
    """The receipt of a message for one recipient."""

    sid: str
    conversation_sid: str
    message_sid: str
    participant_sid: str
    channel_message_sid: str | None
    """The channel's own name of the message: two letters and 32 hexadecimal digits."""
    status: str
    error_code: int
    """Of the channel; 0 when all is well."""
    created_at: datetime
    updated_at: datetime


_ONWARD = (Status.QUEUED, Status.SENT, Status.DELIVERED, Status.READ)
_FINAL = (Status.FAILED, Status.UNDELIVERED)
_REACHED = {
    "sent": (Status.SENT, Status.DELIVERED, Status.READ, Status.UNDELIVERED),
    "delivered": (Status.DELIVERED, Status.READ),
    "read": (Status.READ,),
    "failed": (Status.FAILED,),
    "undelivered": (Status.UNDELIVERED,),
}
"""What a receipt of that status has reached: who has read a message, to them it was sent and delivered."""


def moves_on(before: str, after: Status) -> bool:
    """Whether a receipt goes from the status *before* to *after*; news from carriers may come in any order."""
    if before in _FINAL:
        return False
    return after in _FINAL or _ONWARD.index(after) > _ONWARD.index(Status(before))


def summary(numbers: Mapping[str, int]) -> dict[str, int]:
    """How many receipts have reached what, and under ``total`` how many there are; *numbers* has them by status."""
    reached = {name: sum(numbers.get(status, 0) for status in statuses) for name, statuses in _REACHED.items()}
    return {"total": sum(numbers.values()), **reached}
