"""Sockets: all that are open in this process, how many there may be, and when each of them ends."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any

import structlog

from parlour.contract.reply import Reply
from parlour.core.actor import EndUser
from parlour.core.clock import Clock
from parlour.core.errors import ApiError, InvalidTokenGrants, ServerFault
from parlour.core.scope import Scope
from parlour.realtime import frames, limits, packets
from parlour.realtime.login import Doorkeeper, LogIns, Sdk, TooManyLogIns, refused
from parlour.realtime.packets import Packet
from parlour.realtime.session import Session
from parlour.realtime.socket import GOING_AWAY, NORMAL, POLICY_VIOLATION, SlowReaders, Socket, Transport
from parlour.realtime.tunnel import Tunnel
from parlour.realtime.wheel import Wheel

SOCKETS = "sockets"
"""The name of the loop that looks at them, and of the key of the ASGI state under which the server finds them."""
TURN_SECONDS = 1.0
_PING = frames.binary(packets.written({"method": "ping", "id": "P"}))
_ABOUT_TO_EXPIRE = frames.binary(
    packets.written({"method": "client_update", "id": "U", "client_update_type": "token_about_to_expire"})
)
_STOP_SLICES, _STOP_SECONDS = 10, 2.0
"""In how many slices, over how long, the sockets of a process are closed that ends."""
_FEW = 100
"""So many are closed at once."""

_log = structlog.get_logger("parlour.sockets")


class Sockets:
    """The sockets of a process.

    *find_base*: the beginning of the URLs for a client, from the ASGI scope of its handshake; raises ApiError.
    *find_user*: what a user may do at this moment. *most*: how many sockets there may be, *most_each*: of one user.
    """

    def __init__(
        self,
        clock: Clock,
        doorkeeper: Doorkeeper,
        tunnel: Tunnel,
        find_user: Callable[[Scope, str], Awaitable[EndUser]],
        find_base: Callable[[dict[str, Any]], str],
        *,
        most: int,
        most_each: int,
        log_ins_at_once: int,
    ) -> None:
        self._clock, self._doorkeeper, self._tunnel = clock, doorkeeper, tunnel
        self.find_user, self._find_base = find_user, find_base
        self._most, self._most_each = most, most_each
        self._log_ins = LogIns(doorkeeper, self, self, at_once=log_ins_at_once)
        self._loop = asyncio.get_running_loop()
        self._wheel = Wheel(limits.PING_SECONDS, self._loop.time())
        self._slots: dict[Socket, int] = {}
        """All sockets, with where they are in the wheel."""
        self._strangers: dict[Socket, None] = {}
        """Those on which nobody has logged in, the oldest first."""
        self._leaving: set[Socket] = set()
        self._slow: set[Socket] = set()
        self._on_lost: dict[Socket, Callable[[Socket], None]] = {}
        self.sessions: dict[Session, Socket] = {}
        self._of_user: defaultdict[tuple[str | None, str], set[Session]] = defaultdict(set)
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping: asyncio.Task[None] | None = None
        self.on_log_in: list[Callable[[Session], None]] = []
        """Called with each new session."""

    # Coming

    def serves(self, path: bytes) -> bool:
        """Whether a WebSocket may be opened at *path*."""
        return path == limits.PATH

    def open(
        self,
        transport: Transport,
        scope: dict[str, Any],
        head: bytes,
        slow_readers: SlowReaders,
        on_lost: Callable[[Socket], None],
    ) -> Socket:
        """The socket that takes over *transport*, on which *head* has asked for it; *on_lost* is called at its end."""
        socket = Socket(transport, self._loop, self, slow_readers)
        refusal = self._refusal(len(head))
        try:
            socket.base = self._find_base(scope)
        except ApiError as error:
            refusal = refusal or (error.status, str(error))
        self._on_lost[socket] = on_lost
        socket.open(head, refusal)
        return socket

    def _refusal(self, head_size: int) -> tuple[int, str] | None:
        if head_size > limits.MAX_HEAD_BYTES:
            return 431, "The head of the request is too large.\n"
        if self._stopping is not None:
            return 503, "The server is about to stop.\n"
        if len(self._slots) >= self._most:
            return 503, "There are too many sockets.\n"
        return None

    def opened(self, socket: Socket) -> None:
        """Part of ``Observer``."""
        self._slots[socket] = self._wheel.add(socket)
        if socket.is_open:
            socket.receiver = self._log_ins
            self._strangers[socket] = None

    def admit(self, session: Session, socket: Socket, client: Sdk) -> None:
        """Part of ``Guests``."""
        user = (session.scope.service, session.identity)
        if self._stopping is not None or len(self._of_user[user]) >= self._most_each:
            raise TooManyLogIns
        self._strangers.pop(socket, None)
        self._of_user[user].add(session)
        self.sessions[session] = socket
        socket.logged_in(session)
        for each in self.on_log_in:
            each(session)
        _log.info(
            "logged in",
            account=session.scope.account,
            user=session.user_sid,
            sdk=client.sdk,
            version=client.version,
            sensitive=lambda: {"identity": session.identity},
        )

    def refused(self, socket: Socket, client: Sdk, status: Mapping[str, Any]) -> None:
        """Part of ``Guests``."""
        _log.info(
            "not logged in", status=status["code"], code=status.get("errorCode"), sdk=client.sdk, version=client.version
        )

    # What sessions ask for

    async def answer(self, session: Session, packet: Packet, number: str) -> Reply:
        """The reply to a request in the tunnel."""
        return await self._tunnel.answer(session, packet, number)

    async def renew(self, session: Session, text: object) -> Mapping[str, Any]:
        """The session lives on with another token of the same user; the status of the reply."""
        try:
            token = await self._doorkeeper.verify(text if isinstance(text, str) else "")
            scope = session.scope
            if (token.account_sid, token.service_sid, token.identity) != (
                scope.account,
                scope.service,
                session.identity,
            ):
                raise InvalidTokenGrants
        except ApiError as error:
            return refused(error)
        except Exception as fault:
            _log.error("An update of a token failed.", exc_info=fault)
            return refused(ServerFault())
        session.renewed(token)
        return packets.OK

    def start(self, work: Any) -> None:
        """Runs the coroutine *work*; the end of the process waits for it."""
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # Going

    def ended(self, session: Session, reason: str) -> None:
        """A session is over."""
        del self.sessions[session]
        user = (session.scope.service, session.identity)
        self._of_user[user].discard(session)
        if not self._of_user[user]:
            del self._of_user[user]
        _log.info("session ended", account=session.scope.account, user=session.user_sid, reason=reason)

    def leaving(self, socket: Socket) -> None:
        """Part of ``Observer``."""
        self._strangers.pop(socket, None)
        self._leaving.add(socket)

    def slow(self, socket: Socket) -> None:
        """Part of ``Observer``."""
        self._slow.add(socket)

    def dropped(self, what: str) -> None:
        """Part of ``Observer``."""

    def lost(self, socket: Socket) -> None:
        """Part of ``Observer``."""
        self._wheel.discard(socket, self._slots.pop(socket))
        self._strangers.pop(socket, None)
        self._leaving.discard(socket)
        self._slow.discard(socket)
        self._on_lost.pop(socket)(socket)

    def end_sessions(self, keys: Collection[str], reason: str) -> None:
        """Ends the sessions whose tokens were signed with *keys*."""
        for session in [each for each in self.sessions if each.credential in keys]:
            self._close(session, 401, "Unauthorized", reason)

    def _close(self, session: Session, code: int, phrase: str, reason: str) -> None:
        """Tells the client why, so that it knows whether to come back, and lets it go."""
        session.send_packet(packets.written({"method": "close", "id": "C", "status": {"code": code, "status": phrase}}))
        self.sessions[session].dismiss(reason)

    # Time

    async def run_once(self) -> float:
        """Looks at what time has to do with; a turn in the background. Returns when the next is due."""
        self.turn(self._loop.time())
        return TURN_SECONDS

    def turn(self, now: float) -> None:
        """The same at *now*, in the seconds of the event loop."""
        for socket in list(self._leaving):
            if socket.closes_at is not None and now > socket.closes_at:
                self._end(socket, now)
        for socket in list(self._strangers):
            if now <= socket.opened_at + limits.LOG_IN_TIMEOUT_SECONDS:
                break
            socket.close(POLICY_VIOLATION, "log in first", reason="no log-in")
        for socket in list(self._slow):
            self._look_at_slow(socket, now)
        for socket in self._wheel.due(now):
            self._look_at(socket, now)
        self._look_at_tokens()

    def _end(self, socket: Socket, now: float) -> None:
        """Its client had its moment to leave."""
        if socket.is_open:
            socket.close(NORMAL, reason=socket.reason)
            socket.closes_at = now + limits.CLOSE_TIMEOUT_SECONDS
        else:
            socket.cut_off()

    def _look_at_slow(self, socket: Socket, now: float) -> None:
        if socket.slow_since is None:
            self._slow.discard(socket)
        elif now > socket.slow_since + limits.READ_TIMEOUT_SECONDS:
            socket.cut_off("slow")

    def _look_at(self, socket: Socket, now: float) -> None:
        if now > socket.heard_at + limits.SILENCE_SECONDS:
            socket.cut_off("silent")
        elif socket.message_since is not None and now > socket.message_since + limits.MESSAGE_TIMEOUT_SECONDS:
            socket.cut_off("stalled")
        elif socket not in self._strangers:
            socket.send(_PING)

    def _look_at_tokens(self) -> None:
        now = self._clock.now().timestamp()
        for session in list(self.sessions):
            if now >= session.ends_at:
                self._close(session, 410, "Gone", "token expired")
            elif now >= session.warns_at and not session.is_warned:
                session.is_warned = True
                session.send(_ABOUT_TO_EXPIRE)

    # The end of the process

    def stop(self) -> None:
        """The process is about to end: nobody logs in any more, and the sockets close once their requests are
        answered. Safe in a handler of signals."""
        self._loop.call_soon_threadsafe(self._stop)

    def _stop(self) -> None:
        if self._stopping is None:
            self._stopping = self._loop.create_task(self._close_all())

    async def _close_all(self) -> None:
        for socket in list(self._strangers):
            socket.close(GOING_AWAY, reason="stop")
        sessions = list(self.sessions)
        slice = max(_FEW, -(-len(sessions) // _STOP_SLICES))
        for begin in range(0, len(sessions), slice):
            if begin:
                await asyncio.sleep(_STOP_SECONDS / _STOP_SLICES)
            for session in sessions[begin : begin + slice]:
                session.close_when_answered(GOING_AWAY, "stop")

    async def finish(self) -> None:
        """Returns when nothing is being done for a client any more."""
        while self._tasks:
            await asyncio.wait(list(self._tasks))
