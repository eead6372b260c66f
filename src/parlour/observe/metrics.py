"""``GET /metrics``: what all workers have counted, in the formats that Prometheus reads."""

import asyncio
import platform
from collections.abc import Iterable, Sequence
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
    FILES,
    INFO,
    LOG_FOREIGN,
    MEMORY,
    RELAY_LAG,
    STARTED,
    UP,
    MetricKind,
)
from parlour.runtime.node import Node
from parlour.runtime.parts import Measure
from parlour.storage.backlog import OLDEST_FACT, backlog
from parlour.storage.clusters import IS_FOREIGN

TIMEOUT_SECONDS = 2.0
"""Seconds that the database gets to answer; then a scrape goes without it."""

_LOG = (Measure(RELAY_LAG, OLDEST_FACT), Measure(LOG_FOREIGN, IS_FOREIGN))
_GAUGES = {metric.name for metric in COUNTED if metric.kind is MetricKind.GAUGE}
_FORWARDED = ("Forwarded", "X-Forwarded-For", "Via")


class Scrape:
    """The answer to Prometheus.

    *measures*: what the database is asked for, beside what waits in the event log. *is_open*: to everybody, not only to
    programs on this machine.
    """

    def __init__(self, node: Node, measures: Sequence[Measure], *, is_open: bool) -> None:
        self._node, self._measures, self._is_open = node, (*measures, *_LOG), is_open

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
                found = await backlog(reading, now, [each.expression for each in self._measures])
        except (ApiError, TimeoutError):
            return {(UP.name, ()): (0.0,)}
        numbers: Numbers = {(UP.name, ()): (1.0,)}
        for measure, value in zip(self._measures, found, strict=True):
            numbers[measure.metric.name, ()] = (_number(value, now),)
        return numbers

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


def _number(value: int | bool | datetime | None, now: datetime) -> float:
    """What a gauge shows: of a moment its age; 0 for none."""
    if isinstance(value, datetime):
        return max((now - value).total_seconds(), 0.0)
    return float(value or 0)


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
