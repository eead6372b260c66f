"""What every delivery consists of, whatever its kind."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec


class DeliveryState(StrEnum):
    """Where a delivery is."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"
    ASKED = "asked"
    """It was sent before a change, which waited for the answer."""


class Delivery(msgspec.Struct, frozen=True):
    """One event on its way to one target."""

    account_sid: str
    sid: str
    number: int
    lane: str
    audience: int
    service_sid: str | None
    conversation_sid: str | None
    subject_sid: str
    event_id: int | None
    event_type: str
    target: str
    payload: dict[str, Any]
    state: str
    attempts: int
    request_sid: str | None
    replay_of: str | None
    """The delivery that this one repeats."""
    created_at: datetime
    finished_at: datetime | None


class Attempt(msgspec.Struct, frozen=True):
    """One try of a delivery."""

    delivery_sid: str
    account_sid: str
    number: int
    verdict: str
    """What the output made of the answer, in a word."""
    status: int | None
    """What was answered, as a number of the output's; None: nothing complete."""
    error: str | None
    """What went wrong, in words."""
    record: Any
    """What was sent and what came back, as the output keeps it: JSON, or a Struct that becomes JSON."""
    started_at: datetime
    milliseconds: float


class Outcome(msgspec.Struct, frozen=True):
    """What the last attempt of a delivery came to; all None before the first."""

    status: int | None = None
    error: str | None = None
    verdict: str | None = None
    milliseconds: float | None = None


class Wait(msgspec.Struct, frozen=True):
    """For what a delivery waits; all None if it does not."""

    next_at: datetime | None = None
    """When its lane is tried next."""
    away_since: datetime | None = None
    """Since when its receiver is away, if it is."""


class Recorded(msgspec.Struct, frozen=True):
    """A delivery, and how it went so far."""

    delivery: Delivery
    outcome: Outcome
    wait: Wait = Wait()
    attempts: tuple[Attempt, ...] | None = None
    """Those that are kept, the first first; None where they were not asked for."""
    last: Any = None
    """The record of the last attempt, where it was asked for."""
    until: datetime | None = None
    """Until when it waits for its receiver, where it waits and the operator is patient."""
