"""The composition root: builds every part and hands each what it needs."""

import ctypes
import multiprocessing
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from functools import partial
from typing import Any

from parlour.contract.rest import OWN
from parlour.core.clock import Clock, SystemClock, VirtualClock
from parlour.core.limits import relaxed
from parlour.core.retention import Retention, length
from parlour.log import configure_logs
from parlour.resources.accounts.actions import authenticate
from parlour.resources.catalogue import ANNOUNCEMENTS, LOOPS, REACTIONS, RESOURCES
from parlour.resources.clock import actions as clock_actions
from parlour.resources.services.actions import resolve
from parlour.rest.authenticate import Authenticator
from parlour.rest.compat import Compat, Portability
from parlour.rest.health import Alive, Ready
from parlour.rest.mount import mount
from parlour.rest.openapi import Description
from parlour.runtime import bus, tallies
from parlour.runtime.bus import BUS, Bus
from parlour.runtime.supervisor import Loop, Supervisor
from parlour.runtime.work import DELIVER, RELAY, House
from parlour.settings import Settings, SettingsError, load
from parlour.storage.pool import Database
from parlour.storage.vault import Vault
from parlour.webhooks.ask import Asker
from parlour.webhooks.call import Caller
from parlour.webhooks.deliver import Deliverer
from parlour.webhooks.guard import Guard
from parlour.webhooks.relay import Relay
from parlour.webhooks.secrets import Secrets

Asgi = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


@asynccontextmanager
async def open_house(settings: Settings, clock: Clock | None = None) -> AsyncIterator[House]:
    """The parts that every call shares, for the length of the block; *settings* name a database and a key."""
    if settings.database_url is None or settings.secret_key is None:
        raise SettingsError("A process that serves needs database_url and secret_key.")
    database = Database(
        settings.database_url,
        connections=settings.database_connections,
        statement_cache_size=settings.statement_cache_size,
    )
    clock = clock or (VirtualClock() if settings.clock == "virtual" else SystemClock())
    async with database:
        house = House(
            database,
            clock,
            Vault(settings.secret_key),
            REACTIONS,
            message_batch=settings.message_batch,
            is_relaxed=settings.limits == "relaxed",
            is_watching=settings.watch,
            retention=Retention(
                deliveries=length(settings.delivery_retention), events=length(settings.event_retention)
            ),
        )
        await clock_actions.begin(house)
        yield house


@asynccontextmanager
async def background(house: House, settings: Settings) -> AsyncIterator[None]:
    """Everything that this process does beside answering calls, for the length of the block."""
    async with Caller(Guard(allow_private=bool(settings.webhook_allow_private))) as caller:
        secrets = Secrets(house)
        house.asker = Asker(house, caller, secrets)
        relay = Relay(house, ANNOUNCEMENTS, settings.studio_url)
        deliverer = Deliverer(house, caller, secrets, retries=settings.webhook_retries)
        between = Bus(house.database.url, house.hear, partial(house.call, BUS))
        house.pass_on = between.pass_on
        loops = [Loop(name, partial(_take, turn, house), every=every) for name, (turn, every) in LOOPS.items()]
        loops += [
            Loop("tallies", house.tallies.flush, every=tallies.EVERY),
            Loop(RELAY, relay.turn, every=1.0),
            Loop(DELIVER, deliverer.turn, every=0.5),
            Loop(BUS, between.turn, every=bus.EVERY),
        ]
        if isinstance(house.clock, VirtualClock):
            loops.append(Loop(clock_actions.CLOCK, partial(clock_actions.follow, house), every=clock_actions.EVERY))
        house.loops = {loop.name: loop for loop in loops}
        house.tallies.on_many = house.loops["tallies"].call
        async with Supervisor(loops):
            yield
        between.close()
        await deliverer.close()


async def _take(turn: Callable[[House], Awaitable[bool | float]], house: House) -> bool | float:
    """A turn of a background loop, whose limits are those of the calls that it goes on with."""
    with relaxed() if house.is_relaxed else nullcontext():
        return await turn(house)


def entrance(house: House, public_url: str | None) -> Asgi:
    """Every way in over HTTP, as one ASGI application."""
    return mount(
        RESOURCES,
        house,
        Authenticator(partial(authenticate, house)),
        resolve,
        public_url.rstrip("/") if public_url else None,
        {
            "/healthz": Alive(),
            "/readyz": Ready(house),
            "/openapi.json": Description(RESOURCES),
            f"{OWN}/compat": Compat(house, RESOURCES),
            f"{OWN}/portability": Portability(house),
        },
    )


class Application:
    """The ASGI application of a process: opens the house when the server starts, closes it when it stops."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        self._settings, self._clock = settings, clock
        self.house: House | None = None
        """What all calls share, while the server runs; for tests that look behind the door."""
        self._open = AsyncExitStack()
        self._entrance: Asgi | None = None

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif self._entrance is not None:
            await self._entrance(scope, receive, send)

    async def _live(self, receive: Any, send: Any) -> None:
        await receive()
        self.house = await self._open.enter_async_context(open_house(self._settings, self._clock))
        self._open.push_async_callback(self.house.tallies.finish)
        await self._open.enter_async_context(background(self.house, self._settings))
        self._entrance = entrance(self.house, self._settings.public_url)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._open.aclose()
        await send({"type": "lifespan.shutdown.complete"})


def application() -> Application:
    """The application of a worker process, whose settings all come by its environment."""
    _end_with_parent()
    settings = load({})
    configure_logs(settings.log_level)
    return Application(settings)


def _end_with_parent() -> None:
    """Asks Linux to end this process when its parent is killed, so that no orphan keeps the port."""
    set_parent_death_signal = 1
    ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGTERM)
    parent = multiprocessing.parent_process()
    if parent is not None and os.getppid() != parent.pid:  # race: it died before we asked
        raise SystemExit(1)
