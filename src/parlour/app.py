"""The composition root: the doors of a process, and the application that opens and closes everything."""

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any

from parlour.compat.counting import UsageCounting
from parlour.compat.endpoints import Compat, Portability
from parlour.compat.remarks import Remarkers
from parlour.compat.usage_counter import USAGE, UsageCounter
from parlour.composition.background import background
from parlour.composition.node import open_node
from parlour.composition.outside import open_outside
from parlour.composition.sockets import loops_of, sockets_of
from parlour.contract.invoke import Backend
from parlour.contract.rest import OWN, routes
from parlour.core.clock import Clock
from parlour.core.facts import FactReader
from parlour.http.app import HttpApp
from parlour.http.authenticate import Authenticator
from parlour.http.forwarded import Proxies
from parlour.http.middleware import RequestMiddleware
from parlour.http.respond import on_http_error
from parlour.http.sse import EventStreams
from parlour.http.wrong_credentials import WrongCredentials
from parlour.observe.feed import Events
from parlour.observe.health import Alive, Ready
from parlour.observe.metrics import Scrape
from parlour.observe.tail import Tail
from parlour.realtime.sockets import SOCKETS, Sockets
from parlour.resources.accounts.actions import authenticate
from parlour.resources.catalogue import BACKLOG, FACTS, RESOURCES
from parlour.resources.presence import actions as presence
from parlour.resources.services.actions import resolve
from parlour.rest.home import Home
from parlour.rest.mount import mount
from parlour.rest.openapi import Description
from parlour.runtime.backend import backend_of
from parlour.runtime.node import Node
from parlour.settings import Settings
from parlour.settings.groups import MetricsAccess

Asgi = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


def entrance(
    node: Node, counter: UsageCounter, backend: Backend, on_proxied: Callable[[], None], settings: Settings
) -> HttpApp:
    """Every way in over HTTP, as one ASGI application."""
    public_url = settings.server.public_url.rstrip("/") if settings.server.public_url else None
    scrape = {"/metrics": Scrape(node, BACKLOG, is_open=settings.server.metrics is MetricsAccess.OPEN)}
    authenticator = Authenticator(partial(authenticate, node), WrongCredentials(node).note)
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
        f"{OWN}/portability": Portability(counter, backend.limits),
        f"{OWN}/Events": Events(node, FACTS, authenticator, streams, public_url),
        f"{OWN}/Tail": Tail(node, FactReader(FACTS), streams),
    }
    middleware = RequestMiddleware(authenticator, node, Remarkers().remarks, access_log=settings.log.access_log)
    proxies = Proxies(settings.server.trusted_proxies, on_proxied)
    return HttpApp(doors, middleware, node.metrics, proxies, counting.refusing(on_http_error))


class Application:
    """The ASGI application of a process: opens the node when the server starts, closes it when it stops."""

    def __init__(self, settings: Settings, clock: Clock | None = None, shared: Path | None = None) -> None:
        self._settings, self._clock, self._shared = settings, clock, shared
        self.node: Node | None = None
        """What all calls share, while the server runs; for tests that look behind the door."""
        self.backend: Backend | None = None
        """What operations stand on, while the server runs."""
        self.sockets: Sockets | None = None
        """Those of client SDKs, while the server runs."""
        self._open = AsyncExitStack()
        self._entrance: Asgi | None = None

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self._live(scope["state"], receive, send)
        elif self._entrance is not None:
            await self._entrance(scope, receive, send)

    def stop_waiting(self) -> None:
        """The server is about to stop: calls that wait for something are answered, and streams end."""
        if self.node is not None:
            self.node.signals.hub.close()
        if self.sockets is not None:
            self.sockets.stop()

    async def _live(self, state: dict[str, Any], receive: Any, send: Any) -> None:
        await receive()
        self.node = await self._open.enter_async_context(open_node(self._settings, self._clock, self._shared))
        counter = UsageCounter(self.node.database, self.node.clock, partial(self.node.signals.wake, USAGE))
        self._open.push_async_callback(counter.finish)
        outside = await self._open.enter_async_context(open_outside(self.node, self._settings))
        limits = self._settings.server.limits
        self.backend = backend_of(self.node, resolve, outside.pre_action, outside.outputs, limits=limits)
        self.sockets = state[SOCKETS] = sockets_of(self.node, self.backend, outside.on_proxied, self._settings)
        self._open.push_async_callback(presence.leave, self.node)
        loops = loops_of(self.sockets)
        await self._open.enter_async_context(background(self.node, counter, outside, self._settings, loops))
        self._open.push_async_callback(self.sockets.finish)
        self._entrance = entrance(self.node, counter, self.backend, outside.on_proxied, self._settings)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._open.aclose()
        self.node.metrics.counters.close()
        await send({"type": "lifespan.shutdown.complete"})
