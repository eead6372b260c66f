"""The poster: sends forms with the HTTP client that sends parlour's webhooks, and does nothing else.

``python -m benchmarks.poster`` is a process of its own, as parlour is: it reads a Job per line and answers each with a
Report.
"""

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import aiohttp
import msgspec
import uvloop

from benchmarks.failures import Failed
from parlour.outbound.client import open_session
from parlour.outbound.guard import Guard

FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}


class Post(msgspec.Struct, frozen=True):
    """A form, and where it goes."""

    url: str
    body: str


class Job(msgspec.Struct, frozen=True):
    """Forms to post."""

    lanes: list[list[Post]]
    """All lanes at a time; within a lane one after the other."""
    headers: dict[str, str] = {}
    pause: float = 0
    """Seconds to wait before each."""


class Report(msgspec.Struct, frozen=True):
    """What became of a job."""

    began: list[float]
    """When each post was begun, by ``time.perf_counter()``."""
    failed: list[str]
    """The answers that were not 2xx."""


class Poster:
    """A running poster."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process

    def do(self, job: Job) -> Report:
        """Does the job; raises Failed if an answer was not 2xx."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(msgspec.json.encode(job) + b"\n")
        self._process.stdin.flush()
        report = msgspec.json.decode(self._process.stdout.readline(), type=Report)
        if report.failed:
            raise Failed(f"{len(report.failed)} of {len(report.began)} posts failed, one with {report.failed[0]}")
        return report


@contextmanager
def posting() -> Iterator[Poster]:
    """A poster, for the length of the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.poster"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        yield Poster(process)
    finally:
        process.communicate()


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    async with open_session(Guard(allow_private=True)) as session:
        while line := await loop.run_in_executor(None, sys.stdin.buffer.readline):
            report = await _do(session, msgspec.json.decode(line, type=Job))
            sys.stdout.buffer.write(msgspec.json.encode(report) + b"\n")
            sys.stdout.flush()


async def _do(session: aiohttp.ClientSession, job: Job) -> Report:
    report = Report([], [])
    headers = {**FORM, **job.headers}

    async def empty(lane: list[Post]) -> None:
        for post in lane:
            if job.pause:
                await asyncio.sleep(job.pause)
            report.began.append(time.perf_counter())
            async with session.post(post.url, data=post.body, headers=headers, allow_redirects=False) as answer:
                body = await answer.read()
                if not 200 <= answer.status < 300:
                    report.failed.append(f"{answer.status}: {body.decode(errors='replace')}")

    await asyncio.gather(*(empty(lane) for lane in job.lanes))
    return report


if __name__ == "__main__":
    uvloop.run(_serve())
