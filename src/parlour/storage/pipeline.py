"""Pipelining: many small reads that arrive together share one round trip to the database."""

from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter

from parlour.storage.batches import Batches, Values
from parlour.storage.database import Database
from parlour.storage.transaction import Record

BATCH_SIZE = 12
"""Reads in one round trip. With as many as all callers together, the database and this process would take turns:
one half of the machine would wait while the other works."""
MAX_SHARED_ROWS = 50
"""Rows of a read that shares a round trip: all answers of one are in memory together, and a message may have 200 kB."""
OVERLAP_AFTER_SECONDS = 0.02
"""Seconds: several times as long as a round trip takes whose pages are in memory."""

_caller = itemgetter(0)


class Pipeline(Batches[list[Record]]):
    """Runs one statement for many callers, each with values of its own, one after the other in one round trip.

    The statement takes the number of the caller in the round trip as its first parameter and returns it as its first
    column, by which the rows find their callers. Every caller's read begins after it was asked for, so it sees all that
    was committed before. A round trip that takes long, because it has to wait for the disk, say, does not hold up those
    behind it: the next is sent on another connection.
    """

    def __init__(self, database: Database, sql: str) -> None:
        super().__init__(limit=BATCH_SIZE, patience=OVERLAP_AFTER_SECONDS)
        self._database, self._sql = database, sql

    async def _answers(self, calls: Sequence[Values]) -> Sequence[list[Record]]:
        async with self._database.session() as reading:
            rows = await reading.fetchmany(self._sql, [(caller, *values) for caller, values in enumerate(calls)])
        found = {caller: list(theirs) for caller, theirs in groupby(rows, _caller)}
        return [found.get(caller, []) for caller in range(len(calls))]


class Pipelines:
    """The pipelines of a process, one for each statement."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._pipelines: dict[str, Pipeline] = {}

    async def fetch(self, sql: str, *values: object, max_rows: int = 1) -> list[Record]:
        """All rows of *sql*, which is one of few texts, for *values*: its parameters from ``$2`` on. The first column
        of each is the caller's number (``$1``). A read of more than MAX_SHARED_ROWS goes alone."""
        if max_rows > MAX_SHARED_ROWS:
            async with self._database.session() as reading:
                return await reading.fetch(sql, 0, *values)
        if sql not in self._pipelines:
            self._pipelines[sql] = Pipeline(self._database, sql)
        return await self._pipelines[sql].begin(*values)
