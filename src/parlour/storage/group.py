"""Group commit: many small writes that arrive together share one transaction and one flush to disk."""

import asyncio
from collections.abc import Sequence

import asyncpg

from parlour.core.errors import Conflict
from parlour.storage.pool import Database
from parlour.storage.transaction import Row

Write = tuple[tuple[object, ...], asyncio.Future[Row | None]]


class GroupCommit:
    """Runs one statement for many callers at once.

    While a batch is committing, arriving writes wait and form the next. The statement takes arrays, each with one
    value per write, and returns the value of its first parameter as its first column, by which the rows find their
    callers. It has to take its locks in one order, so that two processes never wait for each other in a circle.
    """

    def __init__(self, database: Database, sql: str, *, most: int = 100) -> None:
        """*most*: writes in one batch, enough to share the work and few enough to keep locks and waiting short.

        With 1 there are no batches: each write has a connection of its own and waits for nobody.
        """
        self._database, self._sql, self._most = database, sql, most
        self._loop = asyncio.get_running_loop()
        self._waiting: list[Write] = []
        self._running: asyncio.Task[None] | None = None

    async def submit(self, *values: object) -> Row | None:
        """The row that the statement returned for *values*, once it is committed; None if it wrote nothing."""
        if self._most == 1:
            async with self._database.session() as connection:
                return await connection.fetchrow(self._sql, *([value] for value in values))
        return await self.begin(*values)

    def begin(self, *values: object) -> "asyncio.Future[Row | None]":
        """The same for one who does something else meanwhile, and asks what came of it later."""
        if self._most == 1:
            return asyncio.ensure_future(self.submit(*values))
        answer: asyncio.Future[Row | None] = self._loop.create_future()
        self._waiting.append((values, answer))
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        return answer

    async def _run(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
                await self._commit(batch)
        finally:
            self._running = None

    async def _commit(self, batch: Sequence[Write]) -> None:
        arrays = zip(*(values for values, _ in batch), strict=True)
        try:
            async with self._database.session() as connection:
                rows = await connection.fetch(self._sql, *arrays)
        except Exception as error:
            await self._retry_or_fail(batch, error)
            return
        found = {row[0]: row for row in rows}
        for values, answer in batch:
            if not answer.done():
                answer.set_result(found.get(values[0]))

    async def _retry_or_fail(self, batch: Sequence[Write], error: Exception) -> None:
        """One bad write harms nobody else: a batch that the database refused is tried again one by one."""
        if len(batch) > 1 and isinstance(error, asyncpg.PostgresError | Conflict):
            for one in batch:
                await self._commit([one])
        else:
            for _, answer in batch:
                if not answer.done():
                    answer.set_exception(error)
