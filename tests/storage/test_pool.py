"""The pool: what cannot be reached is told as such, and a connection that was used stays usable."""

import asyncio

import asyncpg
import pytest

from parlour.core.actor import Actor
from parlour.core.clock import SystemClock
from parlour.core.errors import Unavailable
from parlour.core.scope import Scope
from parlour.storage import pool
from parlour.storage.pool import Database

SCOPE, ACTOR = Scope("AC1", "IS1"), Actor("API", "AC1")


async def test_a_session_answers(database: Database) -> None:
    async with database.session() as reading:
        await reading.ping()
        assert await reading.fetchrow("select 1 as one, 2 as two") == (1, 2)
        assert await reading.fetchrow("select 1 where false") is None
        assert await reading.fetch("select 1 where false") == []


async def test_every_statement_is_told(database: Database) -> None:
    sent: list[str] = []
    database.on_statement = sent.append
    try:
        async with database.session() as reading:
            await reading.fetchval("select 1")
            await reading.fetchmany("select $1::int", [(1,), (2,)])
    finally:
        database.on_statement = None
    assert sent == ["select 1", "select $1::int"]


async def test_more_callers_than_connections_take_turns(database: Database) -> None:
    async def ask(number: int) -> int:
        async with database.session() as reading:
            value: int = await reading.fetchval("select $1::int", number)
            return value

    assert await asyncio.gather(*map(ask, range(50))) == list(range(50))


async def test_a_connection_that_the_server_ended_is_unavailable_and_the_next_one_works(database_url: str) -> None:
    async with Database(database_url, connections=1) as database:
        with pytest.raises(Unavailable):
            async with database.session() as reading:
                await reading.execute("select pg_terminate_backend(pg_backend_pid())")
        async with database.session() as reading:
            await reading.ping()


async def test_a_connection_of_which_the_server_has_said_that_it_ends_is_unavailable_and_not_used_again(
    database_url: str,
) -> None:
    said = b"SFATAL\0C57P02\0Mterminating connection because of crash of another server process\0\0"
    async with Database(database_url, connections=1) as database:
        idle = await database.borrow()
        idle._protocol.data_received(b"E" + (len(said) + 4).to_bytes(4, "big") + said)
        database.give_back(idle)
        with pytest.raises(Unavailable):
            async with database.session() as reading:
                await reading.ping()
        async with database.session() as reading:
            await reading.ping()
        assert (database.open, database.idle) == (1, 1)


async def test_a_statement_that_fails_leaves_the_connection_usable(database_url: str) -> None:
    async with Database(database_url, connections=1) as database:
        with pytest.raises(asyncpg.DivisionByZeroError):
            async with database.transaction(SCOPE, ACTOR, SystemClock().now(), {}) as tx:
                await tx.execute("select 1 / 0")
        async with database.session() as reading:
            assert not await reading.fetchval("select pg_current_xact_id_if_assigned() is not null")


async def test_a_caller_that_goes_away_leaves_the_connection_usable(database_url: str) -> None:
    async with Database(database_url, connections=1) as database:
        begun = asyncio.Event()

        async def wait_for_long() -> None:
            async with database.transaction(SCOPE, ACTOR, SystemClock().now(), {}) as tx:
                begun.set()
                await tx.execute("select pg_sleep(60)")

        caller = asyncio.create_task(wait_for_long())
        await begun.wait()
        caller.cancel()
        with pytest.raises(asyncio.CancelledError):
            await caller
        async with database.session() as reading:
            await reading.ping()


async def test_connections_and_those_who_wait_for_one_are_counted(database_url: str) -> None:
    waits: list[float] = []

    async def ask() -> None:
        async with database.session() as reading:
            await reading.ping()

    async with Database(database_url, connections=2) as database:
        database.on_wait = waits.append
        assert (database.most, database.open, database.idle, database.waiting) == (2, 1, 1, 0)
        async with database.session(), database.session():
            assert (database.open, database.idle) == (2, 0)
            asking = [asyncio.create_task(ask()) for _ in range(3)]
            await asyncio.sleep(0)
            assert (database.waiting, waits) == (3, [])
        await asyncio.gather(*asking)
        assert (database.open, database.idle, database.waiting, len(waits)) == (2, 2, 0, 3)
        with pytest.raises(Unavailable):
            async with database.session() as reading:
                await reading.execute("select pg_terminate_backend(pg_backend_pid())")
        await ask()
        assert database.open == database.idle <= 2
    assert database.open == 0


async def test_a_caller_that_gives_up_waiting_is_counted_no_longer(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Database(database_url, connections=1) as database, database.session():
        monkeypatch.setattr(pool, "PATIENCE", 0.01)
        with pytest.raises(Unavailable):
            await database.borrow()
        assert (database.open, database.waiting) == (1, 0)
