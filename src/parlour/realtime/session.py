"""Session: one log-in on one socket, from its first reply to its end."""

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from datetime import datetime
from typing import Any, Protocol

from parlour.contract.reply import Reply
from parlour.core import trace
from parlour.core.actor import Actor, EndUser, Source
from parlour.core.scope import Scope
from parlour.core.sids import Prefix, new_sid
from parlour.realtime import frames, limits, packets
from parlour.realtime.packets import Packet
from parlour.realtime.socket import NORMAL, Socket

MAX_REQUESTS = 5000
"""Requests of one session that are being answered; of more, nothing is read until half of them are. A client that logs
in with a thousand conversations sends two thousand at once."""
MAX_REQUEST_BYTES = 4 * 1024 * 1024
"""The same of what they hold."""
COMMANDS_AT_ONCE, COMMANDS_PER_SECOND = 500, 50
WARNING_SECONDS = 180.0
"""How long before a token ends the client hears of it, but not sooner than a tenth of its life before."""

_CONFIRMED = ("put_notification_ctx", "delete_notification_ctx", "ping")
"""Methods that ask for nothing but a reply."""


class Token(Protocol):
    """What a proved access token says."""

    @property
    def account_sid(self) -> str: ...
    @property
    def key_sid(self) -> str: ...
    @property
    def service_sid(self) -> str: ...
    @property
    def identity(self) -> str: ...
    @property
    def push_credential_sid(self) -> str | None: ...
    @property
    def expires_at(self) -> datetime: ...
    @property
    def lifetime_seconds(self) -> float: ...


class Keeper(Protocol):
    """What the sessions of a process share."""

    async def answer(self, session: "Session", packet: Packet, number: str) -> Reply: ...
    async def renew(self, session: "Session", token: object) -> Mapping[str, Any]: ...
    def hold(self, size: int) -> bool: ...
    @property
    def find_user(self) -> Callable[[Scope, str], Awaitable[EndUser]]: ...
    def start(self, work: Coroutine[Any, Any, None]) -> None: ...
    def ended(self, session: "Session", reason: str) -> None: ...


