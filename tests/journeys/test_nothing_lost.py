"""What was committed is delivered: servers are killed under load, and a receiver that remembers looks for gaps."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise

import aiohttp
import pytest
from aiohttp import web

from tests.account_client import AccountClient
from tests.cli.running import Serving
from tests.journeys.conftest import Start, account_of
from tests.receiver import Received, Receiver, receiving
from tests.webhooks.conftest import listen, made

CLIENTS = 8
ENOUGH = 150
"""Messages that were answered when a server is killed."""
TURNS = 2
"""How often one is."""


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as listening:
        yield listening


@dataclass
class Load:
    """Clients that post messages with webhooks until nobody answers any more."""

    conversations: Sequence[str]
    answered: set[str] = field(default_factory=set)
    """The SIDs of messages that were answered 201."""

    async def run(self, api: AccountClient, until: int) -> None:
        """Posts until *until* messages were answered in all, or the server is gone."""
        await asyncio.gather(*(self._talk(api, number, until) for number in range(CLIENTS)))

    async def _talk(self, api: AccountClient, number: int, until: int) -> None:
        with suppress(aiohttp.ClientError, AssertionError):  # nobody there any more, or 503 from one about to die
            while len(self.answered) < until:
                path = f"/Conversations/{self.conversations[number % len(self.conversations)]}/Messages"
                self.answered.add((await made(api, path, Body=str(number)))["sid"])


async def is_told(receiver: Receiver, sids: set[str]) -> None:
    """Returns when each of the messages was told to the receiver."""
    missing = sids - {received.parameters["MessageSid"] for received in receiver.received}
    while missing:
        missing.discard((await receiver.next()).parameters["MessageSid"])


def check(received: Sequence[Received]) -> None:
    """Whatever was told twice carries one token, and the first tellings of a conversation are in its order."""
    tokens: dict[str, set[str]] = defaultdict(set)
    order: dict[str, list[int]] = defaultdict(list)
    for each in received:
        sid = each.parameters["MessageSid"]
        if sid not in tokens:
            order[each.parameters["ConversationSid"]].append(int(each.parameters["Index"]))
        tokens[sid].add(each.headers["I-Twilio-Idempotency-Token"])
    assert [sid for sid, found in tokens.items() if len(found) != 1] == []
    for indices in order.values():
        assert all(earlier < later for earlier, later in pairwise(indices)), indices


async def kill(serving: Serving) -> None:
    serving.process.kill()
    await asyncio.to_thread(serving.process.wait)


async def test_a_server_that_is_killed_under_load_loses_no_delivery(
    start: Start, receiver: Receiver, client: aiohttp.ClientSession
) -> None:
    serving = await start()
    api = account_of(serving, client)
    await listen(api, receiver.url)
    load = Load([(await api.made("/Conversations"))["sid"] for _ in range(4)])
    for turn in range(1, TURNS + 1):
        busy = asyncio.create_task(load.run(api, ENOUGH * (turn + 1)))
        while len(load.answered) < ENOUGH * turn:
            await receiver.next()
        await kill(serving)
        await busy
        serving = await start()
        api = account_of(serving, client)
    await is_told(receiver, load.answered)
    check(receiver.received)


async def test_several_processes_share_the_deliveries_without_doubling_them(
    start: Start, own_database: str, receiver: Receiver, client: aiohttp.ClientSession
) -> None:
    words = ("--database-url", own_database, "--webhook-allow-private")
    servers = [await start(*words) for _ in range(2)]
    accounts = [account_of(serving, client) for serving in servers]
    await listen(accounts[0], receiver.url)
    load = Load([(await accounts[0].made("/Conversations"))["sid"] for _ in range(6)])
    await asyncio.gather(*(load.run(api, 200) for api in accounts))
    await is_told(receiver, load.answered)
    check(receiver.received)
    assert len(receiver.received) == len(load.answered), "nobody died, so nothing is told twice"


async def test_what_a_killed_process_was_sending_is_sent_by_another(
    start: Start, own_database: str, receiver: Receiver, client: aiohttp.ClientSession
) -> None:
    begun, never = asyncio.Event(), asyncio.Event()

    async def silent(received: Received) -> web.StreamResponse:
        begun.set()
        await never.wait()
        return web.Response()

    words = ("--database-url", own_database, "--webhook-allow-private")
    doomed, survivor = [await start(*words) for _ in range(2)]
    api = account_of(doomed, client)
    await listen(api, receiver.url)
    conversation = (await api.made("/Conversations"))["sid"]
    receiver.reply = silent
    message = await made(api, f"/Conversations/{conversation}/Messages", Body="hello")
    await begun.wait()
    receiver.reply = None
    await kill(doomed)
    first, again = [await receiver.next() for _ in range(2)]
    assert first.parameters["MessageSid"] == again.parameters["MessageSid"] == message["sid"]
    assert first.headers["I-Twilio-Idempotency-Token"] == again.headers["I-Twilio-Idempotency-Token"]
    assert survivor.process.poll() is None
