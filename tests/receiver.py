"""Receiver: an integrator's HTTP server, which remembers what it was told and answers as a test wants."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from aiohttp import web
from multidict import CIMultiDictProxy


@dataclass(frozen=True)
class Received:
    """One request that came in."""

    method: str
    url: str
    """As the sender called it."""
    headers: CIMultiDictProxy[str]
    parameters: dict[str, str]

    @property
    def event(self) -> str:
        return self.parameters["EventType"]


Reply = Callable[[Received], Awaitable[web.StreamResponse]]


@dataclass
class Receiver:
    """A server on this machine; ``reply`` may be changed at any time."""

    url: str = ""
    received: list[Received] = field(default_factory=list)
    reply: Reply | None = None
    _arrived: asyncio.Queue[Received] = field(default_factory=asyncio.Queue)

    async def next(self) -> Received:
        """The next request that comes in or that nobody has asked for yet."""
        async with asyncio.timeout(30):
            return await self._arrived.get()

    async def take(self, number: int) -> list[Received]:
        """The next *number* of requests."""
        return [await self.next() for _ in range(number)]

    @property
    def is_idle(self) -> bool:
        """Whether all that came in was asked for."""
        return self._arrived.empty()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Remembers the request, and replies."""
        text = await request.text() if request.method == "POST" else request.rel_url.raw_query_string
        received = Received(
            request.method,
            f"http://{request.host}{request.raw_path}",
            request.headers,
            dict(parse_qsl(text, keep_blank_values=True)),
        )
        self.received.append(received)
        self._arrived.put_nowait(received)
        return web.Response() if self.reply is None else await self.reply(received)


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """A receiver that listens for the length of the block."""
    receiver = Receiver()
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", receiver.answer)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert site._server is not None
    receiver.url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"  # type: ignore[attr-defined]
    try:
        yield receiver
    finally:
        await runner.cleanup()
