"""Several processes let timers run out, each of them once and all in their order, whoever is killed meanwhile."""

import asyncio
import signal
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import aiohttp

from parlour.storage.database import Database
from tests.account_client import AccountClient
from tests.cli.running import run_command
from tests.journeys.conftest import Start, account_of
from tests.journeys.plain import contradictions
from tests.receiver import Receiver, receiving
from tests.webhooks.conftest import listen

MANY = 300
UPDATED, STATE_UPDATED = "onConversationUpdated", "onConversationStateUpdated"

Step = tuple[timedelta, str, str]
"""After which time, and what becomes of which conversation."""


async def furnish(api: AccountClient) -> list[Step]:
    """Conversations whose timers run out at as many different moments; what becomes of them, in its order."""
    steps: list[Step] = []
    for number in range(MANY):
        inactive, closed = 60 + number * 37 % MANY, 600 + number * 91 % MANY
        timers = {"Timers.Inactive": f"PT{inactive}S", "Timers.Closed": f"PT{closed}S"}
        sid = (await api.made("/Conversations", **timers))["sid"]
        steps += [(timedelta(seconds=inactive), sid, "inactive"), (timedelta(seconds=closed), sid, "closed")]
    return sorted(steps)


async def changes(database: Database) -> list[tuple[str, str]]:
    """The states that timers made, in the order of the log."""
    async with database.session() as reading:
        rows = await reading.fetch(
            """select conversation_sid, payload #>> '{conversation,state}', payload ->> 'reason' from events
               where type = 'ConversationStateUpdated' order by id"""
        )
    assert {row[2] for row in rows} <= {"TIMER"}
    return [(row[0], row[1]) for row in rows]


async def hear(receiver: Receiver) -> dict[str, list[tuple[str, str]]]:
    """What webhooks were told of each conversation, until all is told; what is told again is left out."""
    heard: dict[str, list[tuple[str, str]]] = defaultdict(list)
    tokens: set[str] = set()
    while len(tokens) < 4 * MANY:
        received = await receiver.next()
        token = received.headers["I-Twilio-Idempotency-Token"]
        if token not in tokens:
            tokens.add(token)
            state = received.parameters.get("StateTo") or received.parameters["State"]
            heard[received.parameters["ConversationSid"]].append((received.event, state))
    return heard


async def test_each_timer_runs_out_once_and_in_its_turn_among_processes_of_which_one_is_killed(
    start: Start, own_database: str, client: aiohttp.ClientSession
) -> None:
    words = ("--database-url", own_database, "--clock", "virtual", "--webhook-allow-private")
    servers = [await start(*words), await start(*words, "--workers", "2"), await start(*words)]
    api = account_of(servers[0], client)
    async with receiving() as receiver, Database(own_database, connections=2) as database:
        await listen(api, receiver.url)
        frozen = (await api.post("/parlour/v1/Clock", Freeze="true")).row
        steps = await furnish(api)
        hour = datetime.fromisoformat(frozen["now"]) + timedelta(hours=1)
        async with database.session() as connection, asyncio.timeout(60):
            # As if by another process: all of these notice it at the same time.
            await connection.execute("update virtual_clock set frozen_at = $1, moves = moves + 1", hour)
            while not await changes(database):
                continue
            servers[2].process.send_signal(signal.SIGKILL)
            while await connection.fetchval("select count(*) from conversations where state <> 'closed'"):
                continue
        found = await changes(database)
        assert Counter(found) == Counter((sid, state) for _, sid, state in steps)
        assert found == [(sid, state) for _, sid, state in steps]
        service = (await api.get("/Conversations")).rows[0]["chat_service_sid"]
        assert await contradictions(database, service) == {}
        told = await hear(receiver)
    both = [(event, state) for state in ("inactive", "closed") for event in (UPDATED, STATE_UPDATED)]
    assert told == {sid: both for _, sid, _ in steps}


async def test_what_was_slept_past_happens_when_a_server_is_there_again(
    start: Start, own_database: str, client: aiohttp.ClientSession
) -> None:
    words = ("--database-url", own_database, "--clock", "virtual")
    serving = await start(*words)
    api = account_of(serving, client)
    await api.made("/Conversations", UniqueName="talk", **{"Timers.Inactive": "PT1M", "Timers.Closed": "PT10M"})
    serving.process.send_signal(signal.SIGKILL)
    await asyncio.to_thread(serving.process.wait)
    async with Database(own_database, connections=1) as database, database.session() as connection:
        await connection.execute("update virtual_clock set ahead = $1, moves = moves + 1", timedelta(days=1))
    api = replace(account_of(await start(*words), client), token=api.token)
    async with asyncio.timeout(30):
        while (await api.get("/Conversations/talk")).row["state"] != "closed":
            continue
    async with Database(own_database, connections=1) as database:
        assert [state for _, state in await changes(database)] == ["inactive", "closed"]


async def test_what_is_due_has_happened_when_the_command_that_moved_the_clock_ends(
    start: Start, own_database: str, folder: Path, client: aiohttp.ClientSession
) -> None:
    serving = await start("--database-url", own_database, "--clock", "virtual")
    assert any("The clock is virtual" in line for line in serving.lines)
    api = account_of(serving, client)
    await api.made("/Conversations", UniqueName="talk", **{"Timers.Inactive": "PT1M", "Timers.Closed": "PT10M"})
    where: dict[str, str | Path] = {"database_url": own_database, "clock": "virtual", "data": folder / "data"}
    done = await asyncio.to_thread(run_command, "clock", "advance", "PT1M", **where)
    assert done.status == 0, done.err
    assert (await api.get("/Conversations/talk")).row["state"] == "inactive"
    assert (await api.get("/parlour/v1/Clock")).row["offset"] >= 60
