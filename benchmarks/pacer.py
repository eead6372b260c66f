"""The pacer: posts messages at a given rate over connections that stay open, each one request at a time.

``python -m benchmarks.pacer`` is a process of its own: it reads a Pace per line and answers each with its Times.
"""

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import urlsplit

import msgspec
import uvloop

from benchmarks.failures import Failed
from benchmarks.poster import Post
from benchmarks.wrk import AUTHORIZATION

CONNECTIONS = 32


class Pace(msgspec.Struct, frozen=True):
    """Forms to post, so many of them a second."""

    posts: Sequence[Post]
    rate: float


class Times(msgspec.Struct, frozen=True):
    """By ``time.perf_counter()``, of each post."""

    due: list[float]
    """When its turn had come …"""
    answered: list[float]
    """… and when its answer had."""
    problem: str = ""


class Pacer:
    """A pacer that runs."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process

    def post(self, posts: Sequence[Post], rate: float) -> Times:
        """Posts them; raises Failed if one is not answered 201."""
        self.begin(posts, rate)
        return self.end()

    def begin(self, posts: Sequence[Post], rate: float) -> None:
        """The same without waiting."""
        assert self._process.stdin is not None
        self._process.stdin.write(msgspec.json.encode(Pace(posts, rate)) + b"\n")
        self._process.stdin.flush()

    def end(self) -> Times:
        """Waits for what was begun."""
        assert self._process.stdout is not None
        times = msgspec.json.decode(self._process.stdout.readline() or b'{"due":[],"answered":[],"problem":"gone"}',
                                    type=Times)  # fmt: skip
        if times.problem:
            raise Failed(f"A message could not be posted: {times.problem}")
        return times


@contextmanager
def pacing() -> Iterator[Pacer]:
    """A pacer, for the length of the block."""
    command = [sys.executable, "-m", "benchmarks.pacer"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        yield Pacer(process)
    finally:
        process.communicate()


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.buffer.readline):
        pace = msgspec.json.decode(line, type=Pace)
        times = Times([0.0] * len(pace.posts), [0.0] * len(pace.posts))
        try:
            await _run(pace, times)
        except (Failed, OSError, EOFError) as error:
            times = Times([], [], str(error) or type(error).__name__)
        sys.stdout.buffer.write(msgspec.json.encode(times) + b"\n")
        sys.stdout.flush()


async def _run(pace: Pace, times: Times) -> None:
    places = iter(range(len(pace.posts)))
    begin = time.perf_counter()

    async def work() -> None:
        where = urlsplit(pace.posts[0].url)
        reader, writer = await asyncio.open_connection(where.hostname, where.port)
        for place in places:
            due = begin + place / pace.rate
            if (early := due - time.perf_counter()) > 0:
                await asyncio.sleep(early)
            writer.write(_request(pace.posts[place]))
            status, body = await _answer(reader)
            if status != 201:
                raise Failed(f"{status}: {body[:300]!r}")
            times.due[place], times.answered[place] = due, time.perf_counter()
        writer.close()

    await asyncio.gather(*(work() for _ in range(min(CONNECTIONS, len(pace.posts)))))


def _request(post: Post) -> bytes:
    where = urlsplit(post.url)
    return (
        f"POST {where.path} HTTP/1.1\r\nHost: {where.netloc}\r\nAuthorization: {AUTHORIZATION}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(post.body)}\r\n\r\n{post.body}"
    ).encode()


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    length = next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), 0)
    return int(head[9:12]), await reader.readexactly(length)


if __name__ == "__main__":
    uvloop.run(_serve())
