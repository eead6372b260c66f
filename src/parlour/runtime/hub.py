"""The hub: those in this process who wait for something to be committed, and how they are woken."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager


class Waiter:
    """Somebody who waits, on behalf of a caller who may go away meanwhile."""

    def __init__(self) -> None:
        self.woken = asyncio.Event()
        self.is_gone = False

    def leave(self) -> None:
        """Nobody wants to know any more."""
        self.is_gone = True
        self.woken.set()


class Hub:
    """Wakes whoever watches a topic. A topic is the SID of what it is about; of an account, for all its facts."""

    def __init__(self) -> None:
        self._watching: defaultdict[str, set[Waiter]] = defaultdict(set)
        self.is_closing = False
        """Whether the process is about to end, so that nobody should wait any longer."""

    @property
    def topics(self) -> list[str]:
        """Those that somebody watches."""
        return list(self._watching)

    def number(self, topic: str) -> int:
        """How many watch it."""
        return len(self._watching[topic]) if topic in self._watching else 0

    @contextmanager
    def watching(self, topic: str, waiter: Waiter) -> Iterator[None]:
        """During the block *waiter* is woken whenever something may have been committed.

        It clears ``woken`` before it looks.
        """
        self._watching[topic].add(waiter)
        try:
            yield
        finally:
            self._watching[topic].discard(waiter)
            if not self._watching[topic]:
                del self._watching[topic]

    def wake(self, topics: Iterable[str]) -> None:
        """There may be something new for those who watch one of *topics*."""
        for topic in topics:
            if topic in self._watching:
                for waiter in self._watching[topic]:
                    waiter.woken.set()

    def wake_all(self) -> None:
        """There may be something new for everybody."""
        self.wake(self.topics)

    def close(self) -> None:
        """Nobody waits any longer: all are woken, and see that the process is about to end."""
        self.is_closing = True
        self.wake_all()
