"""Delivery, its attempts, and the lanes in which deliveries wait."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import msgspec


class DeliveryState(StrEnum):
    """Where a delivery is."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"
    ASKED = "asked"
    """A pre-action webhook, whose answer was waited for."""


class Delivery(msgspec.Struct, frozen=True):
    """One event on its way to one webhook."""

    account_sid: str
    sid: str
    number: int
    lane: str
    service_sid: str | None
    conversation_sid: str | None
    subject_sid: str
    event_id: int | None
    event_type: str
    hook: str
    url: str
    method: str
    parameters: dict[str, str]
    token: UUID
    state: str
    attempts: int
    request_sid: str | None
    created_at: datetime
    finished_at: datetime | None


class Planned(msgspec.Struct, frozen=True):
    """A delivery that is to be put into its lane."""

    account_sid: str
    sid: str
    service_sid: str
    conversation_sid: str | None
    subject_sid: str
    event_id: int
    event_type: str
    hook: str
    url: str
    method: str
    parameters: Mapping[str, str]
    request_sid: str | None

    @property
    def lane(self) -> str:
        """The lane's name: the conversation (or what else the event is about) and the URL, whatever their length."""
        text = f"{self.conversation_sid or self.subject_sid} {self.url}"
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    @property
    def receiver(self) -> str:
        """Scheme, host and port of the URL."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}".lower()


class Claim(msgspec.Struct, frozen=True):
    """A lane that this process may empty until its claim runs out, with the next deliveries in it."""

    account_sid: str
    lane: str
    receiver: str
    deliveries: tuple[Delivery, ...]


class Attempt(msgspec.Struct, frozen=True):
    """One call of a delivery: what was sent and what came back."""

    delivery_sid: str
    account_sid: str
    number: int
    url: str
    headers: dict[str, str]
    body: str
    signed: str
    answer_status: int | None
    answer_headers: dict[str, str] | None
    answer_body: str | None
    error: str | None
    verdict: str
    changed: dict[str, Any] | None
    started_at: datetime
    milliseconds: float
