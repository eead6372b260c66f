"""The composition root: builds every part and hands each what it needs."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import structlog

from parlour.compat import usage_counter
from parlour.compat.counting import UsageCounting
from parlour.compat.endpoints import Compat, Portability
from parlour.compat.remarks import Remarkers
from parlour.compat.usage_counter import USAGE, UsageCounter
from parlour.contract.invoke import Backend
from parlour.contract.rest import OWN, routes
from parlour.core.audience import Audience
from parlour.core.clock import Clock, SystemClock, VirtualClock
from parlour.core.duration import duration
from parlour.core.facts import FactReader
from parlour.core.limits import relaxed
from parlour.core.retention import Retention, length
from parlour.delivery.deliverer import Deliverer, Outputs
from parlour.delivery.notice import Notice
from parlour.delivery.relay import Relay
from parlour.http.app import HttpApp
from parlour.http.authenticate import Authenticator, OnWrong
from parlour.http.forwarded import Proxies
from parlour.http.middleware import RequestMiddleware
from parlour.http.respond import on_http_error
from parlour.http.sse import EventStreams
from parlour.http.wrong_credentials import WrongCredentials
from parlour.observe.feed import Events
from parlour.observe.health import Alive, Ready
from parlour.observe.metrics import Scrape
from parlour.observe.tail import Tail
from parlour.outbound.client import Client
from parlour.outbound.guard import Guard
from parlour.outbound.names import Names
from parlour.resources.accounts.actions import authenticate
from parlour.resources.catalogue import FACTS, REACTIONS, RESOURCES, TASKS
from parlour.resources.clock import actions as clock_actions
from parlour.resources.services.actions import resolve
from parlour.rest.home import Home
from parlour.rest.mount import mount
from parlour.rest.openapi import Description
from parlour.runtime import bus, descriptors, follow, live
from parlour.runtime.backend import backend_of
from parlour.runtime.bus import BUS
from parlour.runtime.descriptors import DESCRIPTORS, Descriptors
from parlour.runtime.follow import FOLLOW, Follower
from parlour.runtime.live import TAIL
from parlour.runtime.loops import Loop, Loops
from parlour.runtime.metric_cells import SharedCounters
from parlour.runtime.metrics import (
    CONNECTIONS,
    LANES,
    MAX_CONNECTIONS,
    SAMPLED,
    WAITED,
    WAITING,
    WRONG_CREDENTIALS,
    Metrics,
)
from parlour.runtime.node import Node
from parlour.runtime.signals import DELIVER, PROBE, RELAYS, Signals
from parlour.runtime.work import FindPreAction
from parlour.settings import Settings, SettingsError
from parlour.settings.groups import ClockKind, LimitMode, MetricsAccess
from parlour.storage.connect import Limits
from parlour.storage.database import Database
from parlour.storage.key_check import verify
from parlour.storage.log import reader_of
from parlour.storage.vault import Vault
from parlour.webhooks.ask import PreActionWebhooks
from parlour.webhooks.output import Webhooks
from parlour.webhooks.plan import Planner
from parlour.webhooks.retrying import Retrying
from parlour.webhooks.secrets import SigningSecrets

Asgi = Callable[[dict[str, Any], Any, Any], Awaitable[None]]

_log = structlog.get_logger("parlour.app")


@asynccontextmanager
async def open_node(settings: Settings, clock: Clock | None = None, shared: Path | None = None) -> AsyncIterator[Node]:
    """The parts that every call shares, for the length of the block; *settings* name a database and a key.

    Raises VaultError if the key is not the database's.

    *shared*: the folder in which the processes that serve together keep what they count.
    """
    if settings.database.url is None or settings.secrets.secret_key is None:
        raise SettingsError("A process that serves needs database_url and secret_key.")
    metrics = Metrics(SharedCounters(shared))
    database = Database(
        settings.database.url,
        connections=settings.database.connections,
        statement_cache_size=settings.database.statement_cache_size,
        limits=Limits(
            settings.database.statement_timeout, settings.database.lock_timeout, settings.database.idle_timeout
        ),
        on_wait=partial(metrics.took, WAITED),
    )
    _measure(database, metrics)
    signals = Signals(settings.database.url)
    async with database:
        node = Node(
            database,
            clock or (VirtualClock() if settings.server.clock is ClockKind.VIRTUAL else SystemClock()),
            Vault(settings.secrets.secret_key),
            REACTIONS,
            signals=signals,
            follower=Follower(database, signals.hub, FactReader(FACTS)),
            metrics=metrics,
            retention=Retention(
                deliveries=length(settings.retention.deliveries), events=length(settings.retention.events)
            ),
            patience=duration(settings.webhooks.patience),
            message_batch=settings.database.message_batch,
        )
        async with database.session() as reading:
            await verify(reading, node.vault)
        await clock_actions.begin(node)
        yield node


def _measure(database: Database, metrics: Metrics) -> None:
    """From now on the connections to the database are counted."""
    metrics.gauge(CONNECTIONS, "in_use", read=lambda: database.open - database.idle)
    metrics.gauge(CONNECTIONS, "idle", read=lambda: database.idle)
    metrics.gauge(MAX_CONNECTIONS, read=lambda: database.limit)
    metrics.gauge(WAITING, read=lambda: database.waiting)


class Outside(msgspec.Struct, frozen=True):
    """The parts that reach others."""

    pre_action: FindPreAction
    on_proxied: Callable[[], None]
    """Called for each request that some proxy passed on."""
    outputs: Outputs
    deliverer: Deliverer


@asynccontextmanager
async def open_outside(node: Node, settings: Settings) -> AsyncIterator[Outside]:
    """These parts, for the length of the block."""
    guard = _guard(settings)
    async with Client(guard) as client:
        secrets, notice = SigningSecrets(node), Notice(node.metrics, access_log=settings.log.access_log)
        retrying = Retrying(settings.webhooks.retries, node.patience)
        webhooks = Webhooks(node.clock, client, secrets, retrying, Planner(settings.webhooks.studio_url))
        outputs = {output.audience: output for output in (webhooks,)}
        deliverer = Deliverer(node, outputs, notice)
        node.metrics.gauge(LANES, read=lambda: deliverer.busy)
        is_undecided = settings.webhooks.allow_private is None
        yield Outside(
            PreActionWebhooks(node, client, secrets, notice),
            partial(_forbid_private, guard) if is_undecided else lambda: None,
            outputs,
            deliverer,
        )
        await deliverer.close()


@asynccontextmanager
async def background(node: Node, counter: UsageCounter, outside: Outside, settings: Settings) -> AsyncIterator[None]:
    """Everything that this process does beside answering calls, for the length of the block."""
    is_relaxed = settings.server.limits is LimitMode.RELAXED
    loops = [
        *(Loop(each.name, partial(_take, each.run_once, node, is_relaxed), interval=each.interval) for each in TASKS),
        Loop(USAGE, counter.flush, interval=usage_counter.FLUSH_INTERVAL_SECONDS),
        *(
            Loop(RELAYS[audience], Relay(node, output).run_once, interval=1.0)
            for audience, output in outside.outputs.items()
        ),
        Loop(DELIVER, outside.deliverer.run_once, interval=0.5),
        Loop(PROBE, outside.deliverer.probe, interval=1.0),
        Loop(BUS, node.signals.bus.run_once, interval=bus.INTERVAL_SECONDS),
        Loop(FOLLOW, node.follower.run_once, interval=follow.INTERVAL_SECONDS),
        Loop(TAIL, node.live.run_once, interval=live.INTERVAL_SECONDS),
        Loop(DESCRIPTORS, Descriptors(node.metrics).run_once, interval=descriptors.INTERVAL_SECONDS),
    ]
    if isinstance(node.clock, VirtualClock):
        loops.append(
            Loop(clock_actions.CLOCK, partial(clock_actions.follow, node), interval=clock_actions.INTERVAL_SECONDS)
        )
    if settings.server.workers > 1:
        loops.append(Loop("metrics", node.metrics.sample, interval=SAMPLED))
    async with Loops(loops, node.signals.hub, node.metrics.turned):
        yield
    node.signals.bus.close()


def _guard(settings: Settings) -> Guard:
    """What lies between webhooks and the network."""
    nameservers = (settings.webhooks.nameservers or "").replace(" ", "")
    try:
        names = Names(nameservers.split(",") if nameservers else ())
    except ValueError as error:
        raise SettingsError(f"webhook_nameservers: {error}", "webhook_nameservers") from None
    return Guard(allow_private=settings.webhooks.allow_private is not False, resolver=names)


def _forbid_private(guard: Guard) -> None:
    """A proxy passes requests on: strangers may reach this server, which looked as if only this machine could."""
    if guard.allow_private:
        guard.allow_private = False
        _log.warning(
            "A proxy passes requests on to parlour: webhooks may no longer go to private addresses of this machine and"
            " its network. The setting webhook_allow_private says true if they may, false if not."
        )


async def _take(run_once: Callable[[Node], Awaitable[bool | float]], node: Node, is_relaxed: bool) -> bool | float:
    """A turn of a background loop, whose limits are those of the calls that it goes on with."""
    with relaxed() if is_relaxed else nullcontext():
        return await run_once(node)


def entrance(
    node: Node, counter: UsageCounter, backend: Backend, on_proxied: Callable[[], None], settings: Settings
) -> HttpApp:
    """Every way in over HTTP, as one ASGI application."""
    public_url = settings.server.public_url.rstrip("/") if settings.server.public_url else None
    is_relaxed = settings.server.limits is LimitMode.RELAXED
    scrape = {
        "/metrics": Scrape(node, reader_of(Audience.WEBHOOK), is_open=settings.server.metrics is MetricsAccess.OPEN)
    }
    authenticator = Authenticator(partial(authenticate, node), _on_wrong_credentials(node))
    every_route = [route for resource in RESOURCES for route in routes(resource)]
    counting = UsageCounting(counter, every_route, count_usage=settings.server.count_usage)
    streams = EventStreams(node.signals.hub, authenticator)
    doors = {
        **mount(RESOURCES, backend, public_url, counting),
        "/": Home(public_url),
        "/healthz": Alive(),
        "/readyz": Ready(node),
        "/openapi.json": Description(RESOURCES),
        **(scrape if settings.server.metrics is not MetricsAccess.OFF else {}),
        f"{OWN}/compat": Compat(counter, RESOURCES, count_usage=settings.server.count_usage),
        f"{OWN}/portability": Portability(counter, is_relaxed=is_relaxed),
        f"{OWN}/Events": Events(node, FACTS, authenticator, streams, public_url),
        f"{OWN}/Tail": Tail(node, FactReader(FACTS), streams),
    }
    middleware = RequestMiddleware(authenticator, node, Remarkers().remarks, access_log=settings.log.access_log)
    proxies = Proxies(settings.server.trusted_proxies, on_proxied)
    return HttpApp(doors, middleware, node.metrics, proxies, counting.refusing(on_http_error))


def _on_wrong_credentials(node: Node) -> OnWrong:
    """Counts wrong credentials and logs them for the operator."""
    log = WrongCredentials(node)

    def note(username: str, client: str, was_looked_at: bool) -> None:
        node.metrics.count(WRONG_CREDENTIALS, "401" if was_looked_at else "429")
        log.tried(username, client)

    return note


class Application:
    """The ASGI application of a process: opens the node when the server starts, closes it when it stops."""

    def __init__(self, settings: Settings, clock: Clock | None = None, shared: Path | None = None) -> None:
        self._settings, self._clock, self._shared = settings, clock, shared
        self.node: Node | None = None
        """What all calls share, while the server runs; for tests that look behind the door."""
        self._open = AsyncExitStack()
        self._entrance: Asgi | None = None

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif self._entrance is not None:
            await self._entrance(scope, receive, send)

    def stop_waiting(self) -> None:
        """The server is about to stop: calls that wait for something are answered, and streams end."""
        if self.node is not None:
            self.node.signals.hub.close()

    async def _live(self, receive: Any, send: Any) -> None:
        await receive()
        self.node = await self._open.enter_async_context(open_node(self._settings, self._clock, self._shared))
        counter = UsageCounter(self.node.database, self.node.clock, partial(self.node.signals.wake, USAGE))
        self._open.push_async_callback(counter.finish)
        outside = await self._open.enter_async_context(open_outside(self.node, self._settings))
        await self._open.enter_async_context(background(self.node, counter, outside, self._settings))
        is_relaxed = self._settings.server.limits is LimitMode.RELAXED
        backend = backend_of(self.node, resolve, outside.pre_action, outside.outputs, is_relaxed=is_relaxed)
        self._entrance = entrance(self.node, counter, backend, outside.on_proxied, self._settings)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._open.aclose()
        self.node.metrics.counters.close()
        await send({"type": "lifespan.shutdown.complete"})
