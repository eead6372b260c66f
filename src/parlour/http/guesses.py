"""Guesses: a rate limit for wrong credentials, by client address."""

import time
from collections import OrderedDict
from collections.abc import Callable

from parlour.core.networks import source_of

MAX_BURST = 100
"""Wrong credentials from one source that are looked at, as fast as they come."""
REFILL_PER_SECOND = 1.0
"""How many more of them are looked at."""
MAX_SOURCES = 10_000


class Guesses:
    """Counts the wrong credentials of each source: an address, or of IPv6 the network of a site."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        """By source: how many were left, and when."""

    def take(self, client: str) -> bool:
        """Whether what may be a guess from *client* is to be looked at; then it counts as wrong until it is given
        back."""
        source = source_of(client)
        left = self._now_left(source)
        if left < 1:
            return False
        self._left[source] = (left - 1, self._now())
        self._left.move_to_end(source)
        if len(self._left) > MAX_SOURCES:
            self._left.popitem(last=False)
        return True

    def give_back(self, client: str) -> None:
        """What was taken last from *client* was no guess."""
        source = source_of(client)
        if source in self._left:
            self._left[source] = (min(self._now_left(source) + 1, MAX_BURST), self._now())

    def _now_left(self, source: str) -> float:
        left, at = self._left.get(source, (float(MAX_BURST), 0.0))
        return min(left + (self._now() - at) * REFILL_PER_SECOND, MAX_BURST)
