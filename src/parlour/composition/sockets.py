"""The sockets of client SDKs: what lets them in, and what answers that which comes through them."""

from collections.abc import Callable
from functools import partial
from typing import Any

from parlour.contract.invoke import Backend
from parlour.core.facts import FactReader
from parlour.core.scope import Scope
from parlour.http import forwarded
from parlour.http.forwarded import Proxies
from parlour.realtime.configuration import configuration
from parlour.realtime.login import Doorkeeper
from parlour.realtime.observer import Observer
from parlour.realtime.operations import operations
from parlour.realtime.session import Session
from parlour.realtime.sockets import REVOCATION, REVOCATION_SECONDS, SOCKETS, TURN_SECONDS, Sockets
from parlour.realtime.sync import Sync
from parlour.realtime.tunnel import Routes, Tunnel
from parlour.realtime.typing import Typing
from parlour.resources.accounts.tokens import revoked, verify
from parlour.resources.catalogue import CLIENT_RESOURCES, FACTS, PROJECTIONS
from parlour.resources.memberships.queries import participant_sid, standings
from parlour.resources.presence import actions as presence
from parlour.resources.users.actions import at_present
from parlour.resources.users.login import deleted, log_in
from parlour.runtime.loops import Loop
from parlour.runtime.node import Node
from parlour.runtime.socket_metrics import CONNECTED
from parlour.settings import Settings
from parlour.storage import log
from parlour.storage.log import Newest


def sockets_of(node: Node, backend: Backend, on_proxied: Callable[[], None], settings: Settings) -> Sockets:
    """The sockets of this process; none are open yet."""
    sync = Sync(node, PROJECTIONS, standings, FactReader(FACTS))
    typing = Typing(partial(_find_participant, node), sync.participants, node.signals.bus)
    first = configuration(partial(presence.is_shown, node))
    places = [first, *operations(CLIENT_RESOURCES, backend), *sync.places(), typing.place()]
    observer = Observer(node.metrics, node.live, node.clock)
    sockets = Sockets(
        node.clock,
        Doorkeeper(
            verify=partial(verify, node),
            log_in=partial(log_in, node),
            newest_event=partial(_newest_event, node),
            revoked=partial(revoked, node),
            deleted=partial(deleted, node),
        ),
        Tunnel(Routes(places), observer),
        partial(at_present, node),
        partial(_base, Proxies(settings.server.trusted_proxies, on_proxied), settings.server.public_url),
        observer,
        most=settings.realtime.sockets,
        most_each=settings.realtime.sockets_per_user,
        log_ins_at_once=max(1, settings.database.connections // 2),
    )
    for metric, labels, read in sockets.gauges():
        node.metrics.gauge(metric, *labels, read=read)
    sockets.on_log_in.append(partial(_note_presence, node))
    node.metrics.gauge(CONNECTED, read=lambda: len(node.connected))
    return sockets


def _note_presence(node: Node, session: Session) -> None:
    presence.began(node, session.scope, session.identity)
    session.on_end.append(partial(presence.ended, node, session.scope, session.identity))


def loops_of(sockets: Sockets) -> list[Loop]:
    """What is done for them in the background."""
    return [
        Loop(SOCKETS, sockets.run_once, interval=TURN_SECONDS),
        Loop(REVOCATION, sockets.revoke, interval=REVOCATION_SECONDS),
    ]


def _base(proxies: Proxies, public_url: str | None, scope: dict[str, Any]) -> str:
    """The beginning of the URLs that a client gets, from the ASGI scope of its handshake; raises MalformedRequest."""
    if any(name in forwarded.NAMES for name, _ in scope["headers"]):
        proxies.settle(scope)
    return public_url.rstrip("/") if public_url else forwarded.origin_of(scope)


async def _newest_event(node: Node) -> Newest:
    async with node.database.session() as reading:
        return await log.newest(reading)


async def _find_participant(node: Node, scope: Scope, conversation_sid: str, identity: str) -> str:
    async with node.database.session() as reading:
        return await participant_sid(reading, scope, conversation_sid, identity)
