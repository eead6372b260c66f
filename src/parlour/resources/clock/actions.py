"""What may happen to the clock: it is looked at and moved, and every process follows."""

from datetime import UTC, datetime

from parlour.core.clock import Pace, VirtualClock
from parlour.core.errors import ClockNotVirtual
from parlour.resources.clock import queries
from parlour.resources.clock.model import ClockFace, ClockMove, moved
from parlour.resources.timers.actions import elapse_all
from parlour.runtime.work import House, Work

CLOCK = "clock"
"""The name of the loop by which a process notices that another one has moved the clock."""
EVERY = 0.1
"""Seconds after which it looks."""


async def begin(house: House) -> None:
    """The house's clock, if it is a virtual one, goes as that of the database does."""
    if isinstance(house.clock, VirtualClock):
        async with house.database.session() as reading:
            house.clock.pace = await queries.begin(reading)


async def fetch(work: Work) -> ClockFace:
    """What the clock shows, also when another process has just moved it."""
    await follow(work.house)
    return _face(work.house)


async def look(work: Work) -> ClockFace:
    """What the virtual clock of the database shows, also to a process that was not told of it; if there is none, what
    its own clock does."""
    async with work.house.database.session() as reading:
        pace = await queries.find(reading)
    return _face(work.house) if pace is None else _virtual(pace)


async def move(work: Work, move: ClockMove) -> ClockFace:
    """What the clock shows after the move, when all timers that have run out by then took effect, in their order.

    Raises ClockNotVirtual, NotOneMove, InvalidParameter.
    """
    if not isinstance(work.house.clock, VirtualClock):
        raise ClockNotVirtual
    async with work.write() as tx:
        pace = moved(await queries.lock(tx), move, datetime.now(UTC))
        await queries.put(tx, pace)
    _go(work.house, work.house.clock, pace)
    work.house.pass_on(CLOCK)
    await elapse_all(work.house)
    return _face(work.house)


async def follow(house: House) -> bool:
    """A turn in the background: the clock goes as it does in the process that moved it last."""
    if not isinstance(house.clock, VirtualClock):
        return False
    async with house.database.session() as reading:
        _go(house, house.clock, await queries.get(reading))
    return False


def _go(house: House, clock: VirtualClock, pace: Pace) -> None:
    """race: what is read or moved here may be told later than what was moved after it."""
    if pace.moves > clock.pace.moves:
        clock.pace = pace
        house.call_all()


def _face(house: House) -> ClockFace:
    if not isinstance(house.clock, VirtualClock):
        return ClockFace(is_virtual=False, now=house.clock.now(), frozen=False, offset=0.0)
    return _virtual(house.clock.pace)


def _virtual(pace: Pace) -> ClockFace:
    machine = datetime.now(UTC)
    now = pace.at(machine)
    return ClockFace(True, now, pace.frozen_at is not None, round((now - machine).total_seconds(), 3))
