"""Claims: who has a lane, and that nothing stands still when a process, the database or the clock has a bad moment."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from tempfile import TemporaryDirectory

import pytest
from aiohttp import web

from parlour.core.audience import Audience
from parlour.delivery.queries import lanes
from parlour.outbound import client
from parlour.runtime.metrics import LANES
from tests.account_client import AccountClient, new_account
from tests.database import migrated_database
from tests.deliveries import recorded
from tests.folders import reachable_folder
from tests.metrics import scraped_until, total
from tests.receiver import Received, Receiver
from tests.relay import relayed
from tests.server import MovableClock, serving
from tests.webhooks.conftest import attempted, listen, made, replying

AUDIENCES = [Audience.WEBHOOK]


@pytest.fixture(autouse=True)
def _claims_that_do_not_run_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a test fails where somebody waits for that."""
    monkeypatch.setattr(lanes, "CLAIM_SECONDS", 200)
    monkeypatch.setattr(client, "CALL_TIMEOUT_SECONDS", 100.0)


@pytest.fixture
async def database(postgres: str) -> AsyncIterator[str]:
    async with migrated_database(postgres) as url:
        yield url


class Held:
    """A receiver's way to answer: nothing until it is let go."""

    def __init__(self) -> None:
        self.over = asyncio.Event()

    async def __call__(self, received: Received) -> web.StreamResponse:
        await self.over.wait()
        return web.Response()


async def test_every_conversation_goes_on_when_the_database_is_back(database: str, receiver: Receiver) -> None:
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory(dir=reachable_folder()))
        relay = await stack.enter_async_context(relayed(database, folder))
        api = await new_account(await stack.enter_async_context(serving(relay.url)))
        await listen(api, receiver.url)
        receiver.reply = held = Held()
        rooms = [await made(api, "/Conversations") for _ in range(5)]
        await receiver.take(5)
        await relay.cut()
        held.over.set()
        receiver.reply = None
        await scraped_until(api, lambda samples: total(samples, LANES.name) == 0)
        await relay.mend()
        again = await receiver.take(5)
        assert sorted(each.parameters["ConversationSid"] for each in again) == sorted(room["sid"] for room in rooms)
        rows = await recorded(api, 5)
        assert {row["state"] for row in rows} == {"delivered"}


async def test_a_claim_whose_answer_was_lost_is_given_back(database: str, receiver: Receiver) -> None:
    async with serving(database) as parlour:
        api = await new_account(parlour)
        await listen(api, receiver.url)
        receiver.reply = replying(503)
        await made(api, "/Conversations")
        await attempted(api, 1)
        async with parlour.inside.database.session() as reading:
            owner = await reading.fetchval("select claimed_by from delivery_lanes")
            await reading.execute(
                "update delivery_lanes set claimed_until = clock_timestamp() + interval '100 seconds', due_at = now()"
            )
            assert (
                await lanes.claim(reading, parlour.clock.now(), "another", limit=9, busy=[], audiences=AUDIENCES) == []
            )
            await lanes.release(reading, "another", ())
            assert (
                await lanes.claim(reading, parlour.clock.now(), "another", limit=9, busy=[], audiences=AUDIENCES) == []
            )
            held = await reading.fetchone("select account_sid, lane from delivery_lanes")
            await lanes.release(reading, owner, [tuple(held)])
            assert (
                await lanes.claim(reading, parlour.clock.now(), "another", limit=9, busy=[], audiences=AUDIENCES) == []
            )
            receiver.reply = None
            await lanes.release(reading, owner, ())
        assert {row["state"] for row in await recorded(api)} == {"delivered"}


async def test_a_process_that_ends_gives_its_lanes_back(database: str, receiver: Receiver) -> None:
    receiver.reply = held = Held()
    async with serving(database) as first:
        api = await new_account(first)
        await listen(api, receiver.url)
        await made(api, "/Conversations", FriendlyName="handed over")
        await receiver.next()
    receiver.reply = None
    async with serving(database):
        assert (await receiver.next()).parameters["FriendlyName"] == "handed over"
    held.over.set()


async def test_a_clock_that_is_put_back_leaves_no_lane_behind(
    told: AccountClient, receiver: Receiver, clock: MovableClock
) -> None:
    receiver.reply = replying(503)
    clock.advance(timedelta(hours=5))
    await made(told, "/Conversations")
    await attempted(told, 1)
    receiver.reply = None
    clock.release()
    (row,) = await recorded(told)
    assert (row["state"], row["attempts_count"]) == ("delivered", 2)


async def test_a_clock_of_the_database_that_is_put_back_leaves_no_lane_behind(
    told: AccountClient, receiver: Receiver, clock: MovableClock
) -> None:
    clock.freeze()
    receiver.reply = replying(503)
    await made(told, "/Conversations")
    await attempted(told, 1)
    async with told.parlour.inside.database.session() as reading:
        await reading.execute(
            """update delivery_lanes set claimed_until = clock_timestamp() + interval '2 hours', claimed_by = 'gone'
               where account_sid = $1""",
            told.account,
        )
    receiver.reply = None
    clock.advance(timedelta(seconds=1))
    (row,) = await recorded(told)
    assert row["state"] == "delivered"
