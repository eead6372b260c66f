"""Pipelining: every caller gets its own rows, soon, and neither a slow nor a bad read harms anybody else."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from parlour.core.errors import Unavailable
from parlour.storage import pipeline
from parlour.storage.database import Database
from parlour.storage.pipeline import Pipelines
from tests.database import empty_database

COUNT = "select $1::int as caller, number from generate_series(1, $2) as number order by number desc"
DIVIDE = "select $1::int as caller, 60 / $2::int"
LOCK = "select $1::int as caller, pg_advisory_xact_lock($2)"


@pytest.fixture(scope="module")
async def database(postgres: str) -> AsyncIterator[Database]:
    async with empty_database(postgres) as url, Database(url, connections=3) as database:
        yield database


async def counted(pipelines: Pipelines, number: int) -> list[int]:
    return [row["number"] for row in await pipelines.fetch(COUNT, number)]


async def test_a_read_alone_gets_its_rows(database: Database) -> None:
    assert await counted(Pipelines(database), 3) == [3, 2, 1]


async def test_every_caller_gets_its_own_rows(database: Database) -> None:
    pipelines = Pipelines(database)
    wanted = [number % 5 for number in range(100)]
    assert await asyncio.gather(*(counted(pipelines, number) for number in wanted)) == [
        list(range(number, 0, -1)) for number in wanted
    ]


async def test_reads_of_different_statements_do_not_mix(database: Database) -> None:
    pipelines = Pipelines(database)
    rows, quotient = await asyncio.gather(counted(pipelines, 2), pipelines.fetch(DIVIDE, 20))
    assert rows == [2, 1]
    assert [row[1] for row in quotient] == [3]


async def test_reads_that_arrive_together_share_round_trips(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    monkeypatch.setattr(database, "on_statement", sent.append)
    pipelines = Pipelines(database)
    await asyncio.gather(*(counted(pipelines, 1) for _ in range(2 * pipeline.BATCH_SIZE + 1)))
    assert sent == [COUNT] * 3


async def test_a_read_sees_what_was_committed_before_it_was_asked_for(database: Database) -> None:
    pipelines = Pipelines(database)
    async with database.session() as connection:
        await connection.execute("create table notes (body text)")
        for number in range(20):
            await connection.execute("insert into notes values ('text')")
            reads = [pipelines.fetch("select $1::int as caller, count(*) from notes") for _ in range(3)]
            assert [row[0][1] for row in await asyncio.gather(*reads)] == [number + 1] * 3


async def test_a_slow_read_does_not_hold_up_those_behind_it(database: Database) -> None:
    pipelines = Pipelines(database)
    async with database.session() as connection:
        await connection.fetchval("select pg_advisory_lock(1)")
        slow = asyncio.ensure_future(pipelines.fetch(LOCK, 1))
        while not await connection.fetchval(
            "select count(*) from pg_locks where locktype = 'advisory' and not granted"
        ):
            pass
        for number in range(2, 40):
            await pipelines.fetch(LOCK, number)
        assert not slow.done()
        await connection.fetchval("select pg_advisory_unlock(1)")
    assert len(await slow) == 1


@pytest.mark.parametrize(("bad", "error"), [(0, asyncpg.DivisionByZeroError), ("ten", asyncpg.DataError)])
async def test_one_bad_read_harms_nobody_else(database: Database, bad: object, error: type[Exception]) -> None:
    pipelines = Pipelines(database)
    values = [1, 2, 3, bad, 4, 5]
    outcomes = await asyncio.gather(*(pipelines.fetch(DIVIDE, value) for value in values), return_exceptions=True)
    assert isinstance(outcomes.pop(3), error)
    assert [rows[0][1] for rows in outcomes if isinstance(rows, list)] == [60, 30, 20, 15, 12]


async def test_a_caller_who_leaves_harms_nobody_else(database: Database) -> None:
    pipelines = Pipelines(database)
    callers = [asyncio.create_task(counted(pipelines, number)) for number in range(30)]
    await asyncio.sleep(0)  # all have asked, none has an answer
    for number in (0, 11, 29):
        callers[number].cancel()
    outcomes = await asyncio.gather(*callers, return_exceptions=True)
    assert [len(rows) for rows in outcomes if isinstance(rows, list)] == [
        number for number in range(30) if number not in (0, 11, 29)
    ]


async def test_all_callers_are_told_when_the_database_is_gone_and_the_next_ones_are_served(database: Database) -> None:
    pipelines = Pipelines(database)
    gone = "select $1::int as caller, pg_terminate_backend(pg_backend_pid())"
    outcomes = await asyncio.gather(*(pipelines.fetch(gone) for _ in range(3)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [Unavailable] * 3
    assert await counted(pipelines, 1) == [1]


async def test_a_read_of_many_rows_shares_no_round_trip(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    pipelines = Pipelines(database)
    many = pipeline.MAX_SHARED_ROWS + 1
    sent: list[str] = []
    monkeypatch.setattr(database, "on_statement", sent.append)
    answers = await asyncio.gather(*(pipelines.fetch(COUNT, number, max_rows=many) for number in (2, 3)))
    assert [[row["number"] for row in rows] for rows in answers] == [[2, 1], [3, 2, 1]]
    assert len(sent) == 2
