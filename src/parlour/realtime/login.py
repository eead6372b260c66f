"""Logging in: from the first packet of a socket to a session, or to the reason why there is none; and with a new token
from then on."""

import asyncio
import random
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from hashlib import blake2b
from http import HTTPStatus
from typing import Any, Protocol

import msgspec
import structlog

from parlour.contract.reply import encode
from parlour.core import trace
from parlour.core.actor import EndUser
from parlour.core.errors import ApiError, ServerFault, Unavailable
from parlour.core.sids import Prefix, new_sid
from parlour.realtime import frames, packets
from parlour.realtime.observer import Observer, Sdk
from parlour.realtime.packets import Packet
from parlour.realtime.session import Keeper, Session, Token
from parlour.realtime.socket import NORMAL, POLICY_VIOLATION, Socket
from parlour.storage.log import Newest

CAPABILITIES = ("client_update", "offline_storage")
"""Those that are confirmed. Without ``telemetry.v1`` no telemetry comes."""
PATIENCE_SECONDS = 5.0
"""For which a log-in waits for its turn."""
RETRY_SECONDS = (2.0, 12.0)
"""The least and the most that a client waits which came when too many did: spread, so that they do not all come back
at once."""
_MAX_TYPES = 50

_log = structlog.get_logger("parlour.sockets")


class TooManyLogIns(Exception):
    """There is no room for this one now."""


class Doorkeeper(msgspec.Struct, frozen=True):
    """What lets clients in."""

    verify: Callable[[str], Awaitable[Token]]
    """What a token says; raises ApiError."""
    log_in: Callable[[Token, str], Awaitable[EndUser]]
    """The user of a token, made under this request number if need be."""
    newest_event: Callable[[], Awaitable[Newest]]
    revoked: Callable[[Collection[str]], Awaitable[Collection[str]]]
    """Which of these API keys are gone."""
    deleted: Callable[[Collection[tuple[str, str]]], Awaitable[Collection[str]]]
    """Which of these users are gone, of whom each comes with its service."""


class Guests(Protocol):
    """Those who have logged in."""

    def admit(self, session: Session, socket: Socket, sdk: Sdk) -> None:
        """The session counts from now on; raises TooManyLogIns."""


class LogIns:
    """Receives the first packet of every socket. *at_once*: how many may be under way."""

    def __init__(
        self, doorkeeper: Doorkeeper, keeper: Keeper, guests: Guests, observer: Observer, *, at_once: int
    ) -> None:
        self._doorkeeper, self._keeper, self._guests, self._observer = doorkeeper, keeper, guests, observer
        self._turns = asyncio.Semaphore(at_once)

    def received(self, socket: Socket, packet: Packet) -> None:
        """Begins the log-in; whoever sends anything else first is sent away."""
        if packet.header.method != "init":
            socket.close(POLICY_VIOLATION, "log in first", reason="no log-in")
            return
        socket.receiver = _WAITING
        self._keeper.start(self._log_in(socket, packet))

    def ended(self, reason: str) -> None:
        """It went away before."""

    async def _log_in(self, socket: Socket, packet: Packet) -> None:
        number = new_sid(Prefix.REQUEST)
        trace.begin(number)
        try:
            async with self._turn():
                session = await self._session(socket, packet, number)
        except ApiError as error:
            if isinstance(error, Unavailable):
                _log.warning("The database does not answer.", reason=error.reason)
            self._refuse(socket, packet, refused(error))
        except TooManyLogIns:
            self._refuse(socket, packet, _TOO_MANY, encode(_backoff()))
        except Exception as fault:
            _log.error("A log-in failed.", exc_info=fault)
            self._refuse(socket, packet, refused(ServerFault()))
        else:
            if session is not None:
                session.send_packet(_welcome(packet, session))

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._turns.acquire()
        except TimeoutError:
            raise TooManyLogIns from None
        try:
            yield
        finally:
            self._turns.release()

    async def _session(self, socket: Socket, packet: Packet, number: str) -> Session | None:
        """The new session; None if the client has gone meanwhile."""
        text = packet.header.token
        token = await self._doorkeeper.verify(text if isinstance(text, str) else "")
        user = await self._doorkeeper.log_in(token, number)
        newest = await self._doorkeeper.newest_event()
        if not socket.is_open:
            return None
        sdk = Sdk.of(packet.header.metadata)
        session = Session(self._keeper, socket, token, user.sid, number=newest.number, is_js=sdk.is_js)
        session.storage_id = _storage_id(newest.store, token)
        session.message_types = _message_types(packet.header.registrations)
        self._guests.admit(session, socket, sdk)
        return session

    def _refuse(self, socket: Socket, packet: Packet, status: Mapping[str, Any], payload: bytes = b"") -> None:
        self._observer.refused(Sdk.of(packet.header.metadata), status)
        socket.send(frames.binary(packets.reply(packet.header.id, status, payload=payload)))
        socket.dismiss("refused")


class _Waiting:
    """Receives what a client sends before it knows whether it has logged in: nothing that it could expect an answer
    to."""

    def received(self, socket: Socket, packet: Packet) -> None:
        if packet.header.method == "close":
            socket.close(NORMAL, reason="client")

    def ended(self, reason: str) -> None:
        """It went away."""


_WAITING = _Waiting()
_TOO_MANY = {"code": 429, "status": "Too Many Requests", "errorCode": 20429}


def refused(error: ApiError) -> dict[str, Any]:
    """*error* as the status of a reply."""
    return {
        "code": error.status,
        "status": HTTPStatus(error.status).phrase,
        "errorCode": error.code,
        "description": str(error),
    }


def _backoff() -> dict[str, Any]:
    seconds = random.uniform(*RETRY_SECONDS)  # noqa: S311 - spreads clients, guards nothing
    return {"backoff_policy": {"reconnect_min_ms": int(seconds * 1000)}}


def _message_types(registrations: object) -> frozenset[str] | None:
    """Of the notifications that a client registers for as it logs in; None if it says nothing of that."""
    found = [
        each["message_types"]
        for each in (registrations if isinstance(registrations, list) else [])
        if isinstance(each, dict) and isinstance(each.get("message_types"), list)
    ]
    if not found:
        return None
    return frozenset(sys.intern(name) for names in found for name in names[:_MAX_TYPES] if isinstance(name, str))


def _storage_id(store: str, token: Token) -> str:
    """Under which a browser keeps what it read until the tab closes. Another one wherever that would be wrong: for
    another user, and in a store that counts anew."""
    whose = "\n".join((store, token.service_sid, token.identity))
    return blake2b(whose.encode(), digest_size=16).hexdigest()


def _welcome(packet: Packet, session: Session) -> bytes:
    """The reply to a log-in. The token by which a client continues says nothing: all that it missed is replayed as it
    subscribes."""
    given = packet.header.continuation_token
    is_known = isinstance(given, str) and given == session.continuation_token
    status = {"reissued": not is_known, "reissue_reason": "MISSING" if given is None else "DIFFERENT_IDENTITY"}
    more: dict[str, Any] = {
        "capabilities": CAPABILITIES,
        "offline_storage": {"ip_messaging": {"storage_id": session.storage_id}},
        "continuation_token": session.continuation_token,
        "continuation_token_status": {"reissued": False} if is_known else status,
    }
    if not session.is_js:
        types = sorted(session.message_types or ())
        registration = {"type": "ers", "product": "ip_messaging", "message_types": types}
        more["init_registrations"] = [{"notification_ctx_id": session.continuation_token, **registration}]
    return packets.reply(packet.header.id, **more)
