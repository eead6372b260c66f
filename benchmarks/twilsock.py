"""The client's end of a socket: frames and packets by hand, so that it costs little beside what is measured.

It does what the client SDK does: logs in, calls through the socket, subscribes, and acknowledges all that it is told.
"""

import asyncio
import itertools
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, cast
from urllib.parse import quote, urlsplit

import msgspec

from benchmarks.failures import Failed

PATH = "/v3/wsconnect"
PATIENCE_SECONDS = 60.0
"""How long an answer may take."""
_MAGIC = b"TWILSOCK V3.0 "
TEXT, _BINARY, _CLOSE, _PING, _PONG = 1, 2, 8, 9, 10
_NO_MASK = bytes(4)
"""A mask that changes nothing: what clients send has to be masked, and this way that costs nothing."""
_MESSAGE_TYPES = (
    "twilio.ipmsg.typing_indicator",
    "twilio.sync.event",
    "com.twilio.rtd.cds.document",
    "com.twilio.rtd.cds.list",
    "com.twilio.rtd.cds.map",
)
_OK = {"code": 200, "status": "OK"}
_CONFIRMATION = b'"event_type":"subscription_'


class Gone(Exception):
    """The socket has closed."""


class Status(msgspec.Struct):
    """Of a reply, or of the call in it."""

    code: int


class Head(msgspec.Struct):
    """What is read of a packet's header."""

    method: str
    id: str
    payload_size: int
    status: Status | None = None
    http_status: Status | None = None


class Reply(msgspec.Struct, frozen=True):
    """What a packet of ours was answered."""

    status: int
    body: bytes

    @property
    def json(self) -> Any:
        """The object; raises Failed if there is none, because the call was refused."""
        if not 200 <= self.status < 300:
            raise Failed(f"A call through a socket is answered {self.status}: {self.body[:300]!r}")
        return msgspec.json.decode(self.body)


Object = tuple[str, str, int | None]
"""SID and kind of a Sync object, and the number of the last event that is known of it."""

_read_head = msgspec.json.Decoder(Head).decode


def frame(opcode: int, payload: bytes) -> bytes:
    """A frame as clients send it."""
    size = len(payload)
    if size < 126:
        return bytes((0x80 | opcode, 0x80 | size)) + _NO_MASK + payload
    if size < 1 << 16:
        return bytes((0x80 | opcode, 0xFE)) + size.to_bytes(2, "big") + _NO_MASK + payload
    return bytes((0x80 | opcode, 0xFF)) + size.to_bytes(8, "big") + _NO_MASK + payload


