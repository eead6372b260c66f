"""One socket: bytes become messages and packets become bytes, within the bounds of ``limits.py``.

The protocol itself (handshake, masking, fragments, control frames) is that of the ``websockets`` library, without its
I/O. There is no task, timer or queue per socket: what waits to be sent is in the transport, and time is looked at from
outside (``Sockets.run_once``).
"""

import asyncio
import logging
from typing import Any, Protocol

from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import SEND_EOF, State
from websockets.server import ServerProtocol

from parlour.realtime import limits, packets
from parlour.realtime.packets import MalformedPacket, Packet

NORMAL, GOING_AWAY, PROTOCOL_ERROR, POLICY_VIOLATION = 1000, 1001, 1002, 1008
"""Why a socket closes, as RFC 6455 numbers it."""

_faults = logging.getLogger("parlour.websockets")
"""Where the library tells of its own faults; that connections come and go it tells at a lower level."""
_faults.setLevel(logging.ERROR)


class Transport(Protocol):
    """The way to a client, which sends what is written within a turn of the event loop together."""

    lingers: bool

    def write(self, data: bytes) -> None: ...
    def close(self) -> None: ...
    def abort(self) -> None: ...
    def pause_reading(self) -> None: ...
    def resume_reading(self) -> None: ...
    def get_write_buffer_size(self) -> int: ...


class SlowReaders(Protocol):
    """Those that have not read what waits for them, in all of the process."""

    def add(self, connection: Any) -> None: ...
    def discard(self, connection: Any) -> None: ...


class Receiver(Protocol):
    """What packets of a socket are for."""

    def received(self, socket: "Socket", packet: Packet) -> None:
        """A packet came."""

    def ended(self, reason: str) -> None:
        """No packet comes any more, and none is sent."""


class Registry(Protocol):
    """What keeps all sockets of the process."""

    def opened(self, socket: "Socket") -> None:
        """The handshake is done."""

    def slow(self, socket: "Socket") -> None:
        """Its client has not read all that it was sent."""

    def leaving(self, socket: "Socket") -> None:
        """It has ``closes_at``."""

    def lost(self, socket: "Socket") -> None:
        """Nothing is left of it."""

    def holds(self, socket: "Socket", size: int) -> None:
        """So many bytes have come of a message whose end has not; called for large ones."""

    def came(self, method: str) -> None:
        """A message came, with this method or of this other kind."""


