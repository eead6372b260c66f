"""Horizons that move while messages wait for the conversation: nobody counts by what was there before the wait."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest

from tests.account_client import AccountClient
from tests.journeys.plain import contradictions


@asynccontextmanager
async def held(api: AccountClient, conversation: str, url: str) -> AsyncIterator["Hold"]:
    """The conversation's lock is taken until ``let_go``; those who want it queue up in the order of their coming."""
    connection = await asyncpg.connect(url)
    try:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute(
            "select 1 from conversations where service_sid = $1 and sid = $2 for no key update",
            api.service,
            conversation,
        )
        yield Hold(api, connection, transaction)
    finally:
        await connection.close(timeout=10)


class Hold:
    """A lock that others wait for."""

    def __init__(self, api: AccountClient, connection: Any, transaction: Any) -> None:
        self._api, self._connection, self._transaction = api, connection, transaction

    async def waiting(self, count: int) -> None:
        """Returns once so many sessions wait for a lock, behind this one or each other."""
        waiters = """
            with recursive behind(pid) as (
              select $1::integer union
              select a.pid from pg_stat_activity a, behind
              where a.wait_event_type = 'Lock' and behind.pid = any(pg_blocking_pids(a.pid))
            ) select count(*) - 1 from behind
        """
        found = 0
        while found < count:
            async with self._api.parlour.inside.database.session() as reading:
                found = await reading.fetchval(waiters, self._connection.get_server_pid())

    async def let_go(self) -> None:
        await self._transaction.commit()


@pytest.fixture
async def room(api: AccountClient) -> str:
    sid = (await api.made("/Conversations"))["sid"]
    for user in ("dana", "lee"):
        await api.made(f"/Conversations/{sid}/Participants", Identity=user)
    return str(sid)


async def unread(api: AccountClient, user: str, room: str) -> tuple[Any, Any]:
    row = (await api.get(f"/Users/{user}/Conversations/{room}")).row
    return row["last_read_message_index"], row["unread_messages_count"]


async def test_a_horizon_that_moves_ahead_while_a_message_waits_has_that_message_behind_it(
    api: AccountClient, room: str, database_url: str
) -> None:
    async with held(api, room, database_url) as hold:
        reading = asyncio.create_task(api.post(f"/Users/dana/Conversations/{room}", LastReadMessageIndex=1))
        await hold.waiting(1)
        posting = asyncio.create_task(api.post(f"/Conversations/{room}/Messages", Body="text"))
        await hold.waiting(2)
        await hold.let_go()
        assert (await reading).status == 200
        assert (await posting).row["index"] == 0
    for body in ("one", "two"):
        await api.made(f"/Conversations/{room}/Messages", Body=body)
    assert await unread(api, "dana", room) == (1, 1)
    assert await contradictions(api.parlour.inside.database, api.service) == {}


async def test_somebody_who_joins_and_reads_ahead_while_a_message_waits_is_counted_right(
    api: AccountClient, room: str, database_url: str
) -> None:
    async with held(api, room, database_url) as hold:

        async def join_and_read() -> None:
            await api.made(f"/Conversations/{room}/Participants", Identity="amira")
            await api.post(f"/Users/amira/Conversations/{room}", LastReadMessageIndex=0)

        joining = asyncio.create_task(join_and_read())
        await hold.waiting(1)
        posting = asyncio.create_task(api.post(f"/Conversations/{room}/Messages", Body="text", Author="amira"))
        await hold.waiting(2)
        await hold.let_go()
        await joining
        assert (await posting).row["index"] == 0
    assert await unread(api, "amira", room) == (0, 0)
    assert await contradictions(api.parlour.inside.database, api.service) == {}


async def test_a_horizon_that_moves_back_while_a_message_waits_has_it_before_it(
    api: AccountClient, room: str, database_url: str
) -> None:
    await api.post(f"/Users/lee/Conversations/{room}", LastReadMessageIndex=9)
    async with held(api, room, database_url) as hold:
        reading = asyncio.create_task(api.post(f"/Users/lee/Conversations/{room}", LastReadMessageIndex=""))
        await hold.waiting(1)
        posting = asyncio.create_task(api.post(f"/Conversations/{room}/Messages", Body="text"))
        await hold.waiting(2)
        await hold.let_go()
        assert (await reading).status == 200
        assert (await posting).status == 201
    assert await unread(api, "lee", room) == (None, None)
    assert await contradictions(api.parlour.inside.database, api.service) == {}


async def test_a_message_that_waits_while_its_conversation_closes_is_refused(
    api: AccountClient, room: str, database_url: str
) -> None:
    async with held(api, room, database_url) as hold:
        closing = asyncio.create_task(api.post(f"/Conversations/{room}", State="closed"))
        await hold.waiting(1)
        posting = asyncio.create_task(api.post(f"/Conversations/{room}/Messages", Body="text"))
        await hold.waiting(2)
        await hold.let_go()
        assert (await closing).status == 200
        assert (await posting).refusal == (400, 50377)
    assert await api.listed(f"/Conversations/{room}/Messages") == []
    assert await contradictions(api.parlour.inside.database, api.service) == {}
