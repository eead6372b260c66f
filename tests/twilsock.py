"""A client of the socket, strict about what comes in, that shares no code with parlour: a real counterpart.

async with connected(parlour, token) as client:
    answer = await client.get("/Client/v2/Configuration")
    replayed, confirmed = await client.subscribe("ESCH….messages", "list", answer.json["last_event_id"])
    event = await client.event("list_item_added")
"""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import quote, urlencode

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

PATIENCE_SECONDS = 30
"""How long anything may take that a test awaits."""
PATH = "/v3/wsconnect"
MAGIC = b"TWILSOCK V3.0 "
MESSAGE_TYPES = (
    "twilio.ipmsg.typing_indicator",
    "twilio.sync.event",
    "com.twilio.rtd.cds.document",
    "com.twilio.rtd.cds.list",
    "com.twilio.rtd.cds.map",
)
LIVE = {"document": MESSAGE_TYPES[2], "list": MESSAGE_TYPES[3], "map": MESSAGE_TYPES[4]}
"""The message type of a live event, by the kind of its object."""
FORM = "application/x-www-form-urlencoded; charset=UTF-8"

Json = dict[str, Any]


class Served(Protocol):
    """Whatever knows where a parlour listens."""

    @property
    def url(self) -> str: ...


@dataclass(frozen=True)
class Packet:
    """What one message of the socket holds."""

    header: Json
    payload: bytes = b""

    @property
    def method(self) -> str:
        return str(self.header["method"])

    @property
    def json(self) -> Any:
        return json.loads(self.payload)

    @property
    def status(self) -> int:
        """Of a reply or close: what became of the packet itself, not of the call in it."""
        code = self.header["status"]["code"]
        assert type(code) is int
        return code

    @property
    def error_code(self) -> int | None:
        """Of a refused log-in or update: the number of the error."""
        code: int | None = self.header["status"].get("errorCode")
        return code


@dataclass(frozen=True)
class Answer:
    """The reply to a call that went through the socket."""

    packet: Packet

    @property
    def status(self) -> int:
        code = self.packet.header["http_status"]["code"]
        assert type(code) is int
        assert self.packet.header["http_status"]["status"], "this is what an application shows of an error"
        return code

    @property
    def json(self) -> Any:
        return self.packet.json

    @property
    def row(self) -> Json:
        """The object, of a call that succeeded."""
        assert self.status in (200, 201, 202), (self.status, self.packet.payload)
        row: Json = self.json
        return row

    @property
    def refusal(self) -> tuple[int, int]:
        """Status and code of a call that was refused, in the one shape that a refusal has."""
        error = self.json
        assert self.status == error["status"] >= 400, error
        assert type(error["code"]) is int
        assert error["message"]
        return self.status, error["code"]


def written(header: Mapping[str, Any], payload: bytes = b"") -> bytes:
    """A packet as clients send it: no line break follows the payload."""
    head = json.dumps({**header, "payload_size": len(payload)}).encode()
    return MAGIC + str(len(head)).encode() + b"\r\n" + head + b"\r\n" + payload


def read(message: bytes | str) -> Packet:
    """The packet in *message*, cut by the sizes that it names; fails where it is not one in every detail."""
    assert isinstance(message, bytes), f"a text message: clients drop it: {message!r}"
    assert message.startswith(MAGIC), message[:40]
    size, rest = message.removeprefix(MAGIC).split(b"\r\n", 1)
    assert size.isdigit(), message[:40]
    head, after = rest[: int(size)], rest[int(size) :]
    assert head.isascii(), "headers are ASCII"
    assert after.startswith(b"\r\n"), message
    header = json.loads(head)
    assert isinstance(header, dict)
    assert type(header["payload_size"]) is int, "every packet says how large its payload is"
    payload, left = after[2 : 2 + header["payload_size"]], after[2 + header["payload_size"] :]
    assert len(payload) == header["payload_size"], "it is shorter than it says"
    assert left in (b"", b"\r\n"), f"{left!r} follows a payload of {header['payload_size']} bytes"
    assert header["id"], "nobody could answer it"
    if payload and header.get("payload_type", "application/json").startswith("application/json"):
        json.loads(payload)
    return Packet(header, payload)


@asynccontextmanager
async def dialled(served: Served, **options: Any) -> AsyncIterator["Twilsock"]:
    """A socket on which nobody has logged in yet; *options* are those of websockets' ``connect()``."""
    url = served.url.replace("http", "ws", 1) + PATH
    settings = {"compression": None, "proxy": None, "max_size": None, "max_queue": None, "ping_interval": None}
    async with connect(url, **(settings | options)) as connection:
        client = Twilsock(connection)
        reading = asyncio.create_task(client.read_on())
        try:
            yield client
        finally:
            reading.cancel()
            await asyncio.wait([reading])
    client.complain()