class Session:
    """A client that has logged in.

    Packets leave in the order of ``send``; requests begin in the order in which they came.
    """

    __slots__ = (
        "_bytes",
        "_closing",
        "_commands",
        "_commands_at",
        "_in_flight",
        "_is_paused",
        "_keeper",
        "_socket",
        "credential",
        "ends_at",
        "identity",
        "is_js",
        "is_warned",
        "message_types",
        "number",
        "objects",
        "on_end",
        "push_credential_sid",
        "scope",
        "storage_id",
        "user_sid",
        "warns_at",
    )

    def __init__(
        self, keeper: Keeper, socket: Socket, token: Token, user_sid: str, *, number: int, is_js: bool
    ) -> None:
        self._keeper, self._socket = keeper, socket
        self.scope = Scope(token.account_sid, token.service_sid, explicit=True)
        self.user_sid, self.identity = user_sid, token.identity
        self.is_js = is_js
        """Whether it wants the shortest packets that there are."""
        self.number = number
        """The newest event that was there at the log-in."""
        self.storage_id = ""
        """Under which the client keeps what it has read."""
        self.objects: Any = None
        """What it has subscribed to; whoever serves objects keeps it here."""
        self.message_types: frozenset[str] | None = None
        """Of the notifications that it wants; None for all."""
        self.on_end: list[Callable[[], None]] = []
        self.ends_at = self.warns_at = 0.0
        """When its token ends, and when the client hears that it will; by parlour's clock."""
        self.is_warned = False
        self._in_flight = self._bytes = 0
        self._is_paused = False
        self._closing: tuple[int, str] | None = None
        self._commands, self._commands_at = float(COMMANDS_AT_ONCE), 0.0
        self.renewed(token)

    @property
    def continuation_token(self) -> str:
        """The same for all sessions of one user."""
        return self.user_sid

    @property
    def base(self) -> str:
        """The beginning of every URL that this client gets."""
        return self._socket.base

    @property
    def is_open(self) -> bool:
        """Whether what is sent may still arrive."""
        return self._socket.is_open

    @property
    def in_flight(self) -> int:
        """How many of its requests are being answered."""
        return self._in_flight

    async def actor(self, request_number: str) -> Actor:
        """The user as the author of a change, with what its role permits at this moment."""
        user = await self._keeper.find_user(self.scope, self.user_sid)
        return Actor(
            source=Source.SDK,
            principal=user,
            asks_webhooks=True,
            request=request_number,
            push_credential_sid=self.push_credential_sid,
        )

    def is_of(self, token: Token) -> bool:
        """Whether *token* can take the place of the one before."""
        mine = (self.scope.account, self.scope.service, self.identity)
        return (token.account_sid, token.service_sid, token.identity) == mine

    def renewed(self, token: Token) -> None:
        """It lives as long as *token*, and ends with the key that signed it."""
        self.credential, self.push_credential_sid = token.key_sid, token.push_credential_sid
        self.ends_at = token.expires_at.timestamp()
        self.warns_at = self.ends_at - min(WARNING_SECONDS, token.lifetime_seconds / 10)
        self.is_warned = False

    def may_command(self) -> bool:
        """Whether one more command is within what a client may send; if so, it counts."""
        now = self._socket.loop.time()
        left = min(COMMANDS_AT_ONCE, self._commands + (now - self._commands_at) * COMMANDS_PER_SECOND)
        self._commands, self._commands_at = left - 1 if left >= 1 else left, now
        return left >= 1

    def wants(self, message_type: str) -> bool:
        """Whether it registered for such notifications."""
        return self.message_types is None or message_type in self.message_types

    # What goes out

    def send(self, frame: bytes) -> None:
        """Sends *frame* (``frames.py``) after what was sent before."""
        self._socket.send(frame)

    def send_packet(self, packet: bytes) -> None:
        """The same with a packet that is for this session only."""
        self._socket.send(frames.binary(packet))

    def close(self, code: int, reason: str) -> None:
        """Ends the session; *reason*: for those who look on."""
        self._socket.close(code, reason=reason)

    def close_when_answered(self, code: int, reason: str) -> None:
        """The same once nothing is being answered any more; what comes from now on is not begun."""
        self._closing = (code, reason)
        self._close_if_answered()

    def _close_if_answered(self) -> None:
        if self._closing is not None and self._in_flight == 0:
            self.close(*self._closing)

    # What comes in

    def received(self, socket: Socket, packet: Packet) -> None:
        """Begins to do what *packet* asks for; what has no meaning is ignored."""
        method = packet.header.method
        if self._closing is not None and method != "close":
            return
        if method == "message":
            self._hold(packet.size)
            self._keeper.start(self._answer(packet))
        elif method == "update":
            self._hold(packet.size)
            self._keeper.start(self._update(packet))
        elif method == "close":
            socket.close(NORMAL, reason="client")
        elif method in _CONFIRMED:
            self.send_packet(packets.reply(packet.header.id))

    async def _answer(self, packet: Packet) -> None:
        """Answers a tunnelled request. What goes wrong with it ends neither the session nor anything else."""
        number = new_sid(Prefix.REQUEST)
        context = trace.begin(number)
        context["account"] = self.scope.account
        try:
            reply = await self._keeper.answer(self, packet, number)
            headers = None if self.is_js else {"content-type": "application/json", "twilio-request-id": number}
            self.send_packet(packets.http_reply(packet.header.id, reply.status, reply.body, headers))
        finally:
            self._release(packet.size)

    async def _update(self, packet: Packet) -> None:
        try:
            status = await self._keeper.renew(self, packet.header.token)
            self.send_packet(packets.reply(packet.header.id, status))
        finally:
            self._release(packet.size)

    def _hold(self, size: int) -> None:
        self._in_flight += 1
        self._bytes += size
        is_crowded = self._keeper.hold(size)
        most = limits.SMALL_BYTES if is_crowded else MAX_REQUEST_BYTES
        if not self._is_paused and (self._in_flight >= MAX_REQUESTS or self._bytes >= most):
            self._is_paused = True
            self._socket.transport.pause_reading()

    def _release(self, size: int) -> None:
        self._in_flight -= 1
        self._bytes -= size
        is_crowded = self._keeper.hold(-size)
        most = limits.SMALL_BYTES if is_crowded else MAX_REQUEST_BYTES
        self._close_if_answered()
        if self._is_paused and self._in_flight <= MAX_REQUESTS // 2 and self._bytes <= most // 2:
            self._is_paused = False
            if self._socket.is_open:
                self._socket.transport.resume_reading()

    def ended(self, reason: str) -> None:
        """The socket has closed."""
        for each in self.on_end:
            each()
        self.on_end.clear()
        self._keeper.ended(self, reason)
