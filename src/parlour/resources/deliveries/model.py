"""What deliveries of webhooks consist of, and how they are looked for."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import msgspec

from parlour.contract.delivery import Attempt, Delivery, DeliveryState
from parlour.core.fields import Choice, LastMoment, Moment, SidOf
from parlour.core.own_fields import Either
from parlour.core.sids import Prefix
from parlour.core.webhook_events import EVENTS
from parlour.resources.hooks.model import Level

HIDDEN = "***"
"""Stands in the record for what is secret."""
_SUBJECTS = (Prefix.CONVERSATION, Prefix.PARTICIPANT, Prefix.MESSAGE, Prefix.RECEIPT, Prefix.USER)
"""What events are about."""


class Call(msgspec.Struct, frozen=True):
    """What a webhook is called with: the payload of its deliveries."""

    url: str
    method: str
    parameters: dict[str, str]
    token: UUID
    """The idempotency token, the same for every attempt and replay."""

    @classmethod
    def of(cls, delivery: Delivery) -> "Call":
        """That of a webhook's delivery."""
        return msgspec.convert(delivery.payload, cls)


class Exchanged(msgspec.Struct, frozen=True):
    """What was sent to a webhook and what came back: the record of its attempts."""

    url: str
    headers: dict[str, str]
    body: str
    signed: str
    """The exact text that the signature is of."""
    answer_headers: dict[str, str]
    answer_body: str
    changed: dict[str, Any] | None = None
    """What the answer of a pre-action webhook changed."""
    fault: str | None = None
    """Why there was no complete answer."""

    @classmethod
    def of(cls, attempt: Attempt) -> "Exchanged":
        """That of a webhook's attempt."""
        return msgspec.convert(attempt.record, cls)


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


def lane_key(conversation_sid: str | None, subject_sid: str, url: str) -> str:
    """What is sent in order: the events of a conversation (or what else an event is about) to one URL."""
    return f"{conversation_sid or subject_sid} {url}"


def receiver(url: str) -> str:
    """Scheme, host and port of the URL."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}".lower()


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
