"""Statements that write in batches have one plan for batches of any size, so PostgreSQL does not make one for each."""

import asyncio

import asyncpg
import pytest

from parlour.delivery.queries.deliveries import RECORD, RECORD_ASKED
from parlour.resources.messages.queries import APPEND, APPEND_IN_BATCHES
from parlour.storage import connect


async def plan(connection: asyncpg.Connection, sql: str, number: int) -> list[str]:
    """How PostgreSQL would run *sql* for so many writes."""
    parameters = (await connection.prepare(sql)).get_parameters()
    rows = await connection.fetch(f"explain {sql}", *[[None] * number for _ in parameters])
    return [row[0] for row in rows]


@pytest.mark.parametrize(
    "sql",
    [APPEND, APPEND_IN_BATCHES.sql, APPEND_IN_BATCHES.passing, RECORD, RECORD_ASKED],
    ids=["append", "append in batches", "append past locks", "record", "record asked"],
)
async def test_a_batch_is_not_planned_for_its_size(database_url: str, sql: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        assert await plan(connection, sql, 1) == await plan(connection, sql, 100)
    finally:
        await connection.close()


async def test_no_plan_is_kept_for_long(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connect, "PLAN_SECONDS", 0.05)
    connection = await connect.Connector(database_url).connect()
    planned = "select prepare_time from pg_prepared_statements where statement like '%no other statement%'"
    try:
        async with asyncio.timeout(60):
            first = await connection.fetchval(planned)
            while await connection.fetchval(planned) == first:
                pass
    finally:
        await connect.close(connection)
