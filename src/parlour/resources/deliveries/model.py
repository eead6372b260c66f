"""Delivery, its attempts, and the lanes in which deliveries wait."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID, uuid4

import msgspec

from parlour.core.fields import Choice, LastMoment, Moment, SidOf
from parlour.core.own_fields import Either
from parlour.core.sids import Prefix
from parlour.core.webhook_events import EVENTS
from parlour.resources.hooks.model import Level

HIDDEN = "***"
"""Stands in the record for what is secret."""
_SUBJECTS = (Prefix.CONVERSATION, Prefix.PARTICIPANT, Prefix.MESSAGE, Prefix.RECEIPT, Prefix.USER)
"""What events are about."""


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
    replay_of: str | None
    """The delivery that this one repeats."""
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
    token: UUID = msgspec.field(default_factory=uuid4)
    replay_of: str | None = None

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
    """The call of a pre-action webhook as it is kept: with the delivery that it is the only attempt of."""

    attempt: Attempt
    service_sid: str
    conversation_sid: str | None
    subject_sid: str
    event_type: str
    hook: str
    target: str
    """The URL that was configured."""
    method: str
    parameters: Mapping[str, str]
    token: UUID
    request_sid: str | None
    now: datetime


class Outcome(msgspec.Struct, frozen=True):
    """What the last attempt of a delivery came to; all None before the first."""

    answer_status: int | None = None
    error: str | None = None
    verdict: str | None = None
    milliseconds: float | None = None
    changed: dict[str, Any] | None = None


class Wait(msgspec.Struct, frozen=True):
    """For what a delivery waits; all None if it does not."""

    next_at: datetime | None = None
    """When its lane is tried next."""
    away_since: datetime | None = None
    """Since when its receiver is away, if it is."""


class Recorded(msgspec.Struct, frozen=True):
    """A delivery as the flight recorder shows it."""

    delivery: Delivery
    outcome: Outcome
    wait: Wait = Wait()
    attempts: tuple[Attempt, ...] | None = None
    """Those that are kept, the first first; None where they were not asked for."""
    until: datetime | None = None
    """Until when it waits for its receiver, where it waits and the operator is patient."""


class DeliveryQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The filters of the list; dates are of creation, both ends included, in whole seconds."""

    conversation_sid: Annotated[str | None, SidOf(Prefix.CONVERSATION)] = None
    subject_sid: Annotated[str | None, Either(*map(SidOf, _SUBJECTS))] = None
    event_type: Annotated[str | None, Choice(EVENTS)] = None
    state: Annotated[DeliveryState | None, Choice(DeliveryState)] = None
    hook: Annotated[str | None, Either(Choice(Level), SidOf(Prefix.CONVERSATION_WEBHOOK))] = None
    request_sid: Annotated[str | None, SidOf(Prefix.REQUEST)] = None
    start_date: Annotated[datetime | None, Moment()] = None
    end_date: Annotated[datetime | None, LastMoment()] = None


def live(
    attempt: Attempt,
    event_type: str,
    hook: str,
    url: str,
    state: DeliveryState,
    about: tuple[str, str | None, str | None],
    next_at: datetime | None = None,
    until: datetime | None = None,
) -> dict[str, Any]:
    """An attempt as those see it who look on; *about*: the SIDs of the subject, its conversation and the request.

    *next_at*: when it is tried again; *until*: for how long its receiver is waited for.
    """
    subject_sid, conversation_sid, request_sid = about
    return {
        "kind": "delivery",
        "at": attempt.started_at.isoformat(timespec="milliseconds"),
        "delivery_sid": attempt.delivery_sid,
        "event_type": event_type,
        "hook": hook,
        "url": public_url(url),
        "attempt": attempt.number,
        "state": state.value,
        "status": attempt.answer_status,
        "error": attempt.error,
        "verdict": attempt.verdict,
        "milliseconds": round(attempt.milliseconds, 3),
        "subject_sid": subject_sid,
        "conversation_sid": conversation_sid,
        "request_sid": request_sid,
        "date_next_attempt": _shown(next_at),
        "waits_until": _shown(until),
    }


def _shown(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="milliseconds")


def public_url(url: str) -> str:
    """*url* without the user name and password that may be in it."""
    parts = urlsplit(url)
    userinfo, at, host = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{HIDDEN}@{host}")) if at and userinfo else url


def public_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """*headers* without credentials: of an Authorization only the scheme, of a Location no user name and password."""
    return {
        name: _CONCEALED[name.lower()](value) if name.lower() in _CONCEALED else value
        for name, value in headers.items()
    }


def _scheme(authorization: str) -> str:
    return f"{authorization.partition(' ')[0]} {HIDDEN}"


_CONCEALED = {"authorization": _scheme, "location": public_url}
