"""Facts: what has happened, in the form in which the event log keeps it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened and cannot be refused any more."""

    type: str
    """In the past tense: ``MessageAdded``."""
    payload: Mapping[str, Any]
    """What a reader of the log needs to tell others of it, without asking the tables again."""
    id: int | None = None
    """From the store-wide event counter, as it was written on the changed row (or its tombstone) under the same
    lock, so that the facts of one conversation carry ascending numbers in the order of their commits. None: a fact
    about something that carries no number; it gets the next one."""
    conversation_sid: str | None = None
    service_sid: str | None = None
    """The service it belongs to, where that is not the scope's."""
    webhooks: bool = False
    """Whether webhooks are told of it even if the caller did not ask for that."""


class LoggedEvent(msgspec.Struct, frozen=True):
    """A row of the event log as a reader receives it."""

    id: int
    account_sid: str
    service_sid: str
    conversation_sid: str | None
    type: str
    source: str
    webhooks: bool
    payload: dict[str, Any]
    created_at: datetime
    request_sid: str | None
    """The request that caused it."""
    identity: str | None
    """Of the user that acted with a client SDK."""