def frames(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Of each whole frame of a server in *data*: its opcode, and where its payload begins and ends."""
    at, size = 0, len(data)
    while at + 2 <= size:
        length, begin = data[at + 1], at + 2
        if length >= 126:
            begin += 2 if length == 126 else 8
            if begin > size:
                return
            length = int.from_bytes(data[at + 2 : begin], "big")
        if begin + length > size:
            return
        yield data[at] & 0x0F, begin, begin + length
        at = begin + length


def packet(header: Mapping[str, Any], payload: bytes = b"") -> bytes:
    """A packet as clients send it."""
    head = msgspec.json.encode({**header, "payload_size": len(payload)})
    return b"%b%d\r\n%b\r\n%b" % (_MAGIC, len(head), head, payload)


def payload_of(message: bytes) -> bytes:
    """What a packet holds beside its header."""
    return _cut(message)[1]


def _cut(message: bytes) -> tuple[Head, bytes]:
    start = message.index(b"\r\n")
    end = start + 2 + int(message[len(_MAGIC) : start])
    head = _read_head(message[start + 2 : end])
    return head, message[end + 2 : end + 2 + head.payload_size]


_ACKNOWLEDGED: dict[str, bytes] = {}


def _acknowledgement(number: str) -> bytes:
    if number not in _ACKNOWLEDGED:
        if len(_ACKNOWLEDGED) > 1000:
            _ACKNOWLEDGED.clear()
        _ACKNOWLEDGED[number] = frame(_BINARY, packet({"method": "reply", "id": number, "status": _OK}))
    return _ACKNOWLEDGED[number]


class Line(asyncio.Protocol):
    """One connection. *hear* is called with the payload of each piece of news, in the order in which they come."""

    path = PATH

    def __init__(self, hear: Callable[[bytes], None]) -> None:
        self._hear = hear
        self._came = b""
        self._is_open = False
        self._numbers = itertools.count(1)
        self._replies: dict[str, asyncio.Future[Reply]] = {}
        self._confirmed: dict[int, tuple[int, asyncio.Future[None]]] = {}
        self.positions: dict[str, int] = {}
        """By the SID of an object: the number as of which its subscription was confirmed."""
        self.kept: list[bytes] | None = None
        """The packets with news, if it is a list."""
        loop = asyncio.get_running_loop()
        self._opened: asyncio.Future[None] = loop.create_future()
        self.closed: asyncio.Future[None] = loop.create_future()
        """Done when the connection has ended."""

    @classmethod
    async def open(cls, url: str, hear: Callable[[bytes], None]) -> "Line":
        """A new one to the server at *url*; raises Gone if it does not take any."""
        loop, where = asyncio.get_running_loop(), urlsplit(url)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                _, line = await loop.create_connection(lambda: cls(hear), where.hostname or "", where.port or 80)
                await line._opened
        except (OSError, TimeoutError) as error:
            raise Gone(str(error)) from None
        return line

    # ---- what comes in

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        key = b64encode(bytes(16)).decode()
        self._transport.write(
            f"GET {self.path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )

    def connection_lost(self, reason: Exception | None) -> None:
        gone = Gone(str(reason))
        futures: list[asyncio.Future[Any]] = [*self._replies.values(), self._opened]
        futures += [each for _, each in self._confirmed.values()]
        for each in futures:
            if not each.done():
                each.set_exception(gone)
                each.exception()  # whoever awaits it gets it; nobody has to
        if not self.closed.done():
            self.closed.set_result(None)

    def data_received(self, data: bytes) -> None:
        came = self._came + data if self._came else data
        if not self._is_open:
            came = self._answered(came)
        end, answers = 0, []
        for opcode, begin, end in frames(came):
            if opcode == _BINARY:
                answers.append(self._take(came[begin:end]))
            elif opcode == TEXT:
                answers.append(self._take_text(came[begin:end]))
            elif opcode == _PING:
                answers.append(frame(_PONG, came[begin:end]))
            elif opcode == _CLOSE:
                answers.append(frame(_CLOSE, came[begin:end]))
        self._came = came[end:]
        if answer := b"".join(answers):
            self._transport.write(answer)

    def _answered(self, came: bytes) -> bytes:
        head, end, rest = came.partition(b"\r\n\r\n")
        if not end:
            return came
        if not head.startswith(b"HTTP/1.1 101 "):
            self._transport.abort()
            return b""
        self._is_open = True
        self._upgraded()
        return rest

    def _upgraded(self) -> None:
        """The handshake is over."""
        self._opened.set_result(None)

    def _take_text(self, message: bytes) -> bytes:
        """What a text message is answered; clients of parlour ignore them."""
        return b""

    def _take(self, message: bytes) -> bytes:
        """Sees to a packet; what is to be answered."""
        head, payload = _cut(message)
        if head.method == "reply":
            status = head.http_status or head.status
            waiting = self._replies.pop(head.id, None)
            if waiting is not None and not waiting.done():
                waiting.set_result(Reply(status.code if status else 0, payload))
            return b""
        if head.method == "notification":
            if self.kept is not None:
                self.kept.append(message)
            if _CONFIRMATION in payload[:40]:
                self._confirm(payload)
            else:
                self._hear(payload)
        return _acknowledgement(head.id)

    def _confirm(self, payload: bytes) -> None:
        said = msgspec.json.decode(payload)
        number = said["correlation_id"]
        for each in said["events"]:
            if "last_event_id" in each:
                self.positions[each["object_sid"]] = each["last_event_id"]
        if number not in self._confirmed:
            return
        left, done = self._confirmed[number]
        left -= len(said["events"])
        self._confirmed[number] = left, done
        if said["event_type"] != "subscription_established" and not done.done():
            done.set_exception(Failed(f"A subscription is refused: {payload[:300]!r}"))
        elif left <= 0 and not done.done():
            done.set_result(None)

    # ---- what goes out

    def abort(self) -> None:
        """Ends the connection at once, as one that breaks."""
        self._transport.abort()

    async def ask(self, header: Mapping[str, Any], payload: bytes = b"") -> Reply:
        """The reply to a packet; raises Gone."""
        number = f"TM{next(self._numbers)}"
        reply: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        if self.closed.done():
            raise Gone("closed")
        self._replies[number] = reply
        self._transport.write(frame(_BINARY, packet({"id": number, **header}, payload)))
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await reply

    async def log_in(self, token: str) -> Reply:
        """The reply to ``init``."""
        registration = {"product": "ip_messaging", "type": "ers", "notification_protocol_version": 0}
        return await self.ask(
            {
                "method": "init",
                "token": token,
                "continuation_token": None,
                "metadata": {"ver": "1.0.2", "type": "conversations", "sdk": "JS", "sdkv": "3.0.1"},
                "registrations": [{**registration, "message_types": _MESSAGE_TYPES}],
                "tweaks": None,
                "capabilities": ["client_update", "offline_storage", "telemetry.v1"],
            }
        )

    async def call(self, method: str, path: str, body: object = None, **params: object) -> Reply:
        """The answer to a call through the socket."""
        request = {
            "host": "aim.us1.twilio.com",
            "path": path,
            "method": method,
            "params": {name: quote(str(value), safe="") for name, value in params.items()},
            "headers": {"Content-Type": "application/json; charset=utf-8"},
        }
        header = {"method": "message", "active_grant": "ip_messaging", "http_request": request}
        payload = b"" if body is None else msgspec.json.encode(body)
        return await self.ask({**header, "payload_type": "application/json; charset=utf-8"}, payload)

    async def subscribe(self, objects: Sequence[Object]) -> None:
        """Returns when all that was missed has come, and is confirmed; raises Gone or Failed."""
        number = next(self._numbers)
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._confirmed[number] = len(objects), done
        wanted = [{"object_sid": sid, "object_type": kind, "last_event_id": last} for sid, kind, last in objects]
        protocol = {"event_protocol_version": 4, "retried_requests": 0, "ttl_in_s": -1}
        body = {**protocol, "action": "establish", "correlation_id": number, "requests": wanted}
        try:
            answer = await self.call("POST", "/v4/Subscriptions", body)
            _ = answer.json
            async with asyncio.timeout(PATIENCE_SECONDS):
                await done
        finally:
            del self._confirmed[number]
