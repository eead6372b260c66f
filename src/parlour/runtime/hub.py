"""The hub: those in this process who wait for something to be committed, and how they are woken."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager


class Hub:
    """Wakes whoever watches a topic. A topic is the SID of what it is about; of an account, for all its facts."""

    def __init__(self) -> None:
        self._watching: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self.is_closing = False
        """Whether the process is about to end, so that nobody should wait any longer."""

    @property
    def topics(self) -> list[str]:
        """Those that somebody watches."""
        return list(self._watching)

    @contextmanager
    def watching(self, topic: str) -> Iterator[asyncio.Event]:
        """An event that is set whenever something may have been committed; who watches clears it before reading."""
        event = asyncio.Event()
        self._watching[topic].add(event)
        try:
            yield event
        finally:
            self._watching[topic].discard(event)
            if not self._watching[topic]:
                del self._watching[topic]

    def wake(self, topics: Iterable[str]) -> None:
        """There may be something new for those who watch one of *topics*."""
        for topic in topics:
            if topic in self._watching:
                for event in self._watching[topic]:
                    event.set()

    def wake_all(self) -> None:
        """There may be something new for everybody."""
        self.wake(self.topics)

    def close(self) -> None:
        """Nobody waits any longer: all are woken, and see that the process is about to end."""
        self.is_closing = True
        self.wake_all()
