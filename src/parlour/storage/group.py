"""Group commit: many small writes that arrive together share one transaction and one flush to disk."""

import asyncio
from collections.abc import Sequence

import asyncpg

from parlour.storage.pool import Database
from parlour.storage.transaction import Row


class GroupCommit:
    """Runs one statement for many callers.

    While a batch is committing, arriving writes wait and form the next. The statement must return the value of its
    first parameter as its first column, by which the rows find their callers.
    """

    def __init__(self, database: Database, sql: str, order: Sequence[int], *, most: int = 100) -> None:
        """*order*: the parameters (from 0) by which a batch is sorted, so that two processes lock in one order.

        *most*: writes in one batch, enough to share the flush and few enough to keep locks and waiting short. With 1
        there are no batches: each write has a connection of its own and waits for nobody.
        """
        self._database, self._sql, self._order, self._most = database, sql, order, most
        self._waiting: list[tuple[Sequence[object], asyncio.Future[Row | None]]] = []
        self._running: asyncio.Task[None] | None = None

    async def submit(self, *values: object) -> Row | None:
        """The row that the statement returned for *values*, once it is committed; None if it wrote nothing."""
        if self._most == 1:
            async with self._database.session() as connection:
                return await connection.fetchrow(self._sql, *values)
        answer: asyncio.Future[Row | None] = asyncio.get_running_loop().create_future()
        self._waiting.append((values, answer))
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        return await answer

    async def _run(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
                await self._commit(sorted(batch, key=lambda one: tuple(str(one[0][i]) for i in self._order)))
        finally:
            self._running = None

    async def _commit(self, batch: Sequence[tuple[Sequence[object], asyncio.Future[Row | None]]]) -> None:
        try:
            async with self._database.session() as connection:
                rows = await connection.fetchmany(self._sql, [values for values, _ in batch])
        except Exception as error:
            await self._retry_or_fail(batch, error)
            return
        found = {row[0]: row for row in rows}
        for values, answer in batch:
            if not answer.done():
                answer.set_result(found.get(values[0]))

    async def _retry_or_fail(
        self, batch: Sequence[tuple[Sequence[object], asyncio.Future[Row | None]]], error: Exception
    ) -> None:
        """One bad write harms nobody else: a batch that the database refused is tried again one by one."""
        if len(batch) > 1 and isinstance(error, asyncpg.PostgresError):
            for one in batch:
                await self._commit([one])
        else:
            for _, answer in batch:
                if not answer.done():
                    answer.set_exception(error)
