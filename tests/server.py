"""A parlour that serves on a real socket in the event loop of the tests."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta

import aiohttp
import uvicorn
from cryptography.fernet import Fernet

from parlour.app import Application
from parlour.runtime.work import House as Inside
from parlour.settings import Settings


class MovableClock:
    """The machine's clock, moved by what was added to it, until it is frozen; then only moving it moves it."""

    def __init__(self) -> None:
        self._ahead = timedelta()
        self._frozen: datetime | None = None

    def now(self) -> datetime:
        return self._frozen or datetime.now(UTC) + self._ahead

    def freeze(self, at: datetime | None = None) -> datetime:
        """From now on it is *at* (without it: this moment); returns that moment."""
        self._frozen = at or self.now()
        return self._frozen

    def advance(self, by: timedelta) -> None:
        """It is *by* later, at once."""
        if self._frozen is None:
            self._ahead += by
        else:
            self._frozen += by

    def release(self) -> None:
        """It is the machine's time again."""
        self._ahead, self._frozen = timedelta(), None


class Parlour:
    """A running server: where it listens, the parts behind the door, and a client for it."""

    def __init__(self, url: str, inside: Inside, clock: MovableClock, client: aiohttp.ClientSession) -> None:
        self.url, self.inside, self.clock, self.client = url, inside, clock, client

    @contextmanager
    def statements(self) -> Iterator[list[str]]:
        """The SQL statements that the server sends during the block, in order.

        The first request of a credential has one more than later ones, since a proof is remembered.
        """
        sent: list[str] = []
        self.inside.database.on_statement = sent.append
        try:
            yield sent
        finally:
            self.inside.database.on_statement = None


class _Server(uvicorn.Server):
    """uvicorn that leaves the signals to pytest and says when it is ready."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


@asynccontextmanager
async def serving(
    database_url: str, public_url: str | None = None, *, limits: str = "strict"
) -> AsyncIterator[Parlour]:
    """A parlour on the migrated database at *database_url*, for the length of the block."""
    clock = MovableClock()
    key = Fernet.generate_key().decode()
    settings = Settings(database_url=database_url, secret_key=key, public_url=public_url, limits=limits)
    application = Application(settings, clock)
    config = uvicorn.Config(
        application, http="httptools", ws="none", lifespan="on", log_config=None, access_log=False, server_header=False
    )
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
        # asyncio sees no TCP in an accepted socket and leaves this out; uvloop, which serves elsewhere, does it.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        server = _Server(config)
        running = asyncio.create_task(server.serve([listener]))
        started = asyncio.create_task(server.ready.wait())
        await asyncio.wait((running, started), return_when=asyncio.FIRST_COMPLETED)
        assert application.house is not None, "the server did not start"
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        try:
            async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as client:
                yield Parlour(url, application.house, clock, client)
        finally:
            server.should_exit = True
            await running
