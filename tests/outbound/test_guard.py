"""The guard: no webhook reaches what only this machine or its network can reach, however the URL is written."""

import socket
from ipaddress import ip_address

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from parlour.outbound.client import Client, Exchange, Fault
from parlour.outbound.guard import Guard, is_public
from parlour.webhooks.request import SignedRequest, call
from tests.receiver import Received, Receiver

PRIVATE = [
    "127.0.0.1",
    "127.8.9.10",
    "10.0.0.1",
    "172.16.5.4",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "255.255.255.255",
    "224.0.0.1",
    "192.0.2.1",
    "::1",
    "::",
    "fe80::1",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::7f00:1",
    "::127.0.0.1",
    "::ffff:0:127.0.0.1",
    "fec0::1",
    "192.88.99.1",
    "2002:7f00:1::1",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_is_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_an_address_is_public(address: str) -> None:
    assert is_public(ip_address(address))


class Names(AbstractResolver):
    """Answers every name with one address."""

    def __init__(self, address: str) -> None:
        self._address = address

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [ResolveResult(hostname=host, host=self._address, port=port, family=socket.AF_INET, proto=0, flags=0)]

    async def close(self) -> None:
        return None


async def called(guard: Guard, url: str) -> Exchange[SignedRequest]:
    async with Client(guard) as client:
        return await call(client, "POST", url, {"A": "1"}, "secret", "token")


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "localhost", "0", "2130706433", "0x7f.1", "127.1"]
)
async def test_a_loopback_address_is_not_called_however_it_is_written(receiver: Receiver, host: str) -> None:
    port = receiver.url.rpartition(":")[2]
    exchange = await called(Guard(allow_private=False), f"http://{host}:{port}/")
    assert exchange.status is None
    assert exchange.fault in (Fault.FORBIDDEN, Fault.UNREACHABLE)
    assert receiver.received == []


async def test_a_name_that_leads_to_a_private_address_is_not_called(receiver: Receiver) -> None:
    guard = Guard(allow_private=False, resolver=Names("127.0.0.1"))
    exchange = await called(guard, f"http://public.example.test:{receiver.url.rpartition(':')[2]}/")
    assert exchange.fault is Fault.FORBIDDEN
    assert "127.0.0.1" in (exchange.error or "")
    assert receiver.received == []


async def test_where_private_addresses_are_allowed_the_name_is_called(receiver: Receiver) -> None:
    guard = Guard(allow_private=True, resolver=Names("127.0.0.1"))
    exchange = await called(guard, f"http://public.example.test:{receiver.url.rpartition(':')[2]}/")
    assert exchange.status == 200


async def test_a_redirect_to_another_scheme_is_not_followed(receiver: Receiver) -> None:
    async def away(received: Received) -> web.StreamResponse:
        return web.Response(status=307, headers={"Location": "file:///etc/passwd"})

    receiver.reply = away
    exchange = await called(Guard(allow_private=True), receiver.url)
    assert exchange.fault is Fault.FORBIDDEN


async def test_an_answer_is_read_up_to_its_bound(receiver: Receiver) -> None:
    async def endless(received: Received) -> web.StreamResponse:
        return web.Response(body=b"x" * 1_000_000)

    receiver.reply = endless
    exchange = await called(Guard(allow_private=True), receiver.url)
    assert (exchange.status, len(exchange.body)) == (200, 64 * 1024)


async def test_headers_beyond_all_measure_are_no_answer(receiver: Receiver) -> None:
    async def verbose(received: Received) -> web.StreamResponse:
        return web.Response(headers={"X-Much": "x" * 100_000})

    receiver.reply = verbose
    exchange = await called(Guard(allow_private=True), receiver.url)
    assert exchange.fault is Fault.UNREACHABLE


async def test_compressed_answers_are_not_blown_up(receiver: Receiver) -> None:
    async def bomb(received: Received) -> web.StreamResponse:
        response = web.Response(body=b"0" * 10_000_000)
        response.enable_compression(web.ContentCoding.gzip)
        return response

    receiver.reply = bomb
    exchange = await called(Guard(allow_private=True), receiver.url)
    assert exchange.status == 200
    assert len(exchange.body.encode()) < 1_000_000
