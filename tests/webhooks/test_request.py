"""One call as the receiver sees it: URL, headers, credentials, redirects, connections."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from twilio.request_validator import RequestValidator

from parlour.outbound import client as outbound
from parlour.outbound.client import Client, Exchange, Fault
from parlour.outbound.guard import Guard
from parlour.webhooks.request import SignedRequest, call, prepare
from tests.receiver import Received, Receiver, receiving

TOKEN = "parlour-test-token"
TOLD = {"EventType": "onMessageAdded", "Body": "hé & 1+1=2", "Attributes": "{}"}
BASIC = "Basic ZGFuYTpwQHNz"


async def called(url: str, method: str = "POST") -> Exchange[SignedRequest]:
    async with Client(Guard(allow_private=True)) as client:
        return await call(client, method, url, TOLD, TOKEN, "a token")


def is_believed(received: Received) -> bool:
    """Whether the official library accepts the signature for the URL that the receiver knows."""
    parameters = received.parameters if received.method == "POST" else {}
    return bool(RequestValidator(TOKEN).validate(received.url, parameters, received.headers["X-Twilio-Signature"]))


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "?a=1",
        "/plain",
        "/twice//and/../dots/./",
        "/%7Euser/%2F%2f?x=%20a&y=+&z&q=%C3%BC",
        "/letters/ü?name=é&b='\"<>",
        "/p;v=1?a[]=1&a[]=2",
        "/fragment?a=1#rc=3&rp=all",
        "#only",
    ],
)
async def test_the_signature_is_of_the_url_that_the_receiver_sees(receiver: Receiver, method: str, path: str) -> None:
    exchange = await called(receiver.url + path, method)
    assert exchange.status == 200
    received = await receiver.next()
    assert received.method == method
    assert is_believed(received)
    assert {name: received.parameters[name] for name in TOLD} == TOLD
    assert "#" not in received.url


async def test_credentials_in_the_url_are_sent_at_once_and_are_no_part_of_what_is_signed(receiver: Receiver) -> None:
    await called(receiver.url.replace("://", "://dana:p%40ss@") + "/in")
    received = await receiver.next()
    assert received.headers["Authorization"] == BASIC
    assert received.url == receiver.url + "/in"
    assert is_believed(received)
    assert len(receiver.received) == 1, "it does not wait to be challenged"


async def test_a_call_has_the_headers_of_the_original_and_none_that_asks_for_compression(receiver: Receiver) -> None:
    await called(receiver.url)
    headers = (await receiver.next()).headers
    assert set(headers) == {
        "Host",
        "Accept",
        "User-Agent",
        "I-Twilio-Idempotency-Token",
        "X-Twilio-Signature",
        "Content-Type",
        "Content-Length",
    }


def test_a_name_with_letters_beyond_ascii_is_called_as_the_name_system_knows_it() -> None:
    request = prepare("POST", "https://münchen.test:8443/a", {}, TOKEN, "a token")
    assert request.url == request.signed == "https://xn--mnchen-3ya.test:8443/a"


async def test_a_name_that_cannot_be_is_unreachable() -> None:
    assert (await called(f"https://{'ü' * 70}.test/")).fault is Fault.UNREACHABLE


async def test_see_other_is_followed_with_a_get_that_tells_nothing(receiver: Receiver) -> None:
    async def elsewhere(received: Received) -> web.StreamResponse:
        if received.url.endswith("/first"):
            return web.Response(status=303, headers={"Location": "/then?a=1"})
        return web.Response(text="here")

    receiver.reply = elsewhere
    exchange = await called(receiver.url + "/first")
    assert exchange.body == "here"
    _, second = await receiver.take(2)
    assert (second.method, second.url, second.parameters) == ("GET", receiver.url + "/then?a=1", {"a": "1"})
    assert is_believed(second)


@pytest.mark.parametrize("status", [300, 301, 302, 304, 305])
async def test_other_redirects_are_not_followed(receiver: Receiver, status: int) -> None:
    async def elsewhere(received: Received) -> web.StreamResponse:
        return web.Response(status=status, headers={"Location": "/then"})

    receiver.reply = elsewhere
    assert (await called(receiver.url)).status == status
    assert len(receiver.received) == 1


async def test_a_redirect_carries_credentials_to_the_same_server_only(receiver: Receiver) -> None:
    async with receiving() as other:
        onward = {"/first": "/second", "/second": f"{other.url}/third"}

        async def elsewhere(received: Received) -> web.StreamResponse:
            return web.Response(status=307, headers={"Location": onward[received.url.removeprefix(receiver.url)]})

        receiver.reply = elsewhere
        await called(receiver.url.replace("://", "://dana:p%40ss@") + "/first")
        assert [each.headers.get("Authorization") for each in receiver.received] == [BASIC, BASIC]
        (third,) = other.received
        assert "Authorization" not in third.headers
        assert third.parameters == TOLD
        assert is_believed(third)


async def test_all_redirects_together_have_the_time_of_one_call(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbound, "CALL_TIMEOUT_SECONDS", 0.2)
    over = asyncio.Event()

    async def slowly(received: Received) -> web.StreamResponse:
        if received.url.endswith("/first"):
            return web.Response(status=307, headers={"Location": "/then"})
        await over.wait()
        return web.Response()

    receiver.reply = slowly
    exchange = await called(receiver.url + "/first")
    over.set()
    assert exchange.fault is Fault.TIMEOUT
    assert exchange.request.url == receiver.url + "/then"


@asynccontextmanager
async def hanging_up(answers: int) -> AsyncIterator[tuple[str, list[int]]]:
    """A server that takes *answers* calls on a connection, and hangs up when the next one has come in; its URL, and
    for each call that came in the number of its connection."""
    calls: list[int] = []
    connections: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer)
        number = len(connections)
        for _ in range(answers):
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(int(head.lower().split(b"content-length:")[1].split()[0]))
            calls.append(number)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        calls.append(number)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", calls
        for writer in connections:
            writer.close()


async def test_a_call_that_met_a_closing_connection_is_made_again_on_a_new_one() -> None:
    async with hanging_up(answers=1) as (url, calls), Client(Guard(allow_private=True)) as client:
        for _ in range(2):
            exchange = await call(client, "POST", url, TOLD, TOKEN, "a token")
            assert exchange.status == 200
        assert calls == [1, 1, 2]


async def test_who_hangs_up_on_a_new_connection_is_not_called_again() -> None:
    async with hanging_up(answers=0) as (url, calls):
        assert (await called(url)).fault is Fault.UNREACHABLE
        assert calls == [1]
