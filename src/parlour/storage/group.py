"""Group commit: many small writes that arrive together share one transaction and one flush to disk."""

import asyncio
from collections.abc import Callable, Hashable, Sequence

import asyncpg
import msgspec

from parlour.core.errors import Conflict
from parlour.storage.batches import Batches, Values, Waiting, fail
from parlour.storage.database import Database, share_of
from parlour.storage.transaction import Record

OVERLAP_AFTER_SECONDS = 1.0
"""Seconds after which a batch that hangs is not waited for: the next is sent beside it, on another connection."""


def arrays(*types: str) -> str:
    """``unnest`` of the parameters ``$1`` …, each an array of that type: what a statement makes rows of.

    Each is a query of its own, so that PostgreSQL does not count what is in it. To make use of that it would plan the
    statement anew for every batch, and take longer for the plan than for a small batch.
    """
    return f"unnest({', '.join(f'(select ${number}::{each}[])' for number, each in enumerate(types, start=1))})"


class Grouped(msgspec.Struct, frozen=True):
    """A statement that waits for locks which others may hold for long, in three ways to wait."""

    sql: str
    """Waits a moment, as long as a commit may well take, and is refused then."""
    passing: str
    """Leaves out what is locked."""
    patient: str
    """Waits as long as the connection allows."""
    key: Callable[[Values], Hashable]
    """What a write locks."""


class GroupCommit(Batches[Record | None]):
    """Runs one statement for many callers at once.

    While a batch is committing, arriving writes wait and form the next. The statement takes arrays (``arrays``), each
    with one value per write, and returns the value of its first parameter as its first column, by which the rows find
    their callers. It has to take its locks in one order, so that two processes never wait for each other in a circle.

    Where a batch meets something locked, the others in it are written without waiting, and all writes to what is locked
    go to a queue of their own until it is empty. The queues together have a share of the connections.
    """

    def __init__(self, database: Database, statement: str | Grouped, *, limit: int = 100) -> None:
        """*limit*: writes in one batch, enough to share the work and few enough to keep locks and waiting short.

        With 1 there are no batches: each write has a connection of its own and waits for nobody.
        """
        super().__init__(limit=limit, patience=OVERLAP_AFTER_SECONDS)
        self._database = database
        self._grouped = statement if isinstance(statement, Grouped) else None
        self._sql = statement if isinstance(statement, str) else statement.sql
        self._apart: dict[Hashable, _Apart] = {}
        """The queues for what is locked."""
        self._room = asyncio.Semaphore(share_of(database.limit))

    async def submit(self, *values: object) -> Record | None:
        """The row that the statement returned for *values*, once it is committed; None if it wrote nothing."""
        return await self.begin(*values)

    def begin(self, *values: object) -> "asyncio.Future[Record | None]":
        """The same for one who does something else meanwhile, and asks what came of it later."""
        if self._apart and self._grouped is not None:
            apart = self._apart.get(self._grouped.key(values))
            if apart is not None:
                return apart.begin(*values)
        return asyncio.ensure_future(self._alone(values)) if self._limit == 1 else super().begin(*values)

    async def _alone(self, values: Values) -> Record | None:
        answer: asyncio.Future[Record | None] = self._loop.create_future()
        await self._settle([(values, answer)])
        return await answer

    async def _answers(self, calls: Sequence[Values]) -> Sequence[Record | None]:
        return await _run(self._database, self._sql, calls)

    async def _retry_or_fail(self, batch: Sequence[Waiting[Record | None]], error: Exception) -> None:
        if self._grouped is None or not is_locked(error):
            await super()._retry_or_fail(batch, error)
            return
        try:
            rows = await _run(self._database, self._grouped.passing, [values for values, _ in batch])
        except Exception as other:
            await super()._retry_or_fail(batch, other)
            return
        for (values, waiting), row in zip(batch, rows, strict=True):
            if row is None:
                self._queue(self._grouped, values, waiting)
            elif not waiting.done():
                waiting.set_result(row)
        self._sort_out(self._grouped)

    def _sort_out(self, grouped: Grouped) -> None:
        """What waits for the next batch does not meet there what is known to be locked."""
        waiting, self._waiting = self._waiting, []
        for values, answer in waiting:
            apart = self._apart.get(grouped.key(values))
            if apart is None:
                self._waiting.append((values, answer))
            else:
                apart.hand_in(values, answer)

    def _queue(self, grouped: Grouped, values: Values, waiting: "asyncio.Future[Record | None]") -> None:
        """The write waits with others to what is locked, or perhaps writes nothing."""
        key = grouped.key(values)
        if key not in self._apart:
            self._apart[key] = _Apart(self._database, grouped.patient, self._room, lambda: self._apart.pop(key))
        self._apart[key].hand_in(values, waiting)


class _Apart(Batches[Record | None]):
    """The queue of writes to something that was locked, for as long as there are any."""

    def __init__(self, database: Database, sql: str, room: asyncio.Semaphore, on_empty: Callable[[], object]) -> None:
        super().__init__(limit=100)
        self._database, self._sql, self._room, self._on_empty = database, sql, room, on_empty

    async def _answers(self, calls: Sequence[Values]) -> Sequence[Record | None]:
        async with asyncio.timeout(self._database.limits.lock_patience):
            await self._room.acquire()
        try:
            return await _run(self._database, self._sql, calls)
        finally:
            self._room.release()

    async def _retry_or_fail(self, batch: Sequence[Waiting[Record | None]], error: Exception) -> None:
        if isinstance(error, TimeoutError):
            fail(batch, Conflict())
        elif is_locked(error):
            fail(batch, error)
        else:
            await super()._retry_or_fail(batch, error)

    async def _batches(self) -> None:
        try:
            await super()._batches()
        finally:
            self._on_empty()


def is_locked(error: Exception) -> bool:
    """Whether a lock was waited for in vain."""
    return isinstance(error, Conflict) and isinstance(error.__cause__, asyncpg.LockNotAvailableError)


async def _run(database: Database, sql: str, calls: Sequence[Values]) -> Sequence[Record | None]:
    arrays = zip(*calls, strict=True)
    async with database.session() as connection:
        rows = await connection.fetch(sql, *arrays)
    found = {row[0]: row for row in rows}
    return [found.get(values[0]) for values in calls]
