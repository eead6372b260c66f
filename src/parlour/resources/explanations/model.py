"""Explanation, its sentences, and what is looked up to make them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import msgspec

from parlour.core.facts import Fact, LoggedEvent
from parlour.core.fields import Text
from parlour.core.retention import Retention
from parlour.delivery.model import Recorded
from parlour.resources.hooks.model import ScopedHook, ServiceHooks


class Sentence(msgspec.Struct, frozen=True):
    """Something that is so, in words, and the recorded facts that show it."""

    text: str
    facts: dict[str, Any]


class Explanation(msgspec.Struct, frozen=True):
    """What became of one thing."""

    sid: str
    kind: str
    """``message``, ``participant``, ``conversation``, ``user``, ``delivery`` or ``request``."""
    sentences: Sequence[Sentence]


class ExplanationQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked about."""

    sid: Annotated[str, Text(34)]


class Today(msgspec.Struct, frozen=True):
    """When the question is asked, and for how long things are kept by then."""

    now: datetime
    retention: Retention


class Found(msgspec.Struct, frozen=True):
    """Where something is, or was."""

    service_sid: str
    conversation_sid: str | None
    born_event_id: int
    last_event_id: int
    """Of its latest change, or of its removal."""
    is_removed: bool


class Happening(msgspec.Struct, frozen=True):
    """A fact of the event log, and whether webhooks were already told of it if they are to be."""

    event: LoggedEvent
    fact: Fact | None
    """What the event holds; None where it is nothing that webhooks are told of."""
    is_relayed: bool


class Evidence(msgspec.Struct, frozen=True):
    """What is known about how webhooks took part in the life of one thing."""

    happenings: Sequence[Happening]
    """Oldest first."""
    of_service: ServiceHooks | None
    """In force now; None if the service is gone."""
    scoped: Sequence[ScopedHook]
    deliveries: Sequence[Recorded]
    """Oldest first."""


class Horizon(msgspec.Struct, frozen=True):
    """How far one participant has read."""

    identity: str | None
    user_sid: str | None
    conversation_sid: str
    state: str
    last_read_index: int | None
    last_read_at: datetime | None
    read_count: int
    message_count: int


class UnreadCount(msgspec.Struct, frozen=True):
    """How far the participants with an identity have read: all of a conversation, or those of one user everywhere."""

    participants: int
    without_horizon: int
    unread: int
    """Of the others: messages after their horizons, summed up."""
