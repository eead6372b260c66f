"""``GET /metrics``: what all workers have counted, in the formats that Prometheus reads."""

import asyncio
import platform
from collections.abc import Iterable
from datetime import datetime
from ipaddress import ip_address

import falcon.asgi
import psutil

from parlour import __version__
from parlour.core.errors import ApiError, NotFound
from parlour.runtime.metric_cells import Numbers, Owner
from parlour.runtime.metrics import (
    COUNTED,
    CPU,
    DELIVERIES_WAITING,
    FILES,
    INFO,
    LANES_AWAY,
    LOG_FOREIGN,
    MEMORY,
    OLDEST_AWAY,
    OLDEST_DELIVERY,
    OLDEST_TIMER,
    RELAY_LAG,
    STARTED,
    TIMERS_OVERDUE,
    UP,
    MetricKind,
)
from parlour.runtime.node import Node
from parlour.storage.backlog import backlog

TIMEOUT_SECONDS = 2.0
"""Seconds that the database gets to answer; then a scrape goes without it."""

_GAUGES = {metric.name for metric in COUNTED if metric.kind is MetricKind.GAUGE}
_FORWARDED = ("Forwarded", "X-Forwarded-For", "Via")


class Scrape:
    """The answer to Prometheus.

    *is_open*: to everybody, not only to programs on this machine.
    """

    def __init__(self, node: Node, *, is_open: bool) -> None:
        self._node, self._is_open = node, is_open

    async def on_get(self, request: falcon.asgi.Request, response: falcon.asgi.Response) -> None:
        if not (self._is_open or is_local(request)):
            raise NotFound
        await self._node.metrics.sample()
        asked = await self._asked()
        accept = request.get_header("Accept") or ""
        response.data, response.content_type = await asyncio.to_thread(self._exposed, asked, accept)

    async def _asked(self) -> Numbers:
        """What the database knows; only that it does not answer, if so."""
        now = self._node.clock.now()
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS), self._node.database.session() as reading:
                found = await backlog(reading, now)
        except (ApiError, TimeoutError):
            return {(UP.name, ()): (0.0,)}
        numbers = {
            UP: 1.0,
            DELIVERIES_WAITING: float(found.deliveries),
            OLDEST_DELIVERY: _age(found.oldest_delivery, now),
            LANES_AWAY: float(found.lanes_away),
            OLDEST_AWAY: _age(found.oldest_away, now),
            RELAY_LAG: _age(found.oldest_fact, now),
            LOG_FOREIGN: float(found.is_foreign),
            TIMERS_OVERDUE: float(found.timers),
            OLDEST_TIMER: _age(found.oldest_timer, now),
        }
        return {(metric.name, ()): (value,) for metric, value in numbers.items()}

    def _exposed(self, asked: Numbers, accept: str) -> tuple[bytes, str]:
        """Beside the event loop, since with many series it takes some milliseconds."""
        from parlour.observe.exposition import exposed

        owners = self._node.metrics.counters.owners()
        return exposed({**added_up(owners), **asked, **_seen(owners)}, accept)


def is_local(request: falcon.asgi.Request) -> bool:
    """Whether the request comes from this machine, and no proxy says that it passes it on."""
    try:
        address = ip_address(request.remote_addr)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback and not any(request.get_header(name) for name in _FORWARDED)


def _age(moment: datetime | None, now: datetime) -> float:
    return 0.0 if moment is None else max((now - moment).total_seconds(), 0.0)


def added_up(owners: Iterable[Owner]) -> Numbers:
    """The sums over all processes; gauges of those that still live."""
    sums: Numbers = {}
    for owner in owners:
        is_alive = psutil.pid_exists(owner.pid) if owner.pid else False
        for name, numbers in owner.numbers.items():
            if is_alive or name[0] not in _GAUGES:
                before = sums.get(name)
                sums[name] = numbers if before is None else tuple(map(sum, zip(before, numbers, strict=True)))
    return sums


def _seen(owners: Iterable[Owner]) -> Numbers:
    """What the operating system says of each worker."""
    numbers: Numbers = {(INFO.name, (__version__, platform.python_version())): (1.0,)}
    for owner in owners:
        labels = (str(owner.worker),)
        if not owner.pid:
            continue
        try:
            process = psutil.Process(owner.pid)
            with process.oneshot():
                times = process.cpu_times()
                numbers[CPU.name, labels] = (times.user + times.system,)
                numbers[MEMORY.name, labels] = (float(process.memory_info().rss),)
                numbers[FILES.name, labels] = (float(process.num_fds()),)
                numbers[STARTED.name, labels] = (process.create_time(),)
        except (psutil.Error, OSError):  # it has ended; or no descriptor is left to look with
            continue
    return numbers
