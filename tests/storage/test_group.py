"""Group commit: every caller gets its own row, and one bad write or one caller who leaves harms nobody else."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from parlour.core.errors import Unavailable
from parlour.storage.database import Database
from parlour.storage.group import GroupCommit
from tests.database import empty_database

INSERT = """
insert into notes (sid, room, body)
select * from unnest($1::text[], $2::text[], $3::text[]) as draft(sid, room, body)
where body is distinct from 'nothing' order by room
returning sid, body, pg_current_xact_id()::text
"""


@pytest.fixture(scope="module")
async def notes(postgres: str) -> AsyncIterator[Database]:
    """A database with a table that refuses empty bodies and bodies that stand there already."""
    async with empty_database(postgres) as url, Database(url, connections=3) as database:
        async with database.session() as connection:
            await connection.execute(
                "create table notes (number serial, sid text primary key, room text, body text check (body <> ''))"
            )
        yield database


@pytest.fixture
async def group(notes: Database) -> GroupCommit:
    async with notes.session() as connection:
        await connection.execute("truncate notes restart identity")
    return GroupCommit(notes, INSERT)


async def stored(notes: Database) -> list[str]:
    async with notes.session() as connection:
        return [row[0] for row in await connection.fetch("select sid from notes order by number")]


@pytest.mark.parametrize("limit", [1, 100])
async def test_a_write_that_was_only_begun_is_committed_too(group: GroupCommit, notes: Database, limit: int) -> None:
    begun = GroupCommit(notes, INSERT, limit=limit).begin("a", "room", "text")
    row = await begun
    assert row is not None
    assert tuple(row)[:2] == ("a", "text")
    assert await stored(notes) == ["a"]


async def test_a_write_alone_is_committed_at_once(group: GroupCommit, notes: Database) -> None:
    row = await group.submit("a", "room", "text")
    assert row is not None
    assert tuple(row)[:2] == ("a", "text")
    assert await stored(notes) == ["a"]


async def test_a_write_that_wrote_nothing_gets_none(group: GroupCommit, notes: Database) -> None:
    assert await group.submit("a", "room", "nothing") is None
    assert await stored(notes) == []


async def test_every_caller_gets_its_own_row(group: GroupCommit) -> None:
    rows = await asyncio.gather(*(group.submit(str(number), "room", f"text {number}") for number in range(300)))
    assert [tuple(row)[:2] for row in rows if row] == [(str(number), f"text {number}") for number in range(300)]


async def test_writes_that_arrive_during_a_commit_share_the_next_transaction(group: GroupCommit) -> None:
    rows = await asyncio.gather(*(group.submit(str(number), "room", "text") for number in range(250)))
    transactions = [row[2] for row in rows if row]
    assert len(transactions) == 250
    assert len(set(transactions)) <= 4


async def test_with_batches_of_one_every_write_has_a_transaction_of_its_own(notes: Database) -> None:
    alone = GroupCommit(notes, INSERT, limit=1)
    rows = await asyncio.gather(*(alone.submit(f"alone {number}", "room", "text") for number in range(20)))
    assert [row[0] for row in rows if row] == [f"alone {number}" for number in range(20)]
    assert len({row[2] for row in rows if row}) == 20


async def test_a_batch_is_written_in_the_order_of_its_rooms(group: GroupCommit, notes: Database) -> None:
    """So that two processes lock rooms in one order and never each wait for the other."""
    await asyncio.gather(
        *(group.submit(sid, room, "text") for sid, room in [("a", "9"), ("b", "3"), ("c", "7"), ("d", "3")])
    )
    assert await stored(notes) == ["b", "d", "c", "a"]


@pytest.mark.parametrize(
    ("bad", "error"),
    [
        (("bad", "room", ""), asyncpg.CheckViolationError),
        (("twice", "room", "text"), asyncpg.UniqueViolationError),
        (("bad", "room", 17), asyncpg.DataError),
    ],
)
async def test_one_bad_write_harms_nobody_else(
    group: GroupCommit, notes: Database, bad: tuple[object, ...], error: type[Exception]
) -> None:
    await group.submit("twice", "room", "text")
    good = [(f"good {number}", "room", "text") for number in range(9)]
    outcomes = await asyncio.gather(
        *(group.submit(*values) for values in [*good[:4], bad, *good[4:]]), return_exceptions=True
    )
    refused = outcomes.pop(4)
    assert isinstance(refused, error)
    assert [row[0] for row in outcomes if isinstance(row, asyncpg.Record)] == [values[0] for values in good]
    assert sorted(await stored(notes)) == sorted(["twice", *(str(values[0]) for values in good)])


async def test_a_caller_who_leaves_harms_nobody_else(group: GroupCommit, notes: Database) -> None:
    callers = [asyncio.create_task(group.submit(str(number), "room", "text")) for number in range(250)]
    await asyncio.sleep(0)  # all have submitted, none has an answer
    leaving = {0, 99, 120, 249}
    for number in leaving:
        callers[number].cancel()
    outcomes = await asyncio.gather(*callers, return_exceptions=True)
    assert {number for number, row in enumerate(outcomes) if isinstance(row, asyncio.CancelledError)} == leaving
    stayed = [number for number in range(250) if number not in leaving]
    assert [row[0] for row in outcomes if isinstance(row, asyncpg.Record)] == [str(number) for number in stayed]
    assert {str(number) for number in stayed} <= set(await stored(notes))


async def test_after_a_refusal_the_next_write_works(group: GroupCommit) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        await group.submit("a", "room", "")
    assert await group.submit("a", "room", "text") is not None


async def test_all_callers_are_told_when_the_database_is_gone(postgres: str) -> None:
    async with empty_database(postgres) as url, Database(url, connections=1) as database:
        async with database.session() as connection:
            await connection.execute("create table notes (sid text primary key, room text, body text)")
        group = GroupCommit(database, "select $1::text[], $2::text[], pg_terminate_backend(pg_backend_pid())")
        outcomes = await asyncio.gather(*(group.submit(str(n), "room") for n in range(3)), return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [Unavailable] * 3
