"""Does the socket client of the tests see what is wrong, and hand out what it was sent?"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import jwt
import pytest
from websockets.asyncio.server import ServerConnection, serve

from tests.access_tokens import new_key, token_for
from tests.account_client import AccountClient
from tests.twilsock import Packet, connected, dialled, read, written

OK = {"code": 200, "status": "OK"}
GOOD = written({"method": "notification", "id": "1", "message_type": "twilio.sync.event"}, b'{"a":"\xc3\xa4\\r\\n"}')


@dataclass(frozen=True)
class Elsewhere:
    url: str


@asynccontextmanager
async def peer(answer: Callable[[ServerConnection, Packet], Awaitable[None]]) -> AsyncIterator[Elsewhere]:
    """A server that does with each packet what the test says."""

    async def talk(connection: ServerConnection) -> None:
        async for message in connection:
            await answer(connection, read(message))

    async with serve(talk, "127.0.0.1", 0) as server:
        yield Elsewhere(f"http://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}")


def reply(to: Packet, payload: bytes = b"", **header: Any) -> bytes:
    return written({"method": "reply", "id": to.header["id"], "status": OK, **header}, payload)


def test_reads_a_packet_by_its_sizes() -> None:
    for message in (GOOD, GOOD + b"\r\n"):
        assert read(message).json == {"a": "ä\r\n"}


@pytest.mark.parametrize(
    "message",
    [
        GOOD.decode(),
        GOOD.replace(b"V3.0", b"V2.0"),
        GOOD[:-1],
        GOOD + b"\r\nmore",
        GOOD.replace(b'{"a"', b'["a"'),
        written({"method": "notification", "id": ""}),
        written({"method": "notification", "id": "1"}).replace(b"payload_size", b"payload_SIZE"),
    ],
)
def test_refuses_what_is_no_packet(message: bytes | str) -> None:
    with pytest.raises((AssertionError, KeyError, ValueError)):
        read(message)


async def test_sorts_replies_and_notifications_and_acknowledges() -> None:
    acknowledged = asyncio.Event()

    async def answer(connection: ServerConnection, packet: Packet) -> None:
        if packet.method == "reply":
            assert packet.status == 200
            acknowledged.set()
        elif packet.method == "init":
            await connection.send(reply(packet))
        else:
            assert packet.header["http_request"]["params"] == {"Key": "a%2Fb"}
            await connection.send(GOOD)
            await connection.send(reply(packet, b'{"x":1}', http_status={"code": 201, "status": "Created"}))

    async with peer(answer) as there, connected(there, "token") as client:
        answered = await client.get("/v3/Maps/MP1", Key="a/b")
        assert (answered.status, answered.row) == (201, {"x": 1})
        assert (await client.notification("twilio.sync.event")).json == {"a": "ä\r\n"}
        async with asyncio.timeout(30):
            await acknowledged.wait()


async def test_a_fault_of_the_server_fails_the_test() -> None:
    async def answer(connection: ServerConnection, packet: Packet) -> None:
        await connection.send(b"nonsense")

    async with peer(answer) as there:
        with pytest.raises(AssertionError, match="nonsense"):
            async with dialled(there) as client:
                await client.log_in("token")


async def test_signs_as_others_do(api: AccountClient) -> None:
    key = await new_key(api)
    token = await token_for(api, "alice", key=key, iat=None)
    claims = jwt.decode(token, key[1], algorithms=["HS256"])
    assert claims["grants"] == {"identity": "alice", "chat": {"service_sid": api.service}}
    assert "iat" not in claims
    assert jwt.get_unverified_header(token)["cty"] == "twilio-fpa;v=1"
