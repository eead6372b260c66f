"""The clock as it is shown, the moves it takes, and what they make of it."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec

from parlour.core.clock import Pace
from parlour.core.errors import InvalidParameter, NotOneMove
from parlour.core.fields import Flag, Moment
from parlour.core.own_fields import MomentOrNow, Span

EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(3000, 1, 1, tzinfo=UTC)
"""Between these a clock can be; beyond them dates and timers would no longer fit."""


class ClockFace(msgspec.Struct, frozen=True):
    """What the clock shows."""

    is_virtual: bool
    now: datetime
    frozen: bool
    offset: float
    """Seconds by which it is ahead of the machine's."""


class ClockMove(msgspec.Struct, frozen=True, kw_only=True):
    """One move of the clock."""

    set: Annotated[datetime | None, Moment()] = None
    """It shows this, and runs or stands as before."""
    advance: Annotated[timedelta | None, Span()] = None
    """It shows what it would show so much later, and runs or stands as before."""
    freeze: Annotated[datetime | bool | None, MomentOrNow()] = None
    """It stands, at this moment or (True) where it is."""
    resume: Annotated[bool, Flag()] = False
    """It runs on from where it is."""


def moved(pace: Pace, move: ClockMove, machine: datetime) -> Pace:
    """The pace after *move*, made when the machine's clock shows *machine*; raises NotOneMove, InvalidParameter."""
    name, target = _target(move, pace.at(machine))
    if not EARLIEST <= target <= LATEST:
        raise InvalidParameter(name=name)
    stands = move.freeze is not None or (pace.frozen_at is not None and not move.resume)
    return Pace(target - machine, target if stands else None, pace.moves + 1)


def _target(move: ClockMove, shows: datetime) -> tuple[str, datetime]:
    """The parameter that was sent, and what the clock, which shows *shows*, is to show then."""
    targets = {
        "Set": move.set,
        "Advance": shows + move.advance if move.advance is not None else None,
        "Freeze": shows if move.freeze is True else move.freeze,
        "Resume": shows if move.resume else None,
    }
    sent = [(name, target) for name, target in targets.items() if isinstance(target, datetime)]
    if len(sent) != 1:
        raise NotOneMove
    return sent[0]
