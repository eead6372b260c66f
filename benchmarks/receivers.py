"""Receivers: integrators' HTTP servers, as many as are wanted, which answer at once or slowly and note what comes."""

import asyncio
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import cast

import msgspec
import uvloop

from benchmarks.failures import Failed

PATIENCE = 60.0
"""Seconds after which something that should arrive is given up."""
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 0\r\n\r\n"


class Arrival(msgspec.Struct, frozen=True):
    """A request that came in."""

    at: float
    """When its first byte did, by ``time.perf_counter()``, which all processes of a machine share."""
    receiver: int
    body: str


class Receivers:
    """Servers in a thread of this process, which only looks at what came in while something is measured."""

    def __init__(self, number: int) -> None:
        self.urls: list[str] = []
        self.seconds = 0.0
        """What they take to answer."""
        self.arrivals: list[Arrival] = []
        """What came in and was not taken yet."""
        self.unanswered = 0
        self._number = number
        self._is_ready = threading.Event()

    def take(self, number: int) -> list[Arrival]:
        """The next *number* of requests, in the order in which they came in; raises Failed if they do not come."""
        self._wait_until(lambda: len(self.arrivals) >= number)
        taken = self.arrivals[:number]
        del self.arrivals[:number]
        return taken

    def wait_until_answered(self) -> None:
        """Returns when everything that came in was answered; raises Failed if it is not."""
        self._wait_until(lambda: not self.unanswered)

    def _wait_until(self, is_so: Callable[[], bool]) -> None:
        until = time.monotonic() + PATIENCE
        while not is_so():
            if time.monotonic() > until:
                raise Failed(f"Webhooks did not come or were not answered: {len(self.arrivals)}, {self.unanswered}.")
            time.sleep(0.001)

    def run(self) -> None:
        """Serves until the thread's loop is stopped."""
        self.loop = uvloop.new_event_loop()
        self.loop.run_until_complete(self._listen())
        self._is_ready.set()
        self.loop.run_forever()
        self.loop.close()

    async def _listen(self) -> None:
        for place in range(self._number):
            listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
            await self.loop.create_server(partial(_Connection, self, place), sock=listener)
            self.urls.append(f"http://127.0.0.1:{listener.getsockname()[1]}/events")

    def wait_until_ready(self) -> None:
        """Returns when all of them listen."""
        self._is_ready.wait(PATIENCE)


class _Connection(asyncio.Protocol):
    """A connection to one of them, on which one request comes after the other."""

    def __init__(self, receivers: Receivers, place: int) -> None:
        self._receivers, self._place = receivers, place
        self._came = b""
        self._began = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop has a class of its own

    def data_received(self, data: bytes) -> None:
        if not self._came:
            self._began = time.perf_counter()
        self._came += data
        head, end, body = self._came.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if not end or len(body) < int(length[1] if length else 0):
            return
        self._came = b""
        self._receivers.arrivals.append(Arrival(self._began, self._place, body.decode()))
        self._receivers.unanswered += 1
        if self._receivers.seconds:
            self._receivers.loop.call_later(self._receivers.seconds, self._answer)
        else:
            self._answer()

    def _answer(self) -> None:
        if not self._transport.is_closing():  # or the caller has given up waiting
            self._transport.write(_ANSWER)
        self._receivers.unanswered -= 1


@contextmanager
def receiving(number: int) -> Iterator[Receivers]:
    """So many receivers, for the length of the block."""
    receivers = Receivers(number)
    thread = threading.Thread(target=receivers.run, daemon=True)
    thread.start()
    receivers.wait_until_ready()
    try:
        yield receivers
    finally:
        receivers.loop.call_soon_threadsafe(receivers.loop.stop)
        thread.join()
