"""Listeners: sockets of clients that note when each message reaches them.

``python -m benchmarks.listeners`` is a process of its own: it reads a Job per line and answers each with a Report.
"""

import asyncio
import itertools
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import msgspec
import uvloop

from benchmarks.failures import Failed
from benchmarks.sdk import start
from benchmarks.socketio import Guest
from benchmarks.twilsock import Line

AT_ONCE = 25
"""Clients that start at the same time."""
PATIENCE_SECONDS = 60.0
_ADDED = b'"event_type":"list_item_added"'
_MARK = b'"text":"'


class Job(msgspec.Struct, frozen=True):
    """What is to be done: sockets are opened, arrivals are awaited, or everything is closed."""

    url: str = ""
    tokens: Sequence[str] = ()
    """Of those who come; with none there is no log-in …"""
    bare: int = 0
    """… but so many sockets are opened all the same …"""
    is_socketio: bool = False
    """… in the way of Socket.IO."""
    marks: Sequence[str] = ()
    """The texts of messages that each have to arrive *width* times."""
    width: int = 0
    close: bool = False


class Report(msgspec.Struct, frozen=True):
    """How it went."""

    initialized: list[float] = []
    """Of each client that came: seconds until the SDK says so."""
    complete: list[float] = []
    """The same until everything was subscribed to."""
    last: list[float] = []
    """Of each mark: when it came for the last time, by ``time.perf_counter()``, which all processes share."""
    problem: str = ""
    packets: list[bytes] = []
    """Those with news that the first socket has got since the job before."""
    lost: int = 0
    """Sockets that have closed by themselves."""


class Listeners:
    """Listeners in a process that runs."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process

    def come(self, url: str, tokens: Sequence[str]) -> Report:
        """A client for each token starts, as the SDK does; they stay."""
        return self._do(Job(url=url, tokens=tokens))

    def come_bare(self, url: str, number: int, *, is_socketio: bool = False) -> Report:
        """So many sockets are opened, and nothing is said; or what Socket.IO begins with."""
        return self._do(Job(url=url, bare=number, is_socketio=is_socketio))

    def expect(self, marks: Sequence[str], width: int) -> Report:
        """Returns when each of these texts has come so often; raises Failed if it does not, or comes more often."""
        return self._do(Job(marks=marks, width=width))

    def leave(self) -> Report:
        """All sockets are closed."""
        return self._do(Job(close=True))

    def _do(self, job: Job) -> Report:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(msgspec.json.encode(job) + b"\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise Failed("The process of the listeners has ended.")
        report = msgspec.json.decode(line, type=Report)
        if report.problem:
            raise Failed(report.problem)
        if report.lost:
            raise Failed(f"{report.lost} sockets closed by themselves.")
        return report


@contextmanager
def listening() -> Iterator[Listeners]:
    """A process of listeners, for the length of the block."""
    command = [sys.executable, "-m", "benchmarks.listeners"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        yield Listeners(process)
    finally:
        process.communicate()


class _Crowd:
    """All sockets of the process, and what came in through them."""

    def __init__(self) -> None:
        self._lines: list[Line] = []
        self._came: Counter[bytes] = Counter()
        self._last: dict[bytes, float] = {}

    def hear(self, payload: bytes) -> None:
        if _ADDED not in payload[:60]:
            return
        begin = payload.index(_MARK) + len(_MARK)
        mark = payload[begin : payload.index(b'"', begin)]
        self._came[mark] += 1
        self._last[mark] = time.perf_counter()

    async def do(self, job: Job) -> Report:
        try:
            if job.close:
                return self._close()
            if job.url:
                return await self._open(job)
            return await self._expect(job)
        except Exception as error:
            return Report(problem=f"{type(error).__name__}: {error}")

    async def _open(self, job: Job) -> Report:
        report = Report()
        work = iter(job.tokens or itertools.repeat("", job.bare))

        async def one_after_the_other() -> None:
            for token in work:
                line = await (Guest if job.is_socketio else Line).open(job.url, self.hear)
                if not self._lines:
                    line.kept = []
                self._lines.append(line)
                if token:
                    started = await start(line, token)
                    report.initialized.append(started.initialized)
                    report.complete.append(started.complete)

        await asyncio.gather(*(one_after_the_other() for _ in range(AT_ONCE)))
        return report

    async def _expect(self, job: Job) -> Report:
        marks = [mark.encode() for mark in job.marks]
        until = time.monotonic() + PATIENCE_SECONDS
        while not all(self._came[mark] >= job.width for mark in marks):
            if time.monotonic() > until:
                came = sum(self._came[mark] for mark in marks)
                raise Failed(f"{came} of {len(marks) * job.width} messages arrived.")
            await asyncio.sleep(0.005)
        often = [mark for mark in marks if self._came[mark] > job.width]
        if often:
            raise Failed(f"{len(often)} messages came more than {job.width} times.")
        last = [self._last.pop(mark) for mark in marks]
        self._came.clear()
        first = next((line for line in self._lines if line.kept is not None), None)
        packets = list(first.kept or ()) if first is not None else []
        if first is not None:
            first.kept = []
        return Report(last=last, packets=packets, lost=sum(each.closed.done() for each in self._lines))

    def _close(self) -> Report:
        lost = sum(each.closed.done() for each in self._lines)
        for each in self._lines:
            each.abort()
        self._lines.clear()
        return Report(lost=lost)


async def _serve() -> None:
    loop, crowd = asyncio.get_running_loop(), _Crowd()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    while line := await loop.run_in_executor(None, sys.stdin.buffer.readline):
        report = await crowd.do(msgspec.json.decode(line, type=Job))
        sys.stdout.buffer.write(msgspec.json.encode(report) + b"\n")
        sys.stdout.flush()


if __name__ == "__main__":
    uvloop.run(_serve())
