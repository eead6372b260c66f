"""Everything that a process does beside answering calls."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, nullcontext
from functools import partial

from parlour.compat import usage_counter
from parlour.compat.usage_counter import USAGE, UsageCounter
from parlour.composition.outside import Outside
from parlour.core.clock import VirtualClock
from parlour.core.limits import LimitMode, relaxed
from parlour.delivery.relay import Relay
from parlour.resources.catalogue import TASKS
from parlour.resources.clock import actions as clock_actions
from parlour.runtime import bus, descriptors, follow, live
from parlour.runtime.bus import BUS
from parlour.runtime.descriptors import DESCRIPTORS, Descriptors
from parlour.runtime.follow import FOLLOW
from parlour.runtime.live import TAIL
from parlour.runtime.loops import Loop, Loops
from parlour.runtime.metrics import (
    SAMPLED,
)
from parlour.runtime.node import Node
from parlour.runtime.signals import DELIVER, PROBE, RELAYS
from parlour.settings import Settings


@asynccontextmanager
async def background(
    node: Node, counter: UsageCounter, outside: Outside, settings: Settings, more: Sequence[Loop]
) -> AsyncIterator[None]:
    """Everything that this process does beside answering calls, for the length of the block; also in *more* loops."""
    limits = settings.server.limits
    loops = [
        *(Loop(each.name, partial(_take, each.run_once, node, limits), interval=each.interval) for each in TASKS),
        Loop(USAGE, counter.flush, interval=usage_counter.FLUSH_INTERVAL_SECONDS),
        *(
            Loop(RELAYS[audience], Relay(node, output).run_once, interval=1.0)
            for audience, output in outside.outputs.items()
        ),
        Loop(DELIVER, outside.deliverer.run_once, interval=0.5),
        Loop(PROBE, outside.deliverer.probe, interval=1.0),
        Loop(BUS, node.signals.bus.run_once, interval=bus.INTERVAL_SECONDS),
        Loop(FOLLOW, node.follower.run_once, interval=follow.INTERVAL_SECONDS),
        Loop(TAIL, node.live.run_once, interval=live.INTERVAL_SECONDS),
        Loop(DESCRIPTORS, Descriptors(node.metrics).run_once, interval=descriptors.INTERVAL_SECONDS),
        *more,
    ]
    if isinstance(node.clock, VirtualClock):
        loops.append(
            Loop(clock_actions.CLOCK, partial(clock_actions.follow, node), interval=clock_actions.INTERVAL_SECONDS)
        )
    if settings.server.workers > 1:
        loops.append(Loop("metrics", node.metrics.sample, interval=SAMPLED))
    async with Loops(loops, node.signals.hub, node.metrics.turned):
        yield
    node.signals.bus.close()


async def _take(run_once: Callable[[Node], Awaitable[bool | float]], node: Node, limits: LimitMode) -> bool | float:
    """A turn of a background loop, whose limits are those of the calls that it goes on with."""
    with relaxed() if limits is LimitMode.RELAXED else nullcontext():
        return await run_once(node)