class Socket(asyncio.Protocol):
    """A connection of a client that asked for a WebSocket.

    *receiver*: gets its packets; replaced once somebody has logged in. *base*: where the client reached parlour
    (``https://host``).
    """

    __slots__ = (
        "_is_large",
        "_is_text",
        "_message",
        "_registry",
        "_slow_readers",
        "_websocket",
        "base",
        "closes_at",
        "heard_at",
        "is_open",
        "loop",
        "message_since",
        "opened_at",
        "reason",
        "receiver",
        "slow_since",
        "transport",
    )

    def __init__(
        self, transport: Transport, loop: asyncio.AbstractEventLoop, registry: Registry, slow_readers: SlowReaders
    ) -> None:
        self.transport, self.loop = transport, loop
        self._registry, self._slow_readers = registry, slow_readers
        self._websocket = ServerProtocol(max_size=limits.MAX_FIRST_MESSAGE_BYTES, logger=_faults)
        self.receiver: Receiver | None = None
        self.base = ""
        self.is_open = False
        """Whether packets can be sent."""
        self.reason = ""
        """Why it closed, as far as we decided it."""
        self.opened_at = self.heard_at = loop.time()
        self.message_since: float | None = None
        """When the message began of which a part has come."""
        self.slow_since: float | None = None
        """Since when it has not read all that it was sent."""
        self.closes_at: float | None = None
        """When the connection ends, whatever the client does."""
        self._message: bytearray | None = None
        self._is_text = self._is_large = False

    # The handshake

    def open(self, head: bytes, refusal: tuple[int, str] | None) -> None:
        """Answers the handshake in *head*, with the status and text of *refusal* if there is one."""
        websocket = self._websocket
        websocket.receive_data(head)
        for request in websocket.events_received():
            assert isinstance(request, Request)
            response = websocket.accept(request) if refusal is None else websocket.reject(*refusal)
            websocket.send_response(response)
        self.is_open = websocket.state is State.OPEN
        self._registry.opened(self)
        self._flush()
        if not self.is_open:
            self._end_soon("handshake")

    # What comes in

    def data_received(self, data: bytes) -> None:
        self.heard_at = self.loop.time()
        websocket = self._websocket
        websocket.receive_data(data)
        whole = False
        for frame in websocket.events_received():
            if self.is_open:
                assert isinstance(frame, Frame)
                whole = self._take(frame.opcode, frame.data, is_last=frame.fin) or whole
        if self.is_open:
            if websocket.state is State.OPEN:
                self._look_at_rest(whole)
            else:
                self._is_over(self._why())
        if websocket.writes:
            self._flush()

    def _look_at_rest(self, whole: bool) -> None:
        """Looks at what has come of the next message; *whole*: whether one has just ended."""
        size = len(self._websocket.reader.buffer) + len(self._message or b"")
        if size or self._message is not None:
            self.message_since = self.heard_at if whole else self.message_since or self.heard_at
        else:
            self.message_since = None
        if size > limits.SMALL_BYTES or self._is_large:
            self._is_large = size > limits.SMALL_BYTES
            self._registry.holds(self, size if self._is_large else 0)

    def eof_received(self) -> None:
        self._websocket.receive_eof()

    def _take(self, opcode: Opcode, data: Any, *, is_last: bool) -> bool:
        """A frame; whether a message is whole by it. Control frames are the library's business."""
        if opcode in (Opcode.BINARY, Opcode.TEXT):
            self._is_text = opcode is Opcode.TEXT
            if not is_last:
                self._message = bytearray(b"" if self._is_text else data)
                return False
            self._complete(bytes(data))
            return True
        if opcode is not Opcode.CONT or self._message is None:
            return False
        if not self._is_text:
            self._message += data
        if is_last:
            message, self._message = self._message, None
            self._complete(bytes(message))
        return is_last

    def _complete(self, message: bytes) -> None:
        if self._is_text:
            self._registry.came("text")
        elif packets.is_reply(message):
            self._registry.came("reply")
        else:
            try:
                packet = packets.read(message)
            except MalformedPacket as problem:
                self._registry.came("malformed")
                self.close(PROTOCOL_ERROR, str(problem), reason="malformed")
                return
            self._registry.came(packet.header.method)
            if self.receiver is not None:
                self.receiver.received(self, packet)

    def _why(self) -> str:
        sent = self._websocket.close_sent
        if self._websocket.close_rcvd is not None:
            return "client"
        return "too large" if sent is not None and sent.code == 1009 else "protocol"

    # What goes out

    def send(self, frame: bytes) -> None:
        """Sends *frame* after all that was sent before; if the socket has closed, it is dropped."""
        if self.is_open:
            self.transport.write(frame)
            if self.slow_since is not None and self.unread() > limits.MAX_WAITING_BYTES_AT_ONCE:
                self.cut_off("slow")

    def _flush(self) -> None:
        for data in self._websocket.data_to_send():
            if data == SEND_EOF:
                self.transport.lingers = True  # a client that still sends would lose our last words to a reset
                self.transport.close()
                self._end_soon("closed")
            else:
                self.transport.write(data)

    def logged_in(self, receiver: Receiver) -> None:
        """From now on packets are for *receiver*, and may be larger."""
        self.receiver = receiver
        self._websocket.max_message_size = limits.MAX_MESSAGE_BYTES

    # The end

    def close(self, code: int, text: str = "", *, reason: str) -> None:
        """Takes leave; the client has a moment to do the same. *reason*: for those who look on."""
        if self.is_open:
            if self._websocket.state is State.OPEN:  # a close of the client may have come with the packet that led here
                self._websocket.send_close(code, text[:100])
            self._is_over(reason)
            self._flush()

    def dismiss(self, reason: str) -> None:
        """The client knows that it has to go, and has a moment to do so; what it sends is not read any more."""
        self._end_soon(reason)
        receiver, self.receiver = self.receiver, None
        if receiver is not None:
            receiver.ended(self.reason)

    def cut_off(self, reason: str = "unread") -> None:
        """Ends the connection, whatever the client has not read."""
        self.reason = self.reason or reason
        self.transport.abort()
        if self.is_open:
            self._is_over(reason)

    def shutdown(self) -> None:
        """The server is about to end, which ``Sockets.stop`` heard before and sees to."""

    def connection_lost(self, exc: Exception | None) -> None:
        self._slow_readers.discard(self)
        if self.is_open:
            self._is_over("lost")
        self._registry.lost(self)

    def _is_over(self, reason: str) -> None:
        self.is_open = False
        self.dismiss(reason)

    def _end_soon(self, reason: str) -> None:
        self.reason = self.reason or reason
        if self.closes_at is None:
            self.closes_at = self.loop.time() + limits.CLOSE_TIMEOUT_SECONDS
            self._registry.leaving(self)

    # Clients that read slowly; ``SlowConnection`` in ``serving/unread_answers.py``

    def pause_writing(self) -> None:
        self._slow_readers.add(self)
        self.slow_since = self.slow_since or self.loop.time()
        self._registry.slow(self)

    def resume_writing(self) -> None:
        self._slow_readers.discard(self)
        self.slow_since = None

    def unread(self) -> int:
        """Bytes that wait for the client."""
        return self.transport.get_write_buffer_size()

    def read_last(self) -> float:
        """When it read something, or had nothing to read."""
        return self.loop.time() if self.slow_since is None else self.slow_since
