"""Meddler: a line between clients and the socket of a parlour, which a test can cut, mend, and meddle with."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from tests.twilsock import PATIENCE_SECONDS, Packet, read, written

Edit = Callable[[Packet], Packet | None]
UNBOUNDED: dict[str, Any] = {"compression": None, "max_size": None, "ping_interval": None}


class Meddler:
    """Passes packets on; what the server says, as ``edit`` makes it, or not at all where that gives None."""

    def __init__(self, url: str) -> None:
        self._there = url.replace("http", "ws", 1)
        self.url = ""
        self.edit: Edit = lambda packet: packet
        self.is_down = False
        """Whether new connections are refused."""
        self._heard: list[Packet] = []
        self._spoken = asyncio.Condition()
        self._lines: set[ServerConnection] = set()

    async def cut(self) -> None:
        """Every connection breaks, without a goodbye, and nobody comes back until ``is_down`` is false again."""
        self.is_down = True
        broken = list(self._lines)
        for line in broken:
            line.transport.abort()
        for line in broken:
            await line.wait_closed()

    async def say(self, packet: Packet) -> None:
        """Every client gets this from the server, as it seems."""
        for line in list(self._lines):
            await line.send(written(packet.header, packet.payload))

    async def call(self, path: str, wanted: Callable[[Any], bool]) -> Any:
        """The body of the first thing that a client sends to *path* that is *wanted*, from now on."""
        async with asyncio.timeout(PATIENCE_SECONDS), self._spoken:
            start = len(self._heard)
            while True:
                for packet in self._heard[start:]:
                    if packet.header.get("http_request", {}).get("path") == path and wanted(packet.json):
                        return packet.json
                start = len(self._heard)
                await self._spoken.wait()

    async def _refuse(self, line: ServerConnection, request: Request) -> Response | None:
        return line.respond(HTTPStatus.SERVICE_UNAVAILABLE, "the line is down\n") if self.is_down else None

    async def _pass_on(self, line: ServerConnection) -> None:
        assert line.request is not None
        async with connect(self._there + line.request.path, proxy=None, **UNBOUNDED) as server:
            self._lines.add(line)
            back = asyncio.create_task(self._pass_back(server, line))
            try:
                async for message in line:
                    await server.send(message)
                    async with self._spoken:
                        self._heard.append(read(message))
                        self._spoken.notify_all()
            except ConnectionClosed:
                pass
            finally:
                self._lines.discard(line)
                back.cancel()
                await asyncio.wait([back])

    async def _pass_back(self, server: Any, line: ServerConnection) -> None:
        async for message in server:
            packet = read(message)
            edited = self.edit(packet)
            if edited is packet:
                await line.send(message)
            elif edited is not None:
                await line.send(written(edited.header, edited.payload))
        await line.close(server.close_code or 1011)


@asynccontextmanager
async def meddled(url: str) -> AsyncIterator[Meddler]:
    """A line to the parlour at *url*, for the length of the block."""
    meddler = Meddler(url)
    async with serve(meddler._pass_on, "127.0.0.1", 0, process_request=meddler._refuse, **UNBOUNDED) as server:
        meddler.url = f"http://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"
        yield meddler
