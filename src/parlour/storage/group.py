"""Group commit: many small writes that arrive together share one transaction and one flush to disk."""

import asyncio
from collections.abc import Sequence

from parlour.storage.batches import Batches, Values
from parlour.storage.pool import Database
from parlour.storage.transaction import Row


class GroupCommit(Batches[Row | None]):
    """Runs one statement for many callers at once.

    While a batch is committing, arriving writes wait and form the next. The statement takes arrays, each with one
    value per write, and returns the value of its first parameter as its first column, by which the rows find their
    callers. It has to take its locks in one order, so that two processes never wait for each other in a circle.
    """

    def __init__(self, database: Database, sql: str, *, most: int = 100) -> None:
        """*most*: writes in one batch, enough to share the work and few enough to keep locks and waiting short.

        With 1 there are no batches: each write has a connection of its own and waits for nobody.
        """
        super().__init__(most=most)
        self._database, self._sql = database, sql

    async def submit(self, *values: object) -> Row | None:
        """The row that the statement returned for *values*, once it is committed; None if it wrote nothing."""
        if self._most == 1:
            (answer,) = await self._answers([values])
            return answer
        return await super().begin(*values)

    def begin(self, *values: object) -> "asyncio.Future[Row | None]":
        """The same for one who does something else meanwhile, and asks what came of it later."""
        return asyncio.ensure_future(self.submit(*values)) if self._most == 1 else super().begin(*values)

    async def _answers(self, calls: Sequence[Values]) -> Sequence[Row | None]:
        arrays = zip(*calls, strict=True)
        async with self._database.session() as connection:
            rows = await connection.fetch(self._sql, *arrays)
        found = {row[0]: row for row in rows}
        return [found.get(values[0]) for values in calls]
