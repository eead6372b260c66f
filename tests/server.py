"""A parlour that serves on a real socket in the event loop of the tests."""

import asyncio
import re
import socket
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import uvicorn
from cryptography.fernet import Fernet

from parlour.app import Application
from parlour.contract.invoke import Backend
from parlour.realtime.sockets import Sockets
from parlour.runtime.leases import LEASE_SECONDS
from parlour.runtime.loops import on_behalf_of
from parlour.runtime.node import Node
from parlour.serving.connection import KEEP_ALIVE_SECONDS, Protocol
from parlour.settings import settings_of
from parlour.settings.groups import ClockKind
from tests.evidence import Asgi, Witness

KEY = Fernet.generate_key().decode()
"""The secret key of all servers of a test run: what several on one database need, to sign the same webhooks."""
PROOF = re.compile(r"select (auth_token from accounts|account_sid, secret from api_keys) where sid = \$1")
"""The statements by which credentials are checked."""

_serving: Counter[str] = Counter()
"""How many servers there are at the moment on each database."""


class MovableClock:
    """The machine's clock, moved by what was added to it, until it is frozen; then only moving it moves it."""

    def __init__(self) -> None:
        self._ahead = timedelta()
        self._frozen: datetime | None = None
        self.moves = 0

    def now(self) -> datetime:
        return self._frozen or datetime.now(UTC) + self._ahead

    def freeze(self, at: datetime | None = None) -> datetime:
        """From now on it is *at* (without it: this moment); returns that moment."""
        self._frozen = at or self.now()
        self.moves += 1
        return self._frozen

    def advance(self, by: timedelta) -> None:
        """It is *by* later, at once."""
        self.moves += 1
        if self._frozen is None:
            self._ahead += by
        else:
            self._frozen += by

    def release(self) -> None:
        """It is the machine's time again."""
        self._ahead, self._frozen = timedelta(), None
        self.moves += 1


class Parlour:
    """A running server: where it listens, the parts behind the door, and a client for it."""

    def __init__(
        self,
        url: str,
        inside: Node,
        clock: MovableClock,
        client: aiohttp.ClientSession,
        door: "Door | None" = None,
        application: Application | None = None,
    ) -> None:
        self.url, self.inside, self.clock, self.client = url, inside, clock, client
        self._door, self._application = door, application

    @property
    def backend(self) -> Backend:
        """What its operations stand on."""
        backend = self._here.backend
        assert backend is not None
        return backend

    @property
    def sockets(self) -> Sockets:
        """Those of client SDKs."""
        sockets = self._here.sockets
        assert sockets is not None
        return sockets

    @property
    def _here(self) -> Application:
        assert self._application is not None, "this parlour is another process"
        return self._application

    @property
    def is_alone(self) -> bool:
        """Whether no other server works on its database, by a clock and with limits of its own."""
        return _serving[self.inside.database.url] == 1

    @contextmanager
    def statements(self, *, lease_seconds: float = 0, with_proofs: bool = False) -> Iterator[list[str]]:
        """The SQL statements that the server sends during the block, in order.

        How many there are must not depend on time: leases last for so long; proofs of credentials, which are remembered
        for some seconds, and what background loops send are left out.
        """
        sent: list[str] = []

        def note(sql: str) -> None:
            if on_behalf_of.get() is None and (with_proofs or PROOF.search(sql) is None):
                sent.append(sql)

        leases = (self.inside.scopes, self.inside.end_users, self.inside.webhooks)
        for each in leases:
            each.forget()
            each.seconds = lease_seconds
        self.inside.database.on_statement = note
        try:
            yield sent
        finally:
            self.inside.database.on_statement = None
            for each in leases:
                each.forget()
                each.seconds = LEASE_SECONDS

    @contextmanager
    def fulfilled(self) -> Iterator[list[tuple[str, str]]]:
        """The method and path of each request that comes in during the block and is not refused."""
        assert self._door is not None, "this parlour is another process"
        requests: list[tuple[str, str]] = []
        self._door.on_fulfilled = lambda method, path: requests.append((method, path))
        try:
            yield requests
        finally:
            self._door.on_fulfilled = None


class Door:
    """The application, and somebody who may listen to what it fulfils."""

    def __init__(self, application: Asgi) -> None:
        self._application = application
        self.on_fulfilled: Callable[[str, str], None] | None = None

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        told = self.on_fulfilled

        async def listening(event: dict[str, Any]) -> None:
            if told is not None and event["type"] == "http.response.start" and event["status"] < 300:
                told(scope["method"], scope["raw_path"].decode())
            await send(event)

        await self._application(scope, receive, send if told is None else listening)


class _Server(uvicorn.Server):
    """uvicorn that leaves the signals to pytest and says when it is ready."""

    def __init__(self, config: uvicorn.Config, application: Application) -> None:
        super().__init__(config)
        self._application = application
        self.ready = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._application.stop_waiting()
        await super().shutdown(sockets)


@asynccontextmanager
async def serving(database_url: str, public_url: str | None = None, **more: Any) -> AsyncIterator[Parlour]:
    """A parlour on the migrated database at *database_url*, with *more* settings, for the length of the block."""
    clock = MovableClock()
    settings = settings_of(
        database_url=database_url, secret_key=KEY, public_url=public_url, webhook_allow_private=True, **more
    )
    application = Application(settings, None if settings.server.clock is ClockKind.VIRTUAL else clock)
    door = Door(Witness(application))
    config = uvicorn.Config(
        door,
        http=Protocol,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
    )
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
        # asyncio sees no TCP in an accepted socket and leaves this out; uvloop, which serves elsewhere, does it.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        server = _Server(config, application)
        running = asyncio.create_task(server.serve([listener]))
        started = asyncio.create_task(server.ready.wait())
        await asyncio.wait((running, started), return_when=asyncio.FIRST_COMPLETED)
        assert application.node is not None, "the server did not start"
        _serving[database_url] += 1
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        try:
            # uvicorn gives up idle connections after 5 seconds; a call must not take one just then.
            connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=3)
            async with aiohttp.ClientSession(connector=connector) as client:
                yield Parlour(url, application.node, clock, client, door, application)
        finally:
            server.should_exit = True
            await running
            _serving[database_url] -= 1
