"""Snapshots of the database: which transactions had committed at a moment. Pure.

As text they are PostgreSQL's own ``pg_snapshot``: ``xmin:xmax:running``.
"""

import msgspec


class Snapshot(msgspec.Struct, frozen=True):
    """Sees what transactions before *end* have committed, but for those that were still *running*."""

    text: str
    end: int
    running: frozenset[int]

    @classmethod
    def of(cls, text: str) -> "Snapshot":
        """The snapshot that PostgreSQL calls *text*."""
        _, end, running = text.split(":")
        return cls(text, int(end), frozenset(map(int, running.split(","))) if running else frozenset())

    def sees(self, xid: int) -> bool:
        """Whether the transaction had committed, if it ever did."""
        return xid < self.end and xid not in self.running

    def is_before(self, other: "Snapshot") -> bool:
        """Whether *other*, of the same database, was taken later and can see more.

        Transactions end, and new ones have higher numbers, so of two snapshots one sees all that the other does.
        """
        return self.end < other.end or (self.end == other.end and other.running < self.running)
