"""The hub: those in this process that wait for something to be committed, and how they are woken."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Protocol

from parlour.runtime.topics import IN, WHOLE


class Watcher(Protocol):
    """What can be woken."""

    def wake(self) -> None:
        """There may be something new."""


class Waiter:
    """A coroutine that waits, on behalf of a caller that may go away meanwhile."""

    def __init__(self) -> None:
        self.woken = asyncio.Event()
        self.is_gone = False

    def wake(self) -> None:
        """There may be something new; ``woken`` is cleared before one looks."""
        self.woken.set()

    def leave(self) -> None:
        """Nobody wants to know any more."""
        self.is_gone = True
        self.woken.set()


class Hub:
    """Wakes whatever watches a topic (``runtime/topics.py``)."""

    def __init__(self) -> None:
        self._watching: defaultdict[str, set[Watcher]] = defaultdict(set)
        self.is_closing = False
        """Whether the process is about to end, so that nobody should wait any longer."""

    @property
    def topics(self) -> list[str]:
        """Those that are watched."""
        return list(self._watching)

    def number(self, topic: str) -> int:
        """How many watch it."""
        return len(self._watching[topic]) if topic in self._watching else 0

    def watch(self, topic: str, watcher: Watcher) -> None:
        """From now on *watcher* is woken whenever there may be news of *topic*."""
        self._watching[topic].add(watcher)

    def leave(self, topic: str, watcher: Watcher) -> None:
        """*watcher* is no longer woken for *topic*."""
        self._watching[topic].discard(watcher)
        if not self._watching[topic]:
            del self._watching[topic]

    @contextmanager
    def watching(self, topic: str, watcher: Watcher) -> Iterator[None]:
        """The same for the length of the block."""
        self.watch(topic, watcher)
        try:
            yield
        finally:
            self.leave(topic, watcher)

    def wake(self, topics: Iterable[str]) -> None:
        """There may be news of *topics*, and so of the accounts that they are in."""
        for topic in topics:
            account, within, rest = topic.partition(IN)
            self._wake(topic)
            if within:
                self._wake(account)
            if rest == WHOLE:
                for each in [each for each in self._watching if each.startswith(account + IN)]:
                    self._wake(each)

    def wake_all(self) -> None:
        """There may be news of everything."""
        for topic in self.topics:
            self._wake(topic)

    def close(self) -> None:
        """Nobody waits any longer: all are woken, and see that the process is about to end."""
        self.is_closing = True
        self.wake_all()

    def _wake(self, topic: str) -> None:
        if topic in self._watching:
            for watcher in self._watching[topic]:
                watcher.wake()
