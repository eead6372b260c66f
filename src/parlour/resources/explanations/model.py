"""Explanation, its sentences, and what is looked up to make them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import msgspec

from parlour.contract.explain import Sentence
from parlour.core.fields import Text
from parlour.core.identities import MAX_IDENTITY_LENGTH


class Explanation(msgspec.Struct, frozen=True):
    """What became of one thing."""

    sid: str
    kind: str
    """``message``, ``participant``, ``conversation``, ``user``, ``delivery`` or ``request``."""
    sentences: Sequence[Sentence]


class ExplanationQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked about."""

    sid: Annotated[str, Text(34)]
    identity: Annotated[str | None, Text(MAX_IDENTITY_LENGTH)] = None
    """Of a user: why their clients were shown it, or were not."""


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


class PartTaken(msgspec.Struct, frozen=True):
    """How long a user took part in a conversation, by the numbers of joining and leaving."""

    participant_sid: str
    since: int
    until: int | None
    """None for a participant that is still there."""
    removed_at: datetime | None

    def is_during(self, event_id: int) -> bool:
        """Whether it was so when the event with that number happened."""
        return self.since <= event_id and (self.until is None or self.until > event_id)


class UnreadCount(msgspec.Struct, frozen=True):
    """How far the participants with an identity have read: all of a conversation, or those of one user everywhere."""

    participants: int
    without_horizon: int
    unread: int
    """Of the others: messages after their horizons, summed up."""
