"""The pool: what cannot be reached is told as such, and a connection that was used stays usable."""

import asyncio
import os
import resource
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import asyncpg
import pytest

from parlour.core.actor import AccountKey, Actor, Source
from parlour.core.clock import SystemClock
from parlour.core.errors import Conflict, Unavailable
from parlour.core.scope import Scope
from parlour.storage import database as database_module
from parlour.storage.connect import Limits, servers_of
from parlour.storage.database import Database
from tests.database import empty_database
from tests.mute import muted_at_will

SCOPE, ACTOR = Scope("AC1", "IS1"), Actor(source=Source.API, principal=AccountKey("AC1", "AC1"))


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
        assert (database.limit, database.open, database.idle, database.waiting) == (2, 1, 1, 0)
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
        monkeypatch.setattr(database_module, "CONNECTION_TIMEOUT_SECONDS", 0.01)
        with pytest.raises(Unavailable):
            await database.borrow()
        assert (database.open, database.waiting) == (1, 0)


async def test_a_connection_that_does_not_answer_in_time_is_given_up_with_those_that_idle(postgres: str) -> None:
    limits = Limits(statement=1, lock=0, idle_in_transaction=0)
    async with (
        empty_database(postgres) as url,
        muted_at_will(url) as proxy,
        Database(proxy.url, connections=3, limits=limits) as database,
    ):
        async with database.session(), database.session(), database.session():
            assert (database.open, proxy.taken) == (3, 3)
        proxy.mute(new=False)
        with pytest.raises(Unavailable):
            async with database.transaction(SCOPE, ACTOR, SystemClock().now(), {}) as tx:
                await tx.ping()
        assert database.open == 0
        async with database.session() as reading:
            await reading.ping()


async def test_a_database_is_closed_in_bounded_time_while_everything_is_mute(postgres: str) -> None:
    async with empty_database(postgres) as url, muted_at_will(url) as proxy:
        async with asyncio.timeout(30), Database(proxy.url, connections=3) as database:
            async with database.session(), database.session(), database.session():
                pass
            asking = asyncio.create_task(_ping(database))
            await asyncio.sleep(0)
            proxy.mute(new=True)
        with pytest.raises(Unavailable):
            await asking


async def _ping(database: Database) -> None:
    async with database.session() as reading:
        await reading.fetchval("select pg_sleep(60)")


async def test_what_takes_too_long_and_what_is_locked_are_refused_and_leave_the_connection_usable(
    postgres: str,
) -> None:
    limits = Limits(statement=0.2, lock=0.1, idle_in_transaction=0)
    async with (
        empty_database(postgres) as url,
        Database(url, connections=2, limits=limits) as database,
        database.session() as other,
    ):
        await other.execute("select pg_advisory_lock(1)")
        with pytest.raises(Conflict):
            await _run(database, "select pg_advisory_lock(1)")
        with pytest.raises(Unavailable):
            await _run(database, "select pg_sleep(60)")
        assert database.open == 2
        await _run(database, "select 1")


async def _run(database: Database, sql: str) -> None:
    async with database.transaction(SCOPE, ACTOR, SystemClock().now(), {}) as tx:
        await tx.execute(sql)


async def test_a_transaction_in_which_nothing_happens_is_ended_and_frees_its_locks(postgres: str) -> None:
    limits = Limits(statement=0, lock=0, idle_in_transaction=0.1)
    async with empty_database(postgres) as url, Database(url, connections=2, limits=limits) as database:
        with pytest.raises(Unavailable):
            await _do_nothing_with_a_lock(database)


async def _do_nothing_with_a_lock(database: Database) -> None:
    async with database.transaction(SCOPE, ACTOR, SystemClock().now(), {}) as tx:
        await tx.execute("select pg_advisory_xact_lock(1)")
        await _run(database, "select pg_advisory_xact_lock(1)")  # waits until it is free
        await tx.execute("select 1")


@pytest.mark.parametrize(
    ("url", "servers"),
    [
        ("postgresql://u:p@one/db", []),
        ("postgresql://u:p@one:1,two/db", [("one", 1), ("two", 5432)]),
        ("postgresql://one,[::1]:2/db", [("one", 5432), ("::1", 2)]),
        ("postgresql:///db?host=/a,/b&port=1", [("/a", 1), ("/b", 1)]),
        ("postgresql:///db?host=/a,b&port=1,2", [("/a", 1), ("b", 2)]),
        ("postgresql:///db?host=/a", []),
        ("postgresql:///db", []),
    ],
)
def test_the_servers_of_a_url_are_found(
    url: str, servers: list[tuple[str, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PGPORT", raising=False)
    assert servers_of(url) == servers


@contextmanager
def no_descriptor_left() -> Iterator[None]:
    """This process can open nothing more, for the length of the block."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    with ExitStack() as taken:
        taken.callback(resource.setrlimit, resource.RLIMIT_NOFILE, before)
        highest = taken.enter_context(Path(os.devnull).open()).fileno()
        resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 1, before[1]))
        with suppress(OSError):
            while True:
                taken.enter_context(Path(os.devnull).open())
        yield


async def test_without_a_descriptor_the_database_is_unavailable_and_it_is_told_why(database_url: str) -> None:
    async with Database(database_url, connections=2) as database, database.session():
        with no_descriptor_left(), pytest.raises(Unavailable) as refused:
            await database.borrow()
        assert refused.value.reason == "OSError: Too many open files"
        async with database.session() as reading:
            await reading.ping()
