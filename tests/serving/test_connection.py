"""What a connection may send, and how long it may take, before anybody knows who it is."""

import asyncio
import json
import signal
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import psutil
import pytest

from parlour.serving import connection
from tests.account_client import AccountClient
from tests.cli.running import Serve, SlowRequest
from tests.http.raw import exchange

PATIENCE = 60
"""Seconds after which something that should have happened has not."""
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def connected(api: AccountClient) -> AsyncIterator[Streams]:
    """A connection to the server that the test writes and reads by hand."""
    address = urlsplit(api.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    try:
        async with asyncio.timeout(PATIENCE):
            yield reader, writer
    finally:
        writer.transport.abort()


async def answered(streams: Streams) -> tuple[int, bytes]:
    """Status and body of the next answer in the connection."""
    head = await streams[0].readuntil(b"\r\n\r\n")
    lengths = [line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    body = await streams[0].readexactly(int(lengths[0])) if lengths else b""
    return int(head.split()[1]), body


def head(api: AccountClient, line: str, *headers: str) -> bytes:
    lines = [line, "Host: parlour.test", f"Authorization: {api.credentials}", *headers, "", ""]
    return "\r\n".join(lines).encode()


def form(api: AccountClient, body: bytes, *headers: str) -> bytes:
    return head(api, "POST /v1/Users HTTP/1.1", "Content-Type: application/x-www-form-urlencoded", *headers) + body


def hurry(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """These times are short now."""
    for name in ("CHECK_INTERVAL_SECONDS", *names):
        monkeypatch.setattr(connection, name, 0.05)


async def closed(streams: Streams) -> bytes:
    """What still comes before the server closes."""
    try:
        return await streams[0].read()
    except ConnectionResetError:
        return b""


async def drip_until(end: asyncio.Task[bytes], writer: asyncio.StreamWriter) -> None:
    """Sends a byte now and then until the server closes, without having said anything."""
    while not end.done():
        writer.write(b"x")
        await asyncio.wait([end], timeout=0.01)
    assert await end == b""


# Size


@pytest.mark.parametrize("spare", [0, 1])
async def test_a_request_has_at_most_100_headers(api: AccountClient, spare: int) -> None:
    sent_by_exchange = 3
    headers = b"".join(b"X-%d: 1\r\n" % number for number in range(connection.MAX_HEADERS - sent_by_exchange + spare))
    answer = await exchange(api, b"GET /v1/Users HTTP/1.1", headers)
    assert (answer.status, answer.json.get("code")) == ((431, 20001) if spare else (200, None))


@pytest.mark.parametrize(
    ("line", "headers", "status"),
    [
        (b"GET /v1/Users HTTP/1.1", b"X: %b\r\n" % (b"x" * 60 * 1024), 200),
        (b"GET /v1/Users HTTP/1.1", b"X: %b\r\n" % (b"x" * 70 * 1024), 431),
        (b"GET /v1/Users HTTP/1.1", b"%b: x\r\n" % (b"x" * 70 * 1024), 431),
        (b"GET /v1/Users HTTP/1.1", b"".join(b"X-%d: %b\r\n" % (n, b"x" * 2000) for n in range(50)), 431),
        (b"GET /v1/Users HTTP/1.1", b"a:\r\n" * 60_000, 431),
        (b"GET /v1/Users?%b HTTP/1.1" % (b"x" * 60 * 1024), b"", 200),
        (b"GET /v1/Users?%b HTTP/1.1" % (b"x" * 70 * 1024), b"", 414),
        (b"GET /%b HTTP/1.1" % (b"x" * 300 * 1024), b"", 414),
    ],
    ids=["60 kB", "value", "name", "50 of 2 kB", "60,000", "target of 60 kB", "target", "target of 300 kB"],
)
async def test_a_head_has_at_most_64_kb(api: AccountClient, line: bytes, headers: bytes, status: int) -> None:
    answer = await exchange(api, line, headers)
    assert answer.status == status
    assert status == 200 or answer.json["status"] == status


async def test_a_header_without_end_is_refused_when_64_kb_of_it_have_come(api: AccountClient) -> None:
    async with connected(api) as (reader, writer):
        writer.write(b"GET /v1/Users HTTP/1.1\r\nHost: parlour.test\r\nX: ")
        answer = asyncio.create_task(answered((reader, writer)))
        while not answer.done():
            writer.write(b"x" * 10_000)
            await writer.drain()
            await asyncio.sleep(0)
        status, body = await answer
    assert (status, json.loads(body)["code"]) == (431, 20001)


async def test_the_answer_is_seen_by_a_client_that_goes_on_sending(api: AccountClient) -> None:
    async with connected(api) as (reader, writer):
        writer.write(b"GET /v1/Users HTTP/1.1\r\nHost: parlour.test\r\nX: " + b"x" * 8 * 1024 * 1024 + b"\r\n\r\n")
        await writer.drain()
        assert (await answered((reader, writer)))[0] == 431
        assert await closed((reader, writer)) == b""


async def test_large_heads_take_no_memory(api: AccountClient) -> None:
    async def flood() -> int:
        async with connected(api) as (reader, writer):
            writer.write(b"GET /v1/Users HTTP/1.1\r\nX: ")
            for _ in range(32):
                writer.write(b"x" * 1024 * 1024)
                await writer.drain()
            return (await answered((reader, writer)))[0]

    await flood()
    before = psutil.Process().memory_info().rss
    assert await asyncio.gather(*(flood() for _ in range(4))) == [431] * 4
    assert psutil.Process().memory_info().rss - before < 32 * 1024 * 1024


@pytest.mark.parametrize("junk", [b"\r\n" * 100_000, b"\n" * 200_000], ids=["CRLF", "LF"])
async def test_line_ends_before_a_request_are_not_read_for_ever(api: AccountClient, junk: bytes) -> None:
    async with connected(api) as streams:
        streams[1].write(junk)
        assert (await answered(streams))[0] == 431


CHUNKED = "Transfer-Encoding: chunked"


@pytest.mark.parametrize(
    "body",
    [
        b"d;a=%b\r\nIdentity=dana\r\n0\r\n\r\n" % (b"x" * 700_000),
        b"%bd\r\nIdentity=dana\r\n0\r\n\r\n" % (b"0" * 700_000),
        b"d\r\nIdentity=dana\r\n0\r\nX: %b\r\n\r\n" % (b"x" * 700_000),
        b"fffffffffffffffffff\r\nIdentity=dana\r\n0\r\n\r\n",
        b"x\r\nIdentity=dana\r\n0\r\n\r\n",
    ],
    ids=["extension", "size of zeros", "trailer", "size beyond every number", "no size"],
)
async def test_what_stands_between_pieces_of_a_body_has_bounds_too(api: AccountClient, body: bytes) -> None:
    async with connected(api) as streams:
        streams[1].write(form(api, body, CHUNKED))
        assert (await answered(streams))[0] == 400
    assert (await api.get("/Users")).rows == []


async def test_trailers_are_not_taken_for_headers(api: AccountClient) -> None:
    async with connected(api) as streams:
        sent = form(api, b"d\r\nIdentity=dana\r\n0\r\nAuthorization: Basic eDp4\r\n\r\n", CHUNKED)
        streams[1].write(sent.replace(f"Authorization: {api.credentials}\r\n".encode(), b""))
        assert (await answered(streams))[0] == 401


# What is no request


@pytest.mark.parametrize("version", ["0.9", "1.2", "2.0", "3.0", "9.9", "x", "10.1"])
async def test_an_unknown_version_is_505(api: AccountClient, version: str) -> None:
    answer = await exchange(api, f"GET /v1/Users HTTP/{version}".encode())
    assert (answer.status, answer.json["code"]) == (505, 20001)


async def test_http_2_without_an_agreement_is_505(api: AccountClient) -> None:
    async with connected(api) as streams:
        streams[1].write(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        assert (await answered(streams))[0] == 505


@pytest.mark.parametrize(
    "line",
    ["BREW /v1/Users HTTP/1.1", "GET  HTTP/1.1", "CONNECT parlour.test:1 HTTP/1.1", "GET /v1/\x00 HTTP/1.1",
     "GET parlour.test HTTP/1.1", "GET / SPDY/3"],
)  # fmt: skip
async def test_what_is_no_request_is_refused_in_the_published_shape(api: AccountClient, line: str) -> None:
    answer = await exchange(api, line.encode())
    assert (answer.status, answer.json["code"], answer.json["status"]) == (400, 20001, 400)


async def test_a_refusal_waits_for_the_answers_before_it(api: AccountClient) -> None:
    async with connected(api) as streams:
        streams[1].write(form(api, b"Identity=dana", "Content-Length: 13") + b"NO REQUEST\r\n\r\n")
        assert [(await answered(streams))[0], (await answered(streams))[0]] == [201, 400]
        assert await closed(streams) == b""


async def test_requests_in_a_row_are_answered_in_order_and_have_a_bound(api: AccountClient) -> None:
    many = 5000
    async with connected(api) as streams:
        streams[1].write(head(api, "GET /v1/Users HTTP/1.1") * many)
        statuses = [(await answered(streams))[0]]
        while statuses[-1] == 200:
            statuses.append((await answered(streams))[0])
        assert await closed(streams) == b""
    assert statuses[-1] == 400
    assert connection.MAX_PIPELINED <= len(statuses) < many


async def test_a_client_that_would_rather_speak_http_2_loses_no_body(api: AccountClient) -> None:
    upgrade = ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA")
    async with connected(api) as streams:
        for name in ("dana", "elli"):
            sent = form(api, f"Identity={name}".encode(), "Content-Length: 13", *upgrade)
            streams[1].write(sent[:-6])
            await asyncio.sleep(0)
            streams[1].write(sent[-6:])
            status, body = await answered(streams)
            assert (status, json.loads(body)["identity"]) == (201, name)


@pytest.mark.parametrize("length", ["Content-Length: 33", CHUNKED])
async def test_a_body_that_is_cut_off_changes_nothing(api: AccountClient, length: str) -> None:
    async with connected(api) as streams:
        part = b"Identity=dana&FriendlyName=Da"
        streams[1].write(form(api, b"21\r\n" + part if length == CHUNKED else part, length, "Expect: 100-continue"))
        assert b" 100 " in await streams[0].readuntil(b"\r\n\r\n")
        streams[1].write_eof()
        await closed(streams)
    assert (await api.get("/Users")).rows == []


# Time


@pytest.mark.parametrize(
    "sent", [b"", b"\r\n", b"G", b"GET /v1/Users HTTP/1.1\r\nHost: parlour.test\r\nX: "], ids=["", "CRLF", "G", "half"]
)
async def test_a_head_that_does_not_come_closes_the_connection(
    api: AccountClient, sent: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurry(monkeypatch, "HEAD_TIMEOUT_SECONDS")
    async with connected(api) as streams:
        streams[1].write(sent)
        assert await closed(streams) == b""


async def test_a_head_that_comes_in_drops_closes_the_connection(
    api: AccountClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurry(monkeypatch, "HEAD_TIMEOUT_SECONDS")
    async with connected(api) as streams:
        end = asyncio.create_task(closed(streams))
        streams[1].write(b"GET /v1/Users HTTP/1.1\r\nX: ")
        await drip_until(end, streams[1])


async def test_the_next_head_in_a_connection_has_its_time_too(
    api: AccountClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with connected(api) as streams:
        streams[1].write(head(api, "GET /v1/Users HTTP/1.1"))
        assert (await answered(streams))[0] == 200
        hurry(monkeypatch, "HEAD_TIMEOUT_SECONDS")
        streams[1].write(b"GET /v1/Us")
        assert await closed(streams) == b""


async def test_a_client_that_waits_for_an_answer_is_not_late(
    api: AccountClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurry(monkeypatch, *(name for name in vars(connection) if name.endswith("_TIMEOUT_SECONDS")))
    async with connected(api) as streams:
        for _ in range(2):
            streams[1].write(head(api, "GET /parlour/v1/Events?From=now&Wait=1 HTTP/1.1"))
            assert (await answered(streams))[0] == 200


async def test_a_body_that_stands_still_is_dropped(api: AccountClient, monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch, "BODY_TIMEOUT_SECONDS")
    async with connected(api) as streams:
        streams[1].write(form(api, b"Identity=da", "Content-Length: 13"))
        assert await closed(streams) == b""
    assert (await api.get("/Users")).rows == []


async def test_a_body_that_nobody_wants_any_more_is_dropped_too(
    api: AccountClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurry(monkeypatch, "BODY_TIMEOUT_SECONDS")
    async with connected(api) as streams:
        sent = form(api, b"Identity=da", "Content-Length: 13")
        streams[1].write(sent.replace(b"Authorization", b"X-Nothing"))
        assert (await answered(streams))[0] == 401
        assert await closed(streams) == b""


async def test_a_body_that_moves_is_not_dropped(api: AccountClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "CHECK_INTERVAL_SECONDS", 0.05)
    monkeypatch.setattr(connection, "BODY_TIMEOUT_SECONDS", 3.0)
    async with connected(api) as streams:
        streams[1].write(form(api, b"", "Content-Length: 13"))
        answer = asyncio.create_task(answered(streams))
        for letter in b"Identity=dana":
            await asyncio.wait([answer], timeout=0.3)
            streams[1].write(bytes([letter]))
        assert (await answer)[0] == 201


async def test_a_body_that_comes_in_drops_is_dropped_in_the_end(
    api: AccountClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurry(monkeypatch, "WHOLE_BODY_TIMEOUT_SECONDS")
    async with connected(api) as streams:
        streams[1].write(form(api, b"", "Content-Length: 1000000"))
        await drip_until(asyncio.create_task(closed(streams)), streams[1])


async def test_a_client_that_does_not_read_is_dropped(api: AccountClient, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(40):
        await api.made("/Users", Identity=f"dana{number}", Attributes='"' + "x" * 16_000 + '"')
    lost = asyncio.Event()
    before = connection.Protocol.connection_lost

    def note(self: connection.Protocol, exc: Exception | None) -> None:
        before(self, exc)
        if self.client == client:
            lost.set()

    monkeypatch.setattr(connection.Protocol, "connection_lost", note)
    async with connected(api) as streams:
        client = streams[1].get_extra_info("sockname")
        hurry(monkeypatch, "READ_TIMEOUT_SECONDS")
        for _ in range(connection.MAX_PIPELINED):  # 10 MB, which is beyond what the kernel takes
            streams[1].write(head(api, "GET /v1/Users?PageSize=50 HTTP/1.1"))
        await lost.wait()


# The server's end


def test_what_clients_owe_does_not_keep_the_server_from_ending(serve: Serve) -> None:
    serving = serve()
    body = SlowRequest(serving, "/v1/Conversations", b"FriendlyName=Never")
    with socket.create_connection(serving.address) as half, socket.create_connection(serving.address):
        half.sendall(b"GET /v1/Users HTTP/1.1\r\nHost: parlour.test\r\nX: ")
        assert serving.status("/healthz") == 200
        began = time.monotonic()
        serving.process.send_signal(signal.SIGTERM)
        assert serving.rest().endswith("Stopped.\n")
        assert time.monotonic() - began < 20, "it waited the 30 seconds that an answer being made would get"
    body.give_up()
