"""A conversation that somebody keeps locked: writes to it wait and are refused, and nothing else notices."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from tests.account_client import AccountClient, Answer, new_account
from tests.cli.running import PATIENCE
from tests.database import migrated_database
from tests.server import Parlour, serving

WAITING = 24
"""Writes that wait for the locked conversation, many more than there are connections."""
LONG = 120
"""Seconds that the server of these tests waits for a lock, so that whoever waits for one is seen to."""
ROUNDS = 5
"""How often the unrelated calls are made while the others wait."""
UNHURT_SECONDS = 2.0
"""In which unrelated calls are answered; a busy machine may take longer now and then, but not in every round."""
HURT_SECONDS = 8.0
"""What no unrelated call takes on any machine; one that waits for a connection or a lock takes longer."""


@pytest.fixture(scope="module")
async def patient(postgres: str) -> AsyncIterator[Parlour]:
    """A server that waits for locks for as long as a test may take."""
    async with (
        migrated_database(postgres) as url,
        serving(url, database_lock_timeout=LONG, database_statement_timeout=LONG) as parlour,
    ):
        yield parlour


@asynccontextmanager
async def locked(database_url: str, sid: str) -> AsyncIterator[None]:
    """Somebody else has the conversation locked, for the length of the block."""
    connection = await asyncpg.connect(database_url)
    try:
        async with connection.transaction():
            await connection.execute("select from conversations where sid = $1 for update", sid)
            yield
    finally:
        await connection.close()


async def until_somebody_waits(database_url: str) -> None:
    """Until a statement waits for a lock."""
    connection = await asyncpg.connect(database_url)
    try:
        async with asyncio.timeout(PATIENCE):
            while not await connection.fetchval(
                "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
            ):
                pass
    finally:
        await connection.close()


async def unrelated(api: AccountClient, room: str) -> None:
    """Lists, changes and messages elsewhere, each again and again, are answered as ever and as fast."""
    rounds = [await _seconds_of_a_round(api, room) for _ in range(ROUNDS)]
    assert min(rounds) < UNHURT_SECONDS
    assert max(rounds) < HURT_SECONDS


async def _seconds_of_a_round(api: AccountClient, room: str) -> float:
    began = time.monotonic()
    answers = await asyncio.gather(
        api.get("/Conversations"),
        api.get("/Users"),
        api.post("/Conversations"),
        api.post(f"/Conversations/{room}", FriendlyName="x"),
        api.post(f"/Conversations/{room}/Messages", Body="x"),
    )
    assert [answer.status for answer in answers] == [200, 200, 201, 200, 201]
    return time.monotonic() - began


@pytest.mark.parametrize("kind", ["messages", "changes", "horizons"])
async def test_writes_that_wait_for_a_conversation_leave_everything_else_alone(patient: Parlour, kind: str) -> None:
    api, url = await new_account(patient), patient.inside.database.url
    hot = (await api.post("/Conversations")).json["sid"]
    room = (await api.post("/Conversations")).json["sid"]
    assert (await api.post(f"/Conversations/{hot}/Messages", Body="x")).status == 201
    for number in range(WAITING):
        assert (await api.post(f"/Conversations/{hot}/Participants", Identity=f"user{number}")).status == 201

    def write(number: int) -> "asyncio.Task[Answer]":
        path, form = {
            "messages": (f"/Conversations/{hot}/Messages", {"Body": "x"}),
            "changes": (f"/Conversations/{hot}", {"FriendlyName": str(number)}),
            "horizons": (f"/Users/user{number}/Conversations/{hot}", {"LastReadMessageIndex": "0"}),
        }[kind]
        return asyncio.create_task(api.post(path, **form))

    async with locked(url, hot):
        writes = [write(number) for number in range(WAITING)]
        await until_somebody_waits(url)
        await unrelated(api, room)
        assert not all(write.done() for write in writes)
    answers = await asyncio.gather(*writes)
    assert {answer.status for answer in answers} <= {200, 201, 409}
    assert any(answer.status != 409 for answer in answers)


async def test_messages_in_one_batch_with_some_to_a_locked_conversation_do_not_wait_for_it(patient: Parlour) -> None:
    api = await new_account(patient)
    hot, *rooms = [(await api.post("/Conversations")).json["sid"] for _ in range(12)]
    async with locked(patient.inside.database.url, hot):
        waiting = [asyncio.create_task(api.post(f"/Conversations/{hot}/Messages", Body="x")) for _ in range(3)]
        beside = [api.post(f"/Conversations/{room}/Messages", Body="x") for room in rooms * 3]
        assert {answer.status for answer in await asyncio.gather(*beside)} == {201}
        assert (await api.post(f"/Conversations/{hot[:-4]}0000/Messages", Body="x")).status == 404
        assert not any(each.done() for each in waiting)
    assert [answer.status for answer in await asyncio.gather(*waiting)] == [201] * 3
    for room in rooms:
        messages = (await api.get(f"/Conversations/{room}/Messages")).json["messages"]
        assert [message["index"] for message in messages] == [0, 1, 2]


async def test_a_write_that_waits_in_vain_is_refused(api: AccountClient, database_url: str) -> None:
    hot = (await api.post("/Conversations")).json["sid"]
    async with locked(database_url, hot):
        answers = await asyncio.gather(
            api.post(f"/Conversations/{hot}/Messages", Body="x"),
            api.post(f"/Conversations/{hot}", FriendlyName="x"),
        )
    assert [answer.refusal for answer in answers] == [(409, 20409)] * 2
    assert (await api.post(f"/Conversations/{hot}/Messages", Body="x")).status == 201
