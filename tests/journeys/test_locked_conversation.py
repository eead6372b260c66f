"""A conversation that somebody keeps locked: writes to it wait and are refused, and nothing else notices."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from tests.cli.running import PATIENCE
from tests.house import Answer, House

SOON = 2
"""Seconds in which a call is answered that has nothing to do with what is locked."""
REFUSED_WITHIN = 16
WAITING = 24
"""Writes that wait for the locked conversation."""


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


async def timed(call: "asyncio.Future[Answer] | asyncio.Task[Answer]") -> float:
    began = time.monotonic()
    answer = await call
    assert answer.status in (200, 201), answer
    return time.monotonic() - began


async def unrelated(house: House, room: str) -> None:
    """Lists, changes and messages elsewhere, each again and again, are answered as ever."""
    for _ in range(5):
        calls = (
            house.get("/Conversations"),
            house.get("/Users"),
            house.post("/Conversations"),
            house.post(f"/Conversations/{room}", FriendlyName="x"),
            house.post(f"/Conversations/{room}/Messages", Body="x"),
        )
        assert max(await asyncio.gather(*(timed(asyncio.ensure_future(call)) for call in calls))) < SOON


@pytest.mark.parametrize("kind", ["messages", "changes", "horizons"])
async def test_writes_that_wait_for_a_conversation_leave_everything_else_alone(
    house: House, database_url: str, kind: str
) -> None:
    hot = (await house.post("/Conversations")).json["sid"]
    room = (await house.post("/Conversations")).json["sid"]
    assert (await house.post(f"/Conversations/{hot}/Messages", Body="x")).status == 201
    for number in range(WAITING):
        assert (await house.post(f"/Conversations/{hot}/Participants", Identity=f"user{number}")).status == 201

    def write(number: int) -> "asyncio.Task[Answer]":
        path, form = {
            "messages": (f"/Conversations/{hot}/Messages", {"Body": "x"}),
            "changes": (f"/Conversations/{hot}", {"FriendlyName": str(number)}),
            "horizons": (f"/Users/user{number}/Conversations/{hot}", {"LastReadMessageIndex": "0"}),
        }[kind]
        return asyncio.create_task(house.post(path, **form))

    async with locked(database_url, hot):
        writes = [write(number) for number in range(WAITING)]
        await until_somebody_waits(database_url)
        await unrelated(house, room)
        answers = await asyncio.wait_for(asyncio.gather(*writes), REFUSED_WITHIN)
        assert {answer.refusal for answer in answers} == {(409, 20409)}
    assert (await write(0)).status in (200, 201)


async def test_messages_in_one_batch_with_one_to_a_locked_conversation_do_not_wait_for_it(
    house: House, database_url: str
) -> None:
    hot, *rooms = [(await house.post("/Conversations")).json["sid"] for _ in range(12)]
    async with locked(database_url, hot):
        waiting = [asyncio.create_task(house.post(f"/Conversations/{hot}/Messages", Body="x")) for _ in range(3)]
        beside = [asyncio.create_task(house.post(f"/Conversations/{room}/Messages", Body="x")) for room in rooms * 3]
        assert max(await asyncio.gather(*map(timed, beside))) < SOON
        unknown = asyncio.create_task(house.post(f"/Conversations/{hot[:-4]}0000/Messages", Body="x"))
        assert (await unknown).status == 404
    assert [answer.status for answer in await asyncio.gather(*waiting)] == [201] * 3
    for room in rooms:
        messages = (await house.get(f"/Conversations/{room}/Messages")).json["messages"]
        assert [message["index"] for message in messages] == [0, 1, 2]
