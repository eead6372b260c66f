"""Lanes, and what is kept of deliveries."""

from datetime import datetime
from typing import Any

import msgspec

from parlour.contract.delivery import Attempt, Delivery, DeliveryState
from parlour.core.audience import Audience


class Claim(msgspec.Struct, frozen=True):
    """A lane that this process may empty until its claim runs out, with the next deliveries in it."""

    account_sid: str
    lane: str
    audience: Audience
    receiver: str
    deliveries: tuple[Delivery, ...]
    is_away: bool = False
    """Whether the receiver is known to be away, so that the one delivery finds out whether it still is."""


class Done(msgspec.Struct, frozen=True):
    """An attempt as it is kept: with what it makes of the delivery and of its lane."""

    attempt: Attempt
    state: DeliveryState
    lane: str
    place: int
    """The delivery's number in the lane."""
    leaves: bool
    """Whether the lane is given back with it."""
    next_at: datetime
    """When the lane is due then, if something is left in it."""
    is_away: bool
    """Whether the lane waits for a receiver that is away."""
    now: datetime


class PreActionCall(msgspec.Struct, frozen=True):
    """An attempt that was made before a change: as it is kept, with the delivery that it is the only attempt of."""

    attempt: Attempt
    audience: int
    service_sid: str
    conversation_sid: str | None
    subject_sid: str
    event_type: str
    target: str
    payload: Any
    request_sid: str | None
    now: datetime
