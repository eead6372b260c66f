"""The clock over REST: what it shows, the moves it takes, and who follows it."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web

from parlour.core.clock import VirtualClock
from parlour.storage.database import Database
from tests.account_client import AccountClient, new_account
from tests.conformance.openapi import fetched
from tests.conformance.published import OURS
from tests.database import migrated_database
from tests.journeys.plain import contradictions
from tests.receiver import Received, receiving
from tests.server import serving
from tests.webhooks.conftest import listen, made, replying

CLOCK = "/parlour/v1/Clock"
BOTH = {"Timers.Inactive": "PT1M", "Timers.Closed": "PT10M"}
NOON = datetime(2031, 5, 1, 12, tzinfo=UTC)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def moved(api: AccountClient, **move: str) -> datetime:
    """What the clock shows after the move."""
    return moment((await api.post(CLOCK, **move)).row["now"])


async def shown(api: AccountClient) -> datetime:
    return moment((await api.get(CLOCK)).row["now"])


async def test_the_machines_clock_is_shown_and_cannot_be_moved(api: AccountClient) -> None:
    before, row, after = datetime.now(UTC), (await api.get(CLOCK)).row, datetime.now(UTC)
    assert (row["type"], row["frozen"], row["offset"]) == ("system", False, 0.0)
    assert before <= moment(row["now"]) <= after
    assert row["url"] == f"{api.url}{CLOCK}"
    refused = await api.post(CLOCK, Advance="PT1H")
    assert refused.refusal == (409, 20409)
    assert "PARLOUR_CLOCK=virtual" in refused.message
    assert await shown(api) - after < timedelta(minutes=1)


async def test_a_virtual_clock_begins_as_the_machines(virtual: AccountClient) -> None:
    before, row, after = datetime.now(UTC), (await virtual.get(CLOCK)).row, datetime.now(UTC)
    assert (row["type"], row["frozen"]) == ("virtual", False)
    assert before <= moment(row["now"]) <= after
    (await fetched(virtual)).check_answer(OURS["FetchClock"], await virtual.get(CLOCK))


async def test_a_frozen_clock_stands_until_it_is_moved(virtual: AccountClient) -> None:
    at = await moved(virtual, Freeze="true")
    assert at == await shown(virtual) == await shown(virtual)
    assert (await virtual.made("/Conversations"))["date_created"] == f"{at:%Y-%m-%dT%H:%M:%SZ}"
    assert await moved(virtual, Advance="PT1H30M") == at + timedelta(minutes=90) == await shown(virtual)
    assert await moved(virtual, Set="2031-05-01T12:00:00Z") == NOON == await shown(virtual)
    assert (await virtual.get(CLOCK)).row["frozen"]


async def test_a_clock_runs_on_from_where_it_stood(virtual: AccountClient) -> None:
    assert await moved(virtual, Freeze="2031-05-01T12:00:00Z") == NOON
    resumed = (await virtual.post(CLOCK, Resume="true")).row
    assert not resumed["frozen"]
    assert NOON <= moment(resumed["now"]) < await shown(virtual) < NOON + timedelta(minutes=1)
    assert resumed["offset"] > 0


async def test_a_running_clock_runs_on_after_a_move(virtual: AccountClient) -> None:
    before = await shown(virtual)
    after = await moved(virtual, Advance="P30D")
    assert timedelta(days=30) <= after - before < timedelta(days=30, minutes=1)
    assert after < await shown(virtual)
    assert NOON <= await moved(virtual, Set="2031-05-01T14:00:00+02:00") < NOON + timedelta(minutes=1)
    assert await shown(virtual) > NOON
    back = (await virtual.post(CLOCK, Set="2020-02-02")).row
    assert moment(back["now"]).date() == datetime(2020, 2, 2, tzinfo=UTC).date()
    assert back["offset"] < 0


@pytest.mark.parametrize(
    "move",
    [
        {},
        {"Advance": "PT1H", "Freeze": "true"},
        {"Resume": "false"},
        {"Advance": ""},
        {"Advance": "PT0S"},
        {"Advance": "1h"},
        {"Advance": "P101Y"},
        {"Set": "tomorrow"},
        {"Set": ""},
        {"Freeze": "false"},
        {"Resume": "yes"},
        {"Set": "1969-12-31"},
        {"Freeze": "3001-01-01T00:00:00Z"},
    ],
    ids=str,
)
async def test_what_is_no_move_is_refused_and_moves_nothing(virtual: AccountClient, move: dict[str, str]) -> None:
    assert (await virtual.post(CLOCK, **move)).refusal == (400, 20001)
    assert abs(await shown(virtual) - datetime.now(UTC)) < timedelta(minutes=1)


async def test_when_a_move_is_answered_the_timers_have_run_out_in_their_order(virtual: AccountClient) -> None:
    for name, timers in {
        "a": BOTH,
        "b": {"Timers.Inactive": "PT2M", "Timers.Closed": "PT12M"},
        "c": {"Timers.Closed": "PT11M"},
        "d": {"Timers.Inactive": "P1D"},
    }.items():
        await virtual.made("/Conversations", UniqueName=name, **timers)
    await moved(virtual, Advance="PT1H")
    assert [(await virtual.get(f"/Conversations/{name}")).row["state"] for name in "abcd"] == ["closed"] * 3 + [
        "active"
    ]
    assert await state_changes(virtual) == ["a inactive", "b inactive", "a closed", "c closed", "b closed"]
    assert await contradictions(virtual.parlour.inside.database, virtual.service) == {}


async def state_changes(api: AccountClient) -> list[str]:
    async with api.parlour.inside.database.session() as reading:
        rows = await reading.fetch("select payload from events where type = 'ConversationStateUpdated' order by id")
    told: list[dict[str, Any]] = [row["payload"]["conversation"] for row in rows]
    return [f"{each['unique_name']} {each['state']}" for each in told]


async def test_another_try_of_a_webhook_follows_the_clock(virtual: AccountClient) -> None:
    async with receiving() as receiver:
        await listen(virtual, receiver.url)
        await moved(virtual, Freeze="true")
        receiver.reply = replying(503)
        await made(virtual, "/Conversations")
        for number, span in enumerate(("PT0H1S", "PT2S", "PT4S")):
            assert (await receiver.next()).parameters["RetryCount"] == str(number)
            await tried(virtual, number + 1)
            await moved(virtual, Advance=span)
        assert (await receiver.next()).parameters["RetryCount"] == "3"


async def tried(api: AccountClient, times: int) -> None:
    """The delivery has been tried so often, and it is kept."""
    async with api.parlour.inside.database.session() as reading, asyncio.timeout(30):
        while await reading.fetchval("select count(*) from attempts") < times:
            continue


async def test_webhooks_arrive_while_the_clock_stands(virtual: AccountClient) -> None:
    async with receiving() as receiver:
        await listen(virtual, receiver.url)
        await moved(virtual, Freeze="true")
        await virtual.made("/Conversations", UniqueName="talk")
        entered, leave = asyncio.Event(), asyncio.Event()

        async def slow(received: Received) -> web.StreamResponse:
            entered.set()
            await leave.wait()
            return web.Response()

        receiver.reply = slow
        await made(virtual, "/Conversations/talk/Messages", Body="one")
        await entered.wait()
        await made(virtual, "/Conversations/talk/Messages", Body="two")
        async with virtual.parlour.inside.database.session() as reading, asyncio.timeout(30):
            while await reading.fetchval("select count(*) from deliveries") < 2:
                continue
        leave.set()
        assert [each.parameters["Body"] for each in await receiver.take(2)] == ["one", "two"]


async def test_nothing_waits_for_a_time_that_was_taken_back(virtual: AccountClient) -> None:
    async with receiving() as receiver:
        await listen(virtual, receiver.url)
        await moved(virtual, Freeze="2031-05-01T12:00:00Z")
        receiver.reply = replying(503)
        await made(virtual, "/Conversations", FriendlyName="one")
        await receiver.next()
        await tried(virtual, 1)
        receiver.reply = None
        await moved(virtual, Set="2021-05-01T12:00:00Z")
        assert (await receiver.next()).parameters["RetryCount"] == "1"


async def test_every_process_on_the_database_has_the_same_clock(postgres: str) -> None:
    async with (
        migrated_database(postgres) as url,
        serving(url, clock="virtual") as one,
        serving(url, clock="virtual") as two,
    ):
        first = await new_account(one)
        await moved(first, Freeze="2031-05-01T12:00:00Z")
        there = two.inside.clock
        assert isinstance(there, VirtualClock)
        async with two.inside.database.session() as reading, asyncio.timeout(5):
            while there.pace.moves == 0:
                await reading.ping()
        assert there.now() == NOON
        second = await new_account(two)
        await asyncio.gather(*(moved(api, Advance="PT1M") for api in (first, second) * 5))
        assert await shown(first) == await shown(second) == NOON + timedelta(minutes=10)


async def test_a_clock_that_was_frozen_stands_after_a_restart_and_runs_out_what_it_slept_past(postgres: str) -> None:
    async with migrated_database(postgres) as url:
        async with serving(url, clock="virtual") as parlour:
            api = await new_account(parlour)
            await moved(api, Freeze="2031-05-01T12:00:00Z")
            await api.made("/Conversations", UniqueName="talk", **BOTH)
        async with Database(url, connections=1) as database, database.session() as connection:
            await connection.execute(
                "update virtual_clock set frozen_at = frozen_at + interval '1 day', moves = moves + 1"
            )
        async with serving(url, clock="virtual") as parlour:
            assert parlour.inside.clock.now() == NOON + timedelta(days=1)
            async with parlour.inside.database.session() as reading, asyncio.timeout(30):
                while await reading.fetchval("select state from conversations") != "closed":
                    continue
