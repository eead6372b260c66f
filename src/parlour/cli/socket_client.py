"""The other end of a socket, as a client SDK has it: logs in, asks, subscribes, and hears what happens."""

import ssl
import uuid
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec
from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from parlour import __version__
from parlour.cli.client import AGENT, Refused
from parlour.core.visible import visible
from parlour.realtime.packets import MalformedPacket
from parlour.serving.errors import CannotDo

_MAGIC = b"TWILSOCK V3.0 "
_MAX_PACKET_BYTES = 64 * 1024 * 1024
_SILENCE_SECONDS = 75.0
"""After so long without a word a connection counts as gone: the server says something every 30."""
_PATIENCE_SECONDS = 30.0
"""For an answer."""
_LIVE = tuple(f"com.twilio.rtd.cds.{kind}" for kind in ("document", "list", "map"))
_MESSAGE_TYPES = ("twilio.sync.event", *_LIVE)

Json = dict[str, Any]


class _HeardPacket(msgspec.Struct, frozen=True):
    header: Json
    payload: bytes

    @property
    def body(self) -> Json:
        found: Json = msgspec.json.decode(self.payload)
        return found


class SocketClient:
    """A socket on which somebody has logged in."""

    def __init__(self, connection: ClientConnection, renewed: Callable[[], str]) -> None:
        self._connection, self._renewed = connection, renewed
        self._waiting: deque[_HeardPacket] = deque()

    def events(self) -> Iterator[tuple[str, Json]]:
        """Type and content of every event and confirmation, until the server ends the connection."""
        while True:
            packet = self._waiting.popleft() if self._waiting else self._take(_SILENCE_SECONDS)
            method = packet.header["method"]
            if method == "close":
                return
            if method == "client_update":
                self._ask({"method": "update", "token": self._renewed()})
            elif method == "notification":
                body = packet.body
                yield body["event_type"], body.get("event", body)

    def get(self, path: str, **params: str) -> Json:
        """The answer to a read; raises Refused."""
        return self._call("GET", path, b"", params)

    def subscribe(self, objects: Sequence[tuple[str, str, int | None]]) -> None:
        """From now on events of these come: SID, type, and the last event that is known."""
        for start in range(0, len(objects), 1000):
            requests = [
                {"object_sid": sid, "object_type": type, "last_event_id": last}
                for sid, type, last in objects[start : start + 1000]
            ]
            body = {"event_protocol_version": 4, "action": "establish", "correlation_id": start + 1}
            self._call("POST", "/v4/Subscriptions", msgspec.json.encode({**body, "requests": requests}), {})

    def _call(self, method: str, path: str, payload: bytes, params: Mapping[str, str]) -> Json:
        encoded = {name: quote(value, safe="") for name, value in params.items()}
        headers = {"Content-Type": "application/json"}
        request = {"host": "", "path": path, "method": method, "params": encoded, "headers": headers}
        reply = self._ask(
            {"method": "message", "active_grant": "ip_messaging", "http_request": request}
            | {"payload_type": "application/json"},
            payload,
        )
        status, body = int(reply.header["http_status"]["code"]), reply.body
        if status >= 400:
            raise Refused(f"The server answers {status}. {visible(str(body.get('message', '')))}", status)
        return body

    def log_in(self, token: str) -> None:
        """Raises Refused."""
        registration = {"product": "ip_messaging", "type": "ers", "message_types": _MESSAGE_TYPES}
        metadata = {"type": "conversations", "sdk": "JS", "sdkv": f"parlour {__version__}"}
        reply = self._ask({"method": "init", "token": token, "registrations": [registration], "metadata": metadata})
        status = int(reply.header["status"]["code"])
        if status != 200:
            raise Refused(f"The server refuses to log in: {status} {reply.header['status'].get('status', '')}", status)

    def _ask(self, header: Mapping[str, Any], payload: bytes = b"") -> _HeardPacket:
        number = f"TM{uuid.uuid4()}"
        self._send({**header, "id": number}, payload)
        while True:
            packet = self._take(_PATIENCE_SECONDS)
            if packet.header["method"] != "reply":
                self._waiting.append(packet)
            elif packet.header["id"] == number:
                return packet

    def _take(self, seconds: float) -> _HeardPacket:
        """The next packet, which is acknowledged unless it is a reply itself."""
        message = self._connection.recv(timeout=seconds)
        packet = _read(message if isinstance(message, bytes) else message.encode())
        if packet.header["method"] != "reply":
            self._send({"method": "reply", "id": packet.header["id"], "status": {"code": 200, "status": "OK"}}, b"")
        return packet

    def _send(self, header: Mapping[str, Any], payload: bytes) -> None:
        head = msgspec.json.encode({**header, "payload_size": len(payload)})
        self._connection.send(b"%b%d\r\n%b\r\n%b" % (_MAGIC, len(head), head, payload))


@contextmanager
def logged_in(url: str, fresh_token: Callable[[], str]) -> Iterator[SocketClient]:
    """A socket of the server at *url*, open for the length of the block; raises CannotDo, also when it breaks."""
    parts = urlsplit(url)
    is_here = parts.hostname in ("127.0.0.1", "::1", "localhost")
    address = f"{parts.scheme.replace('http', 'ws')}://{parts.netloc}{parts.path}/v3/wsconnect"
    try:
        with connect(
            address,
            ssl=ssl.create_default_context() if parts.scheme == "https" else None,
            compression=None,
            proxy=None if is_here else True,
            max_size=_MAX_PACKET_BYTES,
            user_agent_header=AGENT,
        ) as connection:
            client = SocketClient(connection, fresh_token)
            client.log_in(fresh_token())
            yield client
    except (OSError, TimeoutError, WebSocketException, MalformedPacket) as error:
        raise CannotDo(f"{url} does not answer: {str(error) or 'it says nothing'}") from None


def _read(message: bytes) -> _HeardPacket:
    size, _, rest = message.removeprefix(_MAGIC).partition(b"\r\n")
    try:
        header = msgspec.json.decode(rest[: int(size)], type=dict)
        return _HeardPacket(header, rest[int(size) + 2 :][: header["payload_size"]])
    except (ValueError, KeyError, msgspec.MsgspecError):
        raise MalformedPacket("it sends what is no packet") from None
