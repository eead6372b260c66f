"""Clients that ask for much and do not read it cost a real server little memory."""

import asyncio
import json
import socket
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import pytest

from parlour.storage.feed import BATCH_BYTES
from tests.account_client import AccountClient
from tests.cli.running import Serving
from tests.feed import EVENTS, chain
from tests.journeys.conftest import Start, account_of

CLIENTS = 40
MAX_GROWTH = 200 * 1000 * 1000
"""Bytes by which the server may grow while so many clients do not read."""
FACTS = 1200
BODY = "\x01" * 32_000
"""Takes six times as many bytes in an answer."""

_REPEATED = f"""
insert into events (service_sid, id, account_sid, conversation_sid, type, source, audiences, payload, created_at)
  select service_sid, nextval('event_ids'), account_sid, conversation_sid, type, source, audiences,
    jsonb_set(payload, '{{message,index}}', to_jsonb(number)), created_at
  from events, generate_series(1, {FACTS} - 1) as number where type = 'MessageAdded';
insert into messages
  select (jsonb_populate_record(first, jsonb_build_object('index', number, 'sid', left(sid, -4) || 1000 + number))).*
  from messages as first, generate_series(1, 100) as number;
"""
"""Many of what there is one of."""

MEMBERSHIPS = 1000
ATTRIBUTES = json.dumps({"note": "x" * 16_000})
_REPEATED_MEMBERSHIP = f"""
insert into conversations
  select (jsonb_populate_record(first, jsonb_build_object(
    'unique_name', 'room-' || number, 'sid', left(sid, -4) || 1000 + number))).*
  from conversations as first, generate_series(1, {MEMBERSHIPS}) as number;
insert into participants
  select (jsonb_populate_record(first, jsonb_build_object(
    'sid', left(sid, -4) || 1000 + number, 'conversation_sid', left(conversation_sid, -4) || 1000 + number))).*
  from participants as first, generate_series(1, {MEMBERSHIPS}) as number;
"""


@pytest.fixture
async def full(
    start: Start, folder: Path, own_database: str, client: aiohttp.ClientSession
) -> tuple[Serving, AccountClient]:
    """A server that has much to tell."""
    serving = await start("--data", str(folder / "key"), "--database-url", own_database)
    api = account_of(serving, client)
    await api.made("/Conversations", UniqueName="room")
    await api.made("/Conversations/room/Messages", Body=BODY)
    connection = await asyncpg.connect(own_database)
    await connection.execute(_REPEATED)
    await connection.close()
    return serving, api


async def test_pages_of_the_feed_that_are_not_read(full: tuple[Serving, AccountClient]) -> None:
    serving, api = full
    grown = await growth(serving, api, f"{EVENTS}?PageSize=1000&Wait=0")
    assert grown < MAX_GROWTH, grown

    page: dict[str, Any] = (await api.get(EVENTS, PageSize=1000, Wait=0)).json
    assert page["meta"]["has_more"]
    assert len(json.dumps(page).encode()) < 2 * BATCH_BYTES
    events, _ = await chain(api, PageSize=1000)
    told = [event["payload"]["message"]["index"] for event in events if event["type"] == "MessageAdded"]
    assert told == list(range(FACTS))


async def test_lists_that_are_not_read(full: tuple[Serving, AccountClient]) -> None:
    """They are as long as the published API has them; so who does not read is cut off when it is too much in all."""
    serving, api = full
    path = "/Conversations/room/Messages?PageSize=100"
    size = len((await api.get(path)).body)
    grown = await growth(serving, api, path)
    assert size > 100 * 6 * len(BODY)
    assert grown < CLIENTS * size / 2, grown


@pytest.fixture
async def crowded(
    start: Start, folder: Path, own_database: str, client: aiohttp.ClientSession
) -> tuple[Serving, AccountClient]:
    """A server with a user who takes part in much."""
    serving = await start("--data", str(folder / "key"), "--database-url", own_database)
    api = account_of(serving, client)
    await api.made("/Conversations", UniqueName="room", Attributes=ATTRIBUTES)
    await api.made("/Conversations/room/Participants", Identity="alice")
    connection = await asyncpg.connect(own_database)
    await connection.execute(_REPEATED_MEMBERSHIP)
    await connection.close()
    return serving, api


@pytest.mark.parametrize(
    "path",
    [
        "/ParticipantConversations?Identity=alice&PageSize=1000",
        "/ParticipantConversations?Identity=alice&PageSize=1000&Parlour-Sort=created",
        "/Users/alice/Conversations?PageSize=1000",
    ],
)
async def test_memberships_that_are_not_read(crowded: tuple[Serving, AccountClient], path: str) -> None:
    serving, api = crowded
    assert len((await api.get(path)).body) > MEMBERSHIPS * len(ATTRIBUTES)
    grown = await growth(serving, api, path)
    assert grown < MAX_GROWTH, grown


async def growth(serving: Serving, api: AccountClient, path: str) -> int:
    """By how many bytes the server grows at most while CLIENTS do not read what they asked for."""
    assert (await api.get(path)).status == 200
    before = forget_peak(serving)
    with ExitStack() as stack:
        async with asyncio.timeout(120):
            await asyncio.gather(*(ask_and_not_read(stack, serving, api, path) for _ in range(CLIENTS)))
            assert (await api.get(f"{serving.url}/healthz")).status == 200
        return peak(serving) - before


async def ask_and_not_read(stack: ExitStack, serving: Serving, api: AccountClient, path: str) -> None:
    """Returns as soon as the answer to a GET begins to arrive, of which nothing is taken while the stack is open."""
    loop, arrives = asyncio.get_running_loop(), asyncio.Event()
    connected = stack.enter_context(socket.socket())
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connected.setblocking(False)
    await loop.sock_connect(connected, serving.address)
    head = [
        f"GET {api.at(path).removeprefix(serving.url)} HTTP/1.1",
        "Host: parlour.test",
        f"Authorization: {api.credentials}",
        "",
        "",
    ]
    await loop.sock_sendall(connected, "\r\n".join(head).encode())
    loop.add_reader(connected, arrives.set)
    try:
        await arrives.wait()
    finally:
        loop.remove_reader(connected)
    with suppress(ConnectionError):  # cut off already, as one that reads nothing may be
        status = connected.recv(12, socket.MSG_PEEK)
        assert status in (b"HTTP/1.1 200", b"HTTP/1.1 503"), status  # 503: no connection to the database came free


def forget_peak(serving: Serving) -> int:
    """The bytes that the server has now, which count as the most that it has had."""
    Path(f"/proc/{serving.process.pid}/clear_refs").write_text("5")
    return peak(serving)


def peak(serving: Serving) -> int:
    """The most bytes of memory that the server has had."""
    status = Path(f"/proc/{serving.process.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024