@asynccontextmanager
async def connected(
    served: Served, token: str, *, metadata: Mapping[str, Any] | None = None
) -> AsyncIterator["Twilsock"]:
    """A client that has logged in with *token*; *metadata* is what it says of itself beyond being the JS SDK."""
    async with dialled(served) as client:
        reply = await client.log_in(token, metadata=metadata)
        assert reply.status == 200, reply.header
        yield client


class Twilsock:
    """One connection. Packets that were not asked for wait until a test takes them by their type."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.acknowledges = True
        """Whether it answers the packets of the server, as clients do at once."""
        self.waiting: list[Packet] = []
        """What the server sent by itself and nobody has taken, the oldest first."""
        self._replies: dict[str, asyncio.Future[Packet]] = {}
        self._changed = asyncio.Event()
        self._problem: BaseException | None = None
        self._is_closed = False

    async def read_on(self) -> None:
        """Sorts what comes in until the socket closes or something wrong has come."""
        try:
            async for message in self.connection:
                await self._take(read(message))
        except ConnectionClosed:
            pass
        except Exception as problem:
            self._problem = problem
        finally:
            self._is_closed = True
            self._changed.set()
            for waiting in self._replies.values():
                if not waiting.done():
                    waiting.set_exception(self._problem or ConnectionError("the socket has closed"))
                    waiting.exception()  # whoever awaits it gets it; nobody else has to

    async def _take(self, packet: Packet) -> None:
        if packet.method == "reply":
            self._replies.pop(packet.header["id"]).set_result(packet)
            return
        assert packet.method in {"notification", "client_update", "ping", "close"}, packet.header
        self.waiting.append(packet)
        self._changed.set()
        if self.acknowledges:
            await self.acknowledge(packet)

    async def acknowledge(self, packet: Packet) -> None:
        status = {"code": 200, "status": "OK"}
        await self.send(written({"method": "reply", "id": packet.header["id"], "status": status}))

    def complain(self) -> None:
        """Raises what was wrong in something that came in."""
        if self._problem is not None:
            raise self._problem

    # ---- raw

    async def send(self, message: bytes | str) -> None:
        """Any message, as it is."""
        await self.connection.send(message)

    async def ask(self, header: Mapping[str, Any], payload: bytes = b"") -> Packet:
        """The reply to a packet with this *header*, which gets an id unless it has one."""
        identified: Json = {"id": f"TM{uuid.uuid4()}", **header}
        reply: asyncio.Future[Packet] = asyncio.get_running_loop().create_future()
        self._replies[identified["id"]] = reply
        if self._is_closed:
            reply.set_exception(self._problem or ConnectionError("the socket has closed"))
        else:
            await self.send(written(identified, payload))
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await reply

    async def taken(self, wanted: Callable[[Packet], bool], *, why: str) -> Packet:
        """The first packet of those that the server sent by itself that is *wanted*; the others stay."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while True:
                    for packet in self.waiting:
                        if wanted(packet):
                            self.waiting.remove(packet)
                            return packet
                    self.complain()
                    assert not self._is_closed, f"closed while awaiting {why}: {self.connection.close_code}"
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            there = [(packet.header, packet.payload[:300]) for packet in self.waiting]
            raise AssertionError(f"no {why} within {PATIENCE_SECONDS} seconds; there are {there}") from None

    async def closed(self) -> int:
        """The code with which the server closes the socket."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self.connection.wait_closed()
        assert self.connection.close_code is not None
        return self.connection.close_code

    # ---- packets

    async def log_in(
        self,
        token: str,
        *,
        continuation_token: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> Packet:
        """The reply to ``init``, whatever it says."""
        return await self.ask(
            {
                "method": "init",
                "token": token,
                "continuation_token": continuation_token,
                "metadata": {"ver": "1.0.2", "type": "conversations", "sdk": "JS", "sdkv": "3.0.1", **(metadata or {})},
                "registrations": [
                    {
                        "product": "ip_messaging",
                        "type": "ers",
                        "notification_protocol_version": 0,
                        "message_types": MESSAGE_TYPES,
                    }
                ],
                "tweaks": None,
                "capabilities": ["client_update", "offline_storage", "telemetry.v1"],
                **more,
            }
        )

    async def update(self, token: str) -> Packet:
        """The reply to a new token."""
        return await self.ask({"method": "update", "token": token})

    # ---- calls

    async def get(self, path: str, **params: object) -> Answer:
        """A read; *path* goes out as it is written, values of *params* percent-encoded."""
        return await self.call("GET", path, params=params)

    async def post(self, path: str, body: object = None, **params: object) -> Answer:
        """A write; *body* goes out as JSON."""
        return await self.call("POST", path, body, params=params)

    async def delete(self, path: str, **params: object) -> Answer:
        return await self.call("DELETE", path, {}, params=params)

    async def post_form(self, path: str, **fields: str) -> Answer:
        """As typing is sent."""
        return await self.call_raw("POST", path, urlencode(fields).encode(), FORM, {})

    async def call(self, method: str, path: str, body: object = None, *, params: Mapping[str, object]) -> Answer:
        payload = b"" if body is None else json.dumps(body).encode()
        return await self.call_raw(method, path, payload, "application/json; charset=utf-8", params)

    async def call_raw(
        self, method: str, path: str, payload: bytes, payload_type: str, params: Mapping[str, object]
    ) -> Answer:
        """Any call."""
        request = {
            "host": "aim.us1.twilio.com",
            "path": path,
            "method": method,
            "params": {name: _encoded(value) for name, value in params.items()},
            "headers": {"Content-Type": payload_type, "X-Twilio-Mutation-Id": str(uuid.uuid4())},
        }
        header = {"method": "message", "active_grant": "ip_messaging", "http_request": request}
        reply = await self.ask({**header, "payload_type": payload_type}, payload)
        assert reply.status == 200, reply.header
        return Answer(reply)

    # ---- Sync

    async def subscribe(
        self, sid: str, type: str, last_event_id: int | None, *, action: str = "establish"
    ) -> tuple[list[Json], Json]:
        """What was replayed of one object, and its confirmation or refusal."""
        replayed, outcomes = await self.subscribe_all([(sid, type, last_event_id)], action=action)
        return replayed, outcomes[sid]

    async def subscribe_all(
        self, objects: Sequence[tuple[str, str, int | None]], *, action: str = "establish", **more: Any
    ) -> tuple[list[Json], dict[str, Json]]:
        """The bodies of what was replayed, in their order; and by SID what became of each subscription, with its
        ``event_type``. *objects* are SID, type, and the last event that is known."""
        number = uuid.uuid4().int >> 80
        requests: list[Json] = [{"object_sid": sid, "object_type": type} for sid, type, _ in objects]
        if action == "establish":
            requests = [{**each, "last_event_id": last} for each, (_, _, last) in zip(requests, objects, strict=True)]
        protocol = {"event_protocol_version": 4, "retried_requests": 0, "ttl_in_s": -1}
        body = {**protocol, "action": action, "correlation_id": number, "requests": requests, **more}
        answer = await self.post("/v4/Subscriptions", body)
        assert answer.status == 202, answer.packet.payload
        assert answer.json["estimated_delivery_in_ms"] > 0
        replayed: list[Json] = []
        outcomes: dict[str, Json] = {}
        while len(outcomes) < len({sid for sid, _, _ in objects}):
            told = (await self.notification("twilio.sync.event", lambda body: body["correlation_id"] == number)).json
            assert told["event_protocol_version"] == 4
            if told["event_type"].startswith("subscription_"):
                outcomes |= {each["object_sid"]: {"event_type": told["event_type"], **each} for each in told["events"]}
            else:
                assert told["strictly_ordered"] is True
                replayed.append(told)
        return replayed, outcomes

    async def notification(self, message_type: str, wanted: Callable[[Json], bool] = bool) -> Packet:
        """The next notification of this type whose body is *wanted*."""
        return await self.taken(
            lambda packet: packet.header.get("message_type") == message_type and wanted(packet.json),
            why=f"notification {message_type}",
        )

    async def event(self, event_type: str, **expected: object) -> Json:
        """The next live event of this type in which the *expected* keys have these values: what it says."""
        types = LIVE[event_type.split("_")[0]]
        packet = await self.notification(
            types,
            lambda body: body["event_type"] == event_type and body["event"].items() >= expected.items(),
        )
        assert packet.json["event_protocol_version"] == 4
        event: Json = packet.json["event"]
        return event

    async def nothing_more(self) -> None:
        """Nothing came that was not taken, pings aside. What the server sent before it answers this is there."""
        await self.get("/Client/v2/Configuration")
        left = [(packet.header, packet.payload[:300]) for packet in self.waiting if packet.method != "ping"]
        assert not left, left


def _encoded(value: object) -> str | list[str]:
    if isinstance(value, list | tuple):
        return [quote(str(each), safe="") for each in value]
    return quote(str(value), safe="")
