"""Stores very many rows fast: COPY instead of INSERT, all or nothing, and indexes built once where that is faster."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from parlour.storage.connect import Connector, close
from parlour.storage.service_deletion import Table

BULK_LOAD_ROWS = 20_000
"""Rows from which on building the indexes afterwards is faster than keeping them up to date."""

_SECONDARY = """
select format('alter table %s drop constraint %I', conrelid::regclass, conname) as drop,
       format('alter table %s add constraint %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) as make
from pg_constraint where conrelid = any($1::regclass[]) and contype = 'f'
union all
select format('alter table %s drop constraint %I', conrelid::regclass, conname),
       format('alter table %s add constraint %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
from pg_constraint where conrelid = any($1::regclass[]) and contype = 'u'
union all
select format('drop index %s', indexrelid::regclass), pg_get_indexdef(indexrelid)
from pg_index where indrelid = any($1::regclass[])
  and not exists (select from pg_constraint where conindid = indexrelid and contype in ('p', 'u'))
"""
"""What makes each foreign key and each index but those of the primary keys: foreign keys first, for dropping."""


class AlreadyThere(Exception):
    """What should be stored is stored already; the message names the constraint that says so."""


class Seeding:
    """An open transaction that stores rows."""

    def __init__(self, connection: Any, tables: Sequence[str]) -> None:
        self._connection, self._tables = connection, tables

    async def reserve_events(self, count: int) -> int:
        """The first of *count* event numbers in a row that nobody else gets."""
        while True:  # race: others may draw between ours; then these are left unused
            first, last = await self._connection.fetchrow(
                "select min(id), max(id) from (select nextval('event_ids') from generate_series(1, $1)) as drawn(id)",
                count,
            )
            if last - first + 1 == count:
                return int(first)

    async def store(self, rows: Mapping[str, tuple[Sequence[str], Iterable[Sequence[object]]]]) -> None:
        """Copies rows, given with their columns by table; raises AlreadyThere."""
        for table in self._tables:
            if table in rows:
                columns, records = rows[table]
                try:
                    await self._connection.copy_records_to_table(table, columns=columns, records=records)
                except asyncpg.UniqueViolationError as violation:
                    raise AlreadyThere(violation.constraint_name) from None


@asynccontextmanager
async def seeding(url: str, tables: Sequence[Table], rows: int) -> AsyncIterator[Seeding]:
    """Stores *rows* rows, about, in those of *tables* that are seeded, during the block; committed at its end, undone
    by any exception. Each table comes after those that its rows refer to.

    If they are BULK_LOAD_ROWS and the tables are empty, those are locked meanwhile and indexed at the end.
    """
    names = [table.name for table in tables if table.is_seeded]
    connection = await Connector(url).connect()
    try:
        async with connection.transaction():
            await connection.execute("set local synchronous_commit = off; set local maintenance_work_mem = '256MB'")
            dropped = (
                await _drop_secondary(connection, names)
                if rows >= BULK_LOAD_ROWS and await _are_empty(connection, names)
                else []
            )
            yield Seeding(connection, names)
            for make in reversed(dropped):
                await connection.execute(make)
        await connection.execute(f"analyze {', '.join(names)}")
        if dropped:
            await connection.execute(f"vacuum {', '.join(names)}")  # lists are then answered from the indexes alone
    finally:
        await close(connection)


async def _are_empty(connection: Any, names: Sequence[str]) -> bool:
    present = " or ".join(f"exists (select from {name})" for name in names)
    return not await connection.fetchval(f"select {present}")


async def _drop_secondary(connection: Any, names: Sequence[str]) -> list[str]:
    """Drops what is faster made afterwards; returns the statements that make it again, in the order of dropping."""
    await connection.execute(f"lock table {', '.join(names)}")
    if not await _are_empty(connection, names):  # race: somebody was faster
        return []
    found = await connection.fetch(_SECONDARY, list(names))
    for each in found:
        await connection.execute(each["drop"])
    return [each["make"] for each in found]
