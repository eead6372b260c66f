"""Unread answers: bounds what waits in this process for clients that read slower than they are answered.

A client that stands still has a deadline of its own (``serving/connection.py``); until that is over, many of them would
together take as much memory as they like.
"""

from typing import Protocol

import structlog

MAX_UNREAD_BYTES = 64 * 1024 * 1024
"""Of all answers together that clients have not read yet."""

_log = structlog.get_logger("parlour.connections")


class SlowConnection(Protocol):
    """A connection whose client has not read all of its answer."""

    def unread(self) -> int:
        """Bytes that wait for it."""
        ...

    def read_last(self) -> float:
        """When it read something, as far as is known."""
        ...

    def cut_off(self) -> None:
        """Ends the connection; what waits for it is forgotten."""
        ...


class UnreadAnswers:
    """The connections whose clients are slow at the moment."""

    def __init__(self) -> None:
        self._slow: set[SlowConnection] = set()

    def add(self, connection: SlowConnection) -> None:
        """More waits for this client than fits on the way to it. If that is too much in all, those go that have read
        nothing for the longest time."""
        self._slow.add(connection)
        waiting = {each: each.unread() for each in self._slow}
        total, cut = sum(waiting.values()), 0
        while total > MAX_UNREAD_BYTES and len(self._slow) > 1:
            stalest = min(self._slow - {connection}, key=lambda each: each.read_last())
            self.discard(stalest)
            stalest.cut_off()
            total, cut = total - waiting[stalest], cut + 1
        if cut:
            _log.warning("Clients that did not read their answers were cut off, since too much waited for them.")

    def discard(self, connection: SlowConnection) -> None:
        """It has read nearly all, or is gone."""
        self._slow.discard(connection)
