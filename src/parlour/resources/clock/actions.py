"""What may happen to the clock: it is looked at and moved, and every process follows."""

from datetime import UTC, datetime

from parlour.core.clock import Clock, Pace, VirtualClock
from parlour.core.errors import ClockNotVirtual
from parlour.core.rights import ACCOUNTS_ONLY, permit
from parlour.resources.clock import queries
from parlour.resources.clock.model import ClockFace, ClockMove, moved
from parlour.resources.timers.actions import elapse_all
from parlour.runtime.node import Node
from parlour.runtime.work import Work

CLOCK = "clock"
"""The name of the loop by which a process notices that another one has moved the clock."""
INTERVAL_SECONDS = 0.1
"""Seconds after which it looks."""


async def begin(node: Node) -> None:
    """The node's clock, if it is a virtual one, goes as that of the database does."""
    if isinstance(node.clock, VirtualClock):
        async with node.database.session() as reading:
            node.clock.pace = await queries.begin(reading)


async def fetch(work: Work) -> ClockFace:
    """What the clock shows, also when another process has just moved it."""
    permit(work.actor, ACCOUNTS_ONLY)
    await work.run(follow)
    return _face(work.clock)


async def look(work: Work) -> ClockFace:
    """What the virtual clock of the database shows, also to a process that was not told of it; if there is none, what
    its own clock does."""
    permit(work.actor, ACCOUNTS_ONLY)
    async with work.read() as reading:
        pace = await queries.find(reading)
    return _face(work.clock) if pace is None else _virtual(pace)


async def move(work: Work, move: ClockMove) -> ClockFace:
    """What the clock shows after the move, when all timers that have run out by then took effect, in their order.

    Raises ClockNotVirtual, NotOneMove, InvalidParameter.
    """
    permit(work.actor, ACCOUNTS_ONLY)
    if not isinstance(work.clock, VirtualClock):
        raise ClockNotVirtual
    async with work.write() as tx:
        pace = moved(await queries.lock(tx), move, datetime.now(UTC))
        await queries.put(tx, pace)
    if _is_set(work.clock, pace):
        work.wake_all()
    work.wake_everywhere(CLOCK)
    await work.run(elapse_all)
    return _face(work.clock)


async def follow(node: Node) -> bool:
    """A turn in the background: the clock goes as it does in the process that moved it last."""
    if not isinstance(node.clock, VirtualClock):
        return False
    async with node.database.session() as reading:
        if _is_set(node.clock, await queries.get(reading)):
            node.signals.wake_all()
    return False


def _is_set(clock: VirtualClock, pace: Pace) -> bool:
    """Whether the clock goes at *pace* from now on.

    race: what is read or moved here may be told later than what was moved after it.
    """
    is_newer = pace.moves > clock.pace.moves
    if is_newer:
        clock.pace = pace
    return is_newer


def _face(clock: Clock) -> ClockFace:
    if not isinstance(clock, VirtualClock):
        return ClockFace(is_virtual=False, now=clock.now(), frozen=False, offset=0.0)
    return _virtual(clock.pace)


def _virtual(pace: Pace) -> ClockFace:
    machine = datetime.now(UTC)
    now = pace.at(machine)
    return ClockFace(True, now, pace.frozen_at is not None, round((now - machine).total_seconds(), 3))
