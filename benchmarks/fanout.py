"""The bare fan-out: opens any socket, and writes the same bytes to all of them whenever it is asked.

What is left of a fan-out when there is nothing to decide; ``python -m benchmarks.fanout`` is a process of its own. It
reads packets per line, in base64, which it sends, and answers with when it began.
"""

import asyncio
import hashlib
import re
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import cast

import msgspec
import uvloop

from benchmarks.failures import Failed

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_KEY = re.compile(rb"\r\nsec-websocket-key: *(\S+)", re.IGNORECASE)


class Sent(msgspec.Struct, frozen=True):
    """A fan-out."""

    began: float
    sockets: int


class Fanout:
    """A bare fan-out that runs at *url*."""

    def __init__(self, process: "subprocess.Popen[bytes]", url: str) -> None:
        self._process, self.url, self.pid = process, url, process.pid

    def send(self, packets: Sequence[bytes]) -> Sent:
        """Each socket gets these, joined in one write."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(msgspec.json.encode(packets) + b"\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise Failed("The process of the bare fan-out has ended.")
        return msgspec.json.decode(line, type=Sent)


@contextmanager
def fanning_out() -> Iterator[Fanout]:
    """A bare fan-out, for the length of the block."""
    command = [sys.executable, "-m", "benchmarks.fanout"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    try:
        yield Fanout(process, msgspec.json.decode(process.stdout.readline(), type=str))
    finally:
        process.communicate()


class _Connection(asyncio.Protocol):
    """One socket; what comes in is not read."""

    def __init__(self, everybody: set[asyncio.Transport]) -> None:
        self._everybody = everybody
        self._came: bytes | None = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, reason: Exception | None) -> None:
        self._everybody.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        if self._came is None:
            return
        self._came += data
        if self._came.endswith(b"\r\n\r\n"):
            key = _KEY.search(self._came)
            accept = b64encode(hashlib.sha1((key[1] if key else b"") + _GUID).digest()).decode()
            self._transport.write(
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                f"Sec-WebSocket-Accept: {accept}\r\n\r\n".encode()
            )
            self._came = None
            self._everybody.add(self._transport)


def frame(packet: bytes) -> bytes:
    """As a server sends it; packets with news are of medium length."""
    if not 126 <= len(packet) < 1 << 16:
        raise Failed(f"A packet of {len(packet)} bytes is not what was expected.")
    return bytes((0x82, 126)) + len(packet).to_bytes(2, "big") + packet


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    everybody: set[asyncio.Transport] = set()
    server = await loop.create_server(lambda: _Connection(everybody), "127.0.0.1", 0, backlog=2048)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    sys.stdout.buffer.write(msgspec.json.encode(url) + b"\n")
    sys.stdout.flush()
    while line := await loop.run_in_executor(None, sys.stdin.buffer.readline):
        data = b"".join(frame(packet) for packet in msgspec.json.decode(line, type=list[bytes]))
        began = time.perf_counter()
        for each in everybody:
            each.write(data)
        sys.stdout.buffer.write(msgspec.json.encode(Sent(began, len(everybody))) + b"\n")
        sys.stdout.flush()


if __name__ == "__main__":
    uvloop.run(_serve())
