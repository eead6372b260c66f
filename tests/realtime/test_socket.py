"""A socket below its packets: the handshake, and what a client may not do, which ends its own socket and no other."""

import asyncio
import socket as sockets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from websockets.asyncio.client import connect

from parlour.realtime import frames, limits
from parlour.realtime.socket import Socket
from tests.access_tokens import token_for
from tests.account_client import AccountClient
from tests.http.raw import exchange
from tests.twilsock import PATH, Twilsock, connected, dialled, written

BIG = frames.binary(b"x" * 300_000)
"""It leaves at once, not at the end of the turn."""
HANDSHAKE = (
    b"GET /v3/wsconnect HTTP/1.1\r\nHost: here\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n"
)


def later(api: AccountClient, seconds: float) -> None:
    """What happens when so much time passes."""
    now = asyncio.get_running_loop().time()
    api.parlour.sockets.turn(now)  # since when it passes
    api.parlour.sockets.turn(now + seconds)


def of(api: AccountClient, identity: str) -> Socket:
    """The server's end of the user's socket."""
    found = [
        socket
        for session, socket in api.parlour.sockets.sessions.items()
        if (session.scope.service, session.identity) == (api.service, identity)
    ]
    assert len(found) == 1
    return found[0]


@asynccontextmanager
async def undisturbed(api: AccountClient) -> AsyncIterator[None]:
    """Somebody else goes on, whatever is done in the block."""
    async with connected(api.parlour, await token_for(api, "bystander")) as other:
        yield
        assert (await other.get("/Client/v2/Configuration")).status == 200


async def answered(api: AccountClient, head: bytes) -> bytes:
    """What the server says to *head* before it is done with it or lets the client go on."""
    there = urlsplit(api.parlour.url)
    reader, writer = await asyncio.open_connection(there.hostname, there.port)
    writer.write(head)
    async with asyncio.timeout(30):
        answer = await reader.readuntil(b"\r\n\r\n")
    writer.close()
    return answer


# ---- the handshake


@pytest.mark.parametrize(
    ("old", "new", "status"),
    [
        (b"", b"", b"101"),
        (b"Version: 13", b"Version: 8", b"400"),
        (b"Key: MDEyMzQ1Njc4OWFiY2RlZg==", b"Key: short", b"400"),
        (b"Host: here", b"Host: a b", b"400"),
        (b"Host: here", b"Host: here\r\nX-Long: " + b"x" * 17_000, b"431"),
        (b"/v3/wsconnect", b"/v3/elsewhere", b"404"),
        (b"GET", b"POST", b"404"),
        (b"Upgrade: websocket", b"Upgrade: h2c", b"404"),
        (b"Host: here", b"Host: here\r\nContent-Length: 0", b"404"),
        (b"HTTP/1.1", b"HTTP/1.0", b"404"),
    ],
)
async def test_only_a_good_handshake_opens_a_socket(api: AccountClient, old: bytes, new: bytes, status: bytes) -> None:
    assert (await answered(api, HANDSHAKE.replace(old, new, 1))).split(b" ")[1] == status


async def test_a_request_before_it_is_answered_before_it(api: AccountClient) -> None:
    first = b"GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n"
    answer = await exchange(api, b"GET /healthz HTTP/1.1")
    assert answer.status == 200
    assert (await answered(api, first + HANDSHAKE)).startswith(b"HTTP/1.1 200")


async def test_what_comes_with_the_handshake_is_not_lost(api: AccountClient) -> None:
    there = urlsplit(api.parlour.url)
    reader, writer = await asyncio.open_connection(there.hostname, there.port)
    masked = b"\x89\x84\0\0\0\0ping"
    writer.write(HANDSHAKE + masked)
    async with asyncio.timeout(30):
        await reader.readuntil(b"\r\n\r\n")
        assert await reader.readexactly(6) == b"\x8a\x04ping"
    writer.close()


async def test_compression_is_never_accepted(api: AccountClient) -> None:
    url = api.parlour.url.replace("http", "ws", 1) + PATH
    async with connect(url, compression="deflate", proxy=None) as connection:
        assert connection.response is not None
        assert "Sec-WebSocket-Extensions" not in connection.response.headers


# ---- before somebody has logged in


async def test_who_does_not_log_in_has_to_go(api: AccountClient) -> None:
    async with undisturbed(api), dialled(api.parlour) as client:
        later(api, limits.LOG_IN_TIMEOUT_SECONDS - 1)
        await heard(client)
        later(api, limits.LOG_IN_TIMEOUT_SECONDS + 1)
        assert await client.closed() == 1008


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (written({"method": "message", "id": "1", "http_request": {"path": "/", "method": "GET"}}), 1008),
        (written({"method": "init", "id": "1", "token": "x" * limits.MAX_FIRST_MESSAGE_BYTES}), 1009),
        (b"nonsense", 1002),
    ],
)
async def test_the_first_packet_is_a_log_in(api: AccountClient, message: bytes, code: int) -> None:
    async with dialled(api.parlour) as client:
        await client.send(message)
        assert await client.closed() == code


# ---- garbage


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (b"", 1002),
        (b"TWILSOCK V3.0 2\r\n{}\r\n", 1002),
        (b"TWILSOCK V3.0 5\r\n[1,2]\r\n", 1002),
        (written({"method": "message", "id": 5}), 1002),
        (written({"method": "message", "id": "1"})[:-3], 1002),
        (b"x" * (limits.MAX_MESSAGE_BYTES + 1), 1009),
    ],
)
async def test_garbage_ends_its_own_socket_only(api: AccountClient, message: bytes, code: int) -> None:
    async with undisturbed(api), connected(api.parlour, await token_for(api, "alice")) as client:
        await client.send(message)
        assert await client.closed() == code


