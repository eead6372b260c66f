"""Counts what calls this process has answered, and brings the counts to the database from time to time."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence

import structlog

from parlour.core.clock import Clock
from parlour.core.errors import Unavailable
from parlour.core.tallies import MOST_NAMES, Call, Names, Subject, Tally, names_of
from parlour.storage import tallies as stored
from parlour.storage.pool import Database

EVERY = 10.0
"""Seconds between two flushes."""
FINISH_SECONDS = 5.0
"""How long the last counts may take into the database."""
MOST_KINDS = 4000
"""Different calls that are told apart between two flushes; more are not counted."""

Kind = tuple[str, str, str, tuple[str, ...], tuple[str, ...], int]
"""An account, and what its call was: the fields of Call in order. A plain tuple, since one is made per request."""

_log = structlog.get_logger("parlour.tallies")


class Tallies:
    """Counts in memory, which ``flush`` adds to those in the database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock
        self._calls: dict[Kind, int] = {}
        self._others: Counter[tuple[str, Subject, str]] = Counter()
        self._writing = asyncio.Lock()
        self.on_many: Callable[[], None] = lambda: None
        """Called when so much is waiting that it should be flushed soon."""

    def called(self, kind: Kind) -> None:
        """A call of an operation was answered."""
        calls = self._calls
        if kind in calls:
            calls[kind] += 1
        elif len(calls) < MOST_KINDS:
            calls[kind] = 1
            if len(calls) == MOST_KINDS // 2:
                self.on_many()

    def happened(self, account_sid: str, subject: Subject, names: Sequence[str]) -> None:
        """Something else that is counted, and rare."""
        for name in names:
            if (account_sid, subject, name) in self._others or len(self._others) < MOST_KINDS:
                self._others[account_sid, subject, name] += 1

    async def flush(self) -> bool:
        """What was counted is in the database; raises Unavailable, and keeps it then. There is never more to do.

        Who is cut off meanwhile does not cut off the writing, since nobody could tell whether it was done.
        """
        await asyncio.shield(asyncio.create_task(self._write(), name="tallies"))
        return False

    async def finish(self) -> None:
        """The same at the end of the process, which it does not hold up."""
        try:
            async with asyncio.timeout(FINISH_SECONDS):
                await self.flush()
        except (Unavailable, TimeoutError):
            _log.warning("The last counts of calls are lost: the database does not answer.")

    async def of(self, account_sid: str) -> list[Tally]:
        """All tallies of the account, with what this process has just counted."""
        await self.flush()
        async with self._database.session() as reading:
            return await stored.of_account(reading, account_sid)

    async def _write(self) -> None:
        async with self._writing:
            calls, self._calls = self._calls, {}
            others, self._others = self._others, Counter()
            counts = _by_name(calls)
            counts.update(others)
            if not counts:
                return
            try:
                async with self._database.session() as reading:
                    await stored.add(reading, counts, self._clock.now())
            except BaseException:
                self._keep(calls, others)
                raise

    def _keep(self, calls: dict[Kind, int], others: Counter[tuple[str, Subject, str]]) -> None:
        for kind, times in calls.items():
            if kind in self._calls or len(self._calls) < MOST_KINDS:
                self._calls[kind] = self._calls.get(kind, 0) + times
        self._others.update(others)


def _by_name(calls: dict[Kind, int]) -> Counter[tuple[str, Subject, str]]:
    """The sums by account, subject and name, with at most MOST_NAMES names of a subject in an account."""
    counts: Counter[tuple[str, Subject, str]] = Counter()
    different: Counter[tuple[str, Subject]] = Counter()
    for (account_sid, operation, agent, parameters, unknown, code), times in calls.items():
        names: Names = names_of(Call(operation, agent, parameters, unknown, code), times)
        for (subject, name), number in names.items():
            key = (account_sid, subject, name)
            if key not in counts:
                different[account_sid, subject] += 1
                if different[account_sid, subject] > MOST_NAMES:
                    continue
            counts[key] += number
    return counts
