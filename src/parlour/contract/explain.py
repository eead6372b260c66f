"""How an output explains what it had to do with something that happened."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar

import msgspec

from parlour.contract.delivery import Recorded
from parlour.core.facts import Fact, LoggedEvent
from parlour.core.retention import Retention

T_contra = TypeVar("T_contra", contravariant=True)
"""What reads the storage below."""


class Sentence(msgspec.Struct, frozen=True):
    """Something that is so, in words, and the recorded facts that show it."""

    text: str
    facts: dict[str, Any]


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
    """A fact of the event log."""

    event: LoggedEvent
    fact: Fact | None
    """What the event holds; None if it goes to no audience."""
    readers: Sequence[str]
    """Those readers of the log who have come past it."""


class Explainer(Protocol[T_contra]):
    """Explains in the words of an output."""

    async def look(self, reading: T_contra, found: Found) -> Any:
        """What it has to know about where something is; it is handed to the other methods."""

    def of_place(self, known: Any) -> Iterable[Sentence]:
        """What matters for everything there."""

    def of_happening(
        self, today: Today, happening: Happening, known: Any, mine: Sequence[Recorded]
    ) -> Iterable[Sentence]:
        """What it had to do with *happening*; *mine*: its deliveries because of that."""

    def of_delivery(self, recorded: Recorded) -> Sentence:
        """What came of one delivery."""

    def of_attempts(self, recorded: Recorded) -> Iterable[Sentence]:
        """How its attempts went, one by one."""
