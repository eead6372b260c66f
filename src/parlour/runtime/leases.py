"""Leases: answers that every process may go by for a moment after it has read them, and how a change outlasts them.

No process has to hear of a change, so no word about it can be lost or late: whoever makes one answers only when every
lease that was taken before it is over. That is for what is asked with every call and changed next to never.
"""

import asyncio
import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

LEASE_SECONDS = 0.25
"""For which an answer is good, from the moment before it was read."""
_OUTLAST_SECONDS = LEASE_SECONDS * 1.2
"""Longer, since no two clocks run alike and timers may be early."""
MAX_LEASES = 10_000

T = TypeVar("T")


def _elapsed() -> float:
    """Seconds, counted on while the machine sleeps where it can tell."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


class Leases(Generic[T]):
    """What this process has read and still may go by."""

    def __init__(self, now: Callable[[], float] = _elapsed) -> None:
        self.now = now
        self.seconds = LEASE_SECONDS
        """Tests that count statements set it to 0: nothing is remembered then."""
        self._kept: dict[Hashable, tuple[float, T]] = {}

    def get(self, question: Hashable) -> T | None:
        """The answer, unless there is none or its lease is over."""
        kept = self._kept.get(question)
        return None if kept is None or kept[0] <= self.now() else kept[1]

    def keep(self, question: Hashable, answer: T, asked_at: float) -> None:
        """*answer* was read after *asked_at*."""
        if len(self._kept) >= MAX_LEASES:
            self._kept.clear()
        self._kept[question] = (asked_at + self.seconds, answer)

    def forget(self) -> None:
        """Everything is read anew."""
        self._kept.clear()

    async def outlast(self) -> None:
        """Returns when no process goes by an answer any more that it read before this was called."""
        self.forget()
        await asyncio.sleep(_OUTLAST_SECONDS)
