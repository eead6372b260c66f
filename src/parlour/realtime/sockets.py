"""Sockets: all that are open in this process, how many there may be, and when each of them ends."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any

import structlog

from parlour.contract.reply import Reply
from parlour.core.actor import EndUser
from parlour.core.clock import Clock
from parlour.core.errors import ApiError, InvalidTokenGrants, ServerFault
from parlour.core.scope import Scope
from parlour.realtime import frames, limits, packets
from parlour.realtime.login import Doorkeeper, LogIns, TooManyLogIns, refused
from parlour.realtime.observer import Observer, Sdk
from parlour.realtime.packets import Packet
from parlour.realtime.session import Session
from parlour.realtime.socket import GOING_AWAY, NORMAL, POLICY_VIOLATION, SlowReaders, Socket, Transport
from parlour.realtime.tunnel import Tunnel
from parlour.realtime.wheel import Wheel
from parlour.runtime import socket_metrics as counted
from parlour.runtime.metric import Metric

SOCKETS = "sockets"
"""The name of the loop that looks at them, and of the key of the ASGI state under which the server finds them."""
TURN_SECONDS = 1.0
_PATH = limits.SOCKET_PATH.encode()
REVOCATION = "revocation"
"""The name of the loop that finds out whose key or user is gone."""
REVOCATION_SECONDS = 15.0
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
        observer: Observer,
        *,
        most: int,
        most_each: int,
        log_ins_at_once: int,
    ) -> None:
        self._clock, self._doorkeeper, self._tunnel = clock, doorkeeper, tunnel
        self.find_user, self._find_base = find_user, find_base
        self._most, self._most_each = most, most_each
        self._observer = observer
        self._log_ins = LogIns(doorkeeper, self, self, observer, at_once=log_ins_at_once)
        self._loop = asyncio.get_running_loop()
        self._wheel = Wheel(limits.PING_SECONDS, self._loop.time())
        self._slots: dict[Socket, int] = {}
        """All sockets, with where they are in the wheel."""
        self._strangers: dict[Socket, None] = {}
        """Those on which nobody has logged in, the oldest first."""
        self._leaving: set[Socket] = set()
        self._slow: dict[Socket, float | None] = {}
        """Those whose clients have not read all, with the moment since when more waits for them than may wait long."""
        self._partial: dict[Socket, int] = {}
        """Those of which a large part of a message has come, the first to begin first, with its size."""
        self._in_flight_bytes = 0
        self._on_lost: dict[Socket, Callable[[Socket], None]] = {}
        self.sessions: dict[Session, Socket] = {}
        self._of_user: defaultdict[tuple[str | None, str], set[Session]] = defaultdict(set)
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping: asyncio.Task[None] | None = None
        self.on_log_in: list[Callable[[Session], None]] = []
        """Called with each new session."""

    def gauges(self) -> Iterator[tuple[Metric, tuple[str, ...], Callable[[], float]]]:
        """What can be read of them at any moment."""
        yield counted.SOCKETS, ("coming",), lambda: len(self._strangers)
        yield counted.SOCKETS, ("session",), lambda: len(self.sessions)
        yield counted.SOCKETS, ("leaving",), lambda: len(self._leaving)
        yield counted.UNREAD, (), lambda: sum(each.unread() for each in self._slow)
        yield counted.HELD, (), lambda: self.held

    # Coming

    def serves(self, path: bytes) -> bool:
        """Whether a WebSocket may be opened at *path*."""
        return path == _PATH

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
        """Part of ``Registry``."""
        self._slots[socket] = self._wheel.add(socket)
        if socket.is_open:
            socket.receiver = self._log_ins
            self._strangers[socket] = None

    def admit(self, session: Session, socket: Socket, sdk: Sdk) -> None:
        """Part of ``Guests``."""
        user = (session.scope.service, session.identity)
        if self._stopping is not None or len(self._of_user.get(user, ())) >= self._most_each:
            raise TooManyLogIns
        self._strangers.pop(socket, None)
        self._of_user[user].add(session)
        self.sessions[session] = socket
        socket.logged_in(session)
        for each in self.on_log_in:
            each(session)
        self._observer.logged_in(session, sdk)

    # What sessions ask for

    async def answer(self, session: Session, packet: Packet, number: str) -> Reply:
        """The reply to a request in the tunnel."""
        return await self._tunnel.answer(session, packet, number)

    async def renew(self, session: Session, text: object) -> Mapping[str, Any]:
        """The session lives on with another token of the same user; the status of the reply."""
        status = await self._renewed(session, text)
        self._observer.renewed(session, status)
        return status

    async def _renewed(self, session: Session, text: object) -> Mapping[str, Any]:
        try:
            token = await self._doorkeeper.verify(text if isinstance(text, str) else "")
            if not session.is_of(token):
                raise InvalidTokenGrants
        except ApiError as error:
            return refused(error)
        except Exception as fault:
            _log.error("An update of a token failed.", exc_info=fault)
            return refused(ServerFault())
        session.renewed(token)
        return packets.OK

    def hold(self, size: int) -> bool:
        """A request of *size* bytes is being answered, or with less than nothing no longer; whether it is too much in
        all."""
        self._in_flight_bytes += size
        return self.held > limits.MAX_HELD_BYTES

    @property
    def held(self) -> int:
        """Bytes of what clients sent that is not done yet, without the small beginnings of messages."""
        return self._in_flight_bytes + sum(self._partial.values())

    def holds(self, socket: Socket, size: int) -> None:
        """Part of ``Registry``. When too much waits for its end in all, those go that have waited longest."""
        if not size:
            self._partial.pop(socket, None)
            return
        self._partial[socket] = size
        while len(self._partial) > 1 and sum(self._partial.values()) > limits.MAX_HELD_BYTES:
            oldest = next(each for each in self._partial if each is not socket)
            del self._partial[oldest]
            oldest.cut_off("crowded out")

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
        self._observer.ended(session, reason)

    def leaving(self, socket: Socket) -> None:
        """Part of ``Registry``."""
        self._strangers.pop(socket, None)
        self._leaving.add(socket)

    def slow(self, socket: Socket) -> None:
        """Part of ``Registry``."""
        self._slow.setdefault(socket, None)

    def came(self, method: str) -> None:
        """Part of ``Registry``."""
        self._observer.came(method)

    def lost(self, socket: Socket) -> None:
        """Part of ``Registry``."""
        self._wheel.discard(socket, self._slots.pop(socket))
        self._strangers.pop(socket, None)
        self._leaving.discard(socket)
        self._slow.pop(socket, None)
        self._partial.pop(socket, None)
        self._on_lost.pop(socket)(socket)
        self._observer.lost(socket.reason)

    async def revoke(self) -> bool:
        """Ends the sessions whose key or user is gone; a turn in the background. Never has more to do."""
        keys = await self._doorkeeper.revoked({each.credential for each in self.sessions})
        users = await self._doorkeeper.deleted({(each.scope.service or "", each.user_sid) for each in self.sessions})
        for session in list(self.sessions):
            if session.credential in keys:
                self._close(session, 401, "Unauthorized", "key revoked")
            elif session.user_sid in users:
                self._close(session, 401, "Unauthorized", "user deleted")
        return False

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
            del self._slow[socket]
        elif socket.unread() <= limits.MAX_WAITING_BYTES:
            self._slow[socket] = None
        else:
            since = self._slow[socket] = self._slow[socket] or now
            if now > since + limits.READ_TIMEOUT_SECONDS:
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