async def test_what_means_nothing_is_ignored(api: AccountClient) -> None:
    async with connected(api.parlour, await token_for(api, "alice")) as client:
        await client.send("TWILSOCK V3.0 2\r\n{}\r\n")
        await client.send("text in " * 100_000)
        await client.send(written({"method": "telemetry.v1", "id": "1", "events": [{}]}))
        await client.send(written({"method": "dance", "id": "2"}))
        await client.send(written({"method": "reply", "id": "nobody asked", "status": {"code": 200}}))
        for method in ("put_notification_ctx", "delete_notification_ctx", "ping"):
            assert (await client.ask({"method": method, "notification_ctx_id": "1"})).status == 200
        assert not client.waiting


async def test_a_message_may_come_in_pieces(api: AccountClient) -> None:
    async with connected(api.parlour, await token_for(api, "alice")) as client:
        request = {"path": "/Client/v2/Configuration", "method": "GET"}
        message = written({"method": "message", "id": "pieces", "http_request": request})
        reply = asyncio.ensure_future(client.ask({"method": "ping", "id": "pieces"}))
        await reply
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        client._replies["pieces"] = answer
        await client.connection.send([message[:1], b"", message[1:70], message[70:]])
        async with asyncio.timeout(30):
            assert (await answer).header["http_status"]["code"] == 200


async def test_endless_empty_pieces_take_no_memory(api: AccountClient) -> None:
    async with connected(api.parlour, await token_for(api, "alice")) as client:
        protocol = client.connection.protocol
        protocol.send_binary(b"x", fin=False)
        for _ in range(2000):
            protocol.send_continuation(b"", fin=False)
        client.connection.transport.write(b"".join(protocol.data_to_send()))
        await heard(client)
        socket = of(api, "alice")
        assert socket.message_since is not None
        assert len(socket._message or b"") == 1
        later(api, limits.MESSAGE_TIMEOUT_SECONDS + 1)
        assert await client.closed() == 1006


# ---- time and pressure


async def heard(client: Twilsock) -> None:
    """Returns when the server has read all that the client sent."""
    async with asyncio.timeout(30):
        await (await client.connection.ping())


async def test_clients_are_pinged_and_the_silent_are_cut_off(api: AccountClient) -> None:
    async with connected(api.parlour, await token_for(api, "alice")) as client:
        later(api, limits.PING_SECONDS)
        await client.taken(lambda packet: packet.method == "ping", why="ping")
        heard = of(api, "alice").heard_at
        await client.get("/Client/v2/Configuration")
        assert of(api, "alice").heard_at > heard
        later(api, limits.SILENCE_SECONDS + 1)
        assert await client.closed() == 1006


@asynccontextmanager
async def deaf(api: AccountClient, identity: str) -> AsyncIterator[Twilsock]:
    """A client that has logged in and then reads nothing more, with little room on the way to it."""
    there = urlsplit(api.parlour.url)
    connection = sockets.create_connection((there.hostname, there.port))
    connection.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
    async with dialled(api.parlour, sock=connection) as client:
        assert (await client.log_in(await token_for(api, identity))).status == 200
        client.connection.transport.pause_reading()
        yield client
        if not client.connection.transport.is_closing():
            client.connection.transport.resume_reading()


async def test_who_does_not_read_is_cut_off_after_a_while(api: AccountClient) -> None:
    async with undisturbed(api), deaf(api, "alice"):
        socket = of(api, "alice")
        while socket.slow_since is None:
            socket.send(BIG)
        later(api, limits.READ_TIMEOUT_SECONDS + 1)
        assert socket.is_open, "it may well be reading, slowly"
        while socket.unread() <= limits.MAX_WAITING_BYTES:
            socket.send(BIG)
        later(api, limits.READ_TIMEOUT_SECONDS - 1)
        assert socket.is_open
        later(api, limits.READ_TIMEOUT_SECONDS + 1)
        assert not socket.is_open
        assert socket.reason == "slow"


async def test_who_does_not_read_can_hold_so_much_at_most(api: AccountClient) -> None:
    async with undisturbed(api), deaf(api, "alice"):
        socket = of(api, "alice")
        sent = 0
        while socket.is_open:
            socket.send(BIG)
            sent += len(BIG)
        assert sent < limits.MAX_WAITING_BYTES_AT_ONCE + 8_000_000, "what the system's own buffers take comes on top"
        assert socket.reason == "slow"


async def test_those_who_began_first_go_when_too_much_is_under_way(
    api: AccountClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MAX_HELD_BYTES", 300_000)
    alice, bob = await token_for(api, "alice"), await token_for(api, "bob")
    async with undisturbed(api), connected(api.parlour, alice) as first, connected(api.parlour, bob) as second:
        await begin(first, b"x" * 200_000)
        assert of(api, "alice").is_open
        await begin(second, b"x" * 200_000)
        assert await first.closed() == 1006
        protocol = second.connection.protocol
        protocol.send_continuation(b"x", fin=True)
        second.connection.transport.write(b"".join(protocol.data_to_send()))
        assert await second.closed() == 1002, "it came whole, and is no packet"


async def begin(client: Twilsock, data: bytes) -> None:
    """Sends the beginning of a message; returns when it has come."""
    client.connection.protocol.send_binary(data, fin=False)
    client.connection.transport.write(b"".join(client.connection.protocol.data_to_send()))
    await heard(client)
