"""The time: everything that stamps or waits asks a Clock, so that it can be held still, by tests and by people."""

from datetime import UTC, datetime, timedelta
from typing import Protocol

import msgspec


class Clock(Protocol):
    """Where the present moment comes from."""

    @property
    def moves(self) -> int:
        """How often it was moved, as far as this process knows."""
        ...

    def now(self) -> datetime:
        """The present moment, in UTC."""
        ...


class SystemClock:
    """The machine's own clock."""

    moves = 0

    def now(self) -> datetime:
        return datetime.now(UTC)


class Pace(msgspec.Struct, frozen=True):
    """How a virtual clock goes: with the machine's, so much ahead of it, or not at all."""

    ahead: timedelta = timedelta()
    frozen_at: datetime | None = None
    """The moment at which it stands; None: it runs."""
    moves: int = 0
    """How often it was moved; tells a newer pace from an older one."""

    def at(self, machine: datetime) -> datetime:
        """What it shows when the machine's clock shows *machine*."""
        return self.frozen_at or machine + self.ahead


class VirtualClock:
    """A clock that can be moved; all processes of one database have the same, whose pace is kept there."""

    def __init__(self) -> None:
        self.pace = Pace()
        """As this process knows it."""

    @property
    def moves(self) -> int:
        return self.pace.moves

    def now(self) -> datetime:
        return self.pace.at(datetime.now(UTC))
