"""Proofs: what was proved a moment ago and is believed without asking again, for some seconds."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

TTL_SECONDS = 4.0
"""Seconds for which a proof is believed; what was taken back is refused within 5."""
MAX_PROOFS = 10_000
"""Proofs remembered at once."""

T = TypeVar("T")


class Proofs(Generic[T]):
    """The proofs of this process. A refusal is never among them, so what is made right counts at once."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self.now = now
        self._kept: OrderedDict[Hashable, tuple[float, T]] = OrderedDict()

    def get(self, question: Hashable) -> T | None:
        """What was proved; None if it never was, or too long ago."""
        kept = self._kept.get(question)
        return kept[1] if kept is not None and kept[0] > self.now() else None

    def had(self, question: Hashable) -> bool:
        """Whether it was proved, however long ago, and not refused since."""
        return question in self._kept

    def keep(self, question: Hashable, proof: T, asked_at: float) -> None:
        """*proof* was found after the moment *asked_at*."""
        self._kept[question] = (asked_at + TTL_SECONDS, proof)
        self._kept.move_to_end(question)
        if len(self._kept) > MAX_PROOFS:
            self._kept.popitem(last=False)

    def forget(self, question: Hashable) -> None:
        """It was refused."""
        self._kept.pop(question, None)
