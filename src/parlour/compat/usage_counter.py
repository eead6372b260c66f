"""Counts what calls this process has answered, and brings the counts to the database from time to time."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import TypeVar

import structlog

from parlour.compat import queries
from parlour.compat.usage_counts import MAX_NAMES, CountedCall, Names, Subject, UsageCount, names_of
from parlour.core.clock import Clock
from parlour.core.errors import Unavailable
from parlour.storage.database import Database

USAGE = "usage"
"""The name of the loop."""
FLUSH_INTERVAL_SECONDS = 10.0
"""Seconds between two flushes."""
FINISH_TIMEOUT_SECONDS = 5.0
"""How long the last counts may take into the database."""
MAX_KINDS = 2000
"""Different calls of one account that are kept apart between two flushes; more are not counted. A caller can make up
names, so what one account has used up must be nobody else's."""

Kind = tuple[str, str, str, tuple[str, ...], tuple[str, ...], int]
"""An account, and what its call was: the fields of CountedCall in order. A plain tuple: one is made per request."""

Key = TypeVar("Key")
Calls = dict[str, dict[Kind, int]]
"""How often, by account and kind."""
Others = dict[str, Counter[tuple[str, Subject, str]]]
"""How often, by account, and by account, subject and name."""

_log = structlog.get_logger("parlour.usage")


class UsageCounter:
    """Counts in memory, which ``flush`` adds to those in the database."""

    def __init__(self, database: Database, clock: Clock, on_many: Callable[[], None] = lambda: None) -> None:
        """*on_many* is called when so much is waiting that it should be flushed soon."""
        self._database, self._clock = database, clock
        self._calls: Calls = {}
        self._others: Others = {}
        self._writing = asyncio.Lock()
        self._on_many = on_many

    def called(self, kind: Kind) -> None:
        """A call of an operation was answered."""
        calls = self._calls.get(kind[0])
        if calls is None:
            calls = self._calls[kind[0]] = {}
        if kind in calls:
            calls[kind] += 1
        elif len(calls) < MAX_KINDS:
            calls[kind] = 1
            if len(calls) == MAX_KINDS // 2:
                self._on_many()

    def happened(self, account_sid: str, subject: Subject, names: Sequence[str]) -> None:
        """Something else that is counted, and rare."""
        others = self._others.setdefault(account_sid, Counter())
        for name in names:
            if (account_sid, subject, name) in others or len(others) < MAX_KINDS:
                others[account_sid, subject, name] += 1

    async def flush(self) -> bool:
        """Writes the counts to the database; raises Unavailable and keeps them then. There is never more to do.

        A cancelled caller does not cancel the write, since nobody could tell whether it was done.
        """
        await asyncio.shield(asyncio.create_task(self._write(), name="usage counts"))
        return False

    async def finish(self) -> None:
        """The same at the end of the process, which it does not hold up."""
        try:
            async with asyncio.timeout(FINISH_TIMEOUT_SECONDS):
                await self.flush()
        except (Unavailable, TimeoutError):
            _log.warning("The last counts of calls are lost: the database does not answer.")

    async def of(self, account_sid: str) -> list[UsageCount]:
        """All usage counts of the account, with what this process has just counted."""
        await self.flush()
        async with self._database.session() as reading:
            return await queries.of_account(reading, account_sid)

    async def _write(self) -> None:
        async with self._writing:
            calls, self._calls = self._calls, {}
            others, self._others = self._others, {}
            counts = _by_name(calls)
            for of_account in others.values():
                counts.update(of_account)
            if not counts:
                return
            try:
                async with self._database.session() as reading:
                    await queries.add(reading, counts, self._clock.now())
            except BaseException:
                self._keep(calls, others)
                raise

    def _keep(self, calls: Calls, others: Others) -> None:
        """What could not be written is counted still, as far as there is room for it."""
        for account_sid, kinds in calls.items():
            _merge(self._calls.setdefault(account_sid, {}), kinds)
        for account_sid, names in others.items():
            _merge(self._others.setdefault(account_sid, Counter()), names)


def _merge(totals: dict[Key, int], counts: Mapping[Key, int]) -> None:
    for key, times in counts.items():
        if key in totals or len(totals) < MAX_KINDS:
            totals[key] = totals.get(key, 0) + times


def _by_name(calls: Calls) -> Counter[tuple[str, Subject, str]]:
    """The sums by account, subject and name, with at most MAX_NAMES names of a subject in an account."""
    counts: Counter[tuple[str, Subject, str]] = Counter()
    different: Counter[tuple[str, Subject]] = Counter()
    each_kind = chain.from_iterable(kinds.items() for kinds in calls.values())
    for (account_sid, operation, agent, parameters, unknown, code), times in each_kind:
        names: Names = names_of(CountedCall(operation, agent, parameters, unknown, code), times)
        for (subject, name), number in names.items():
            key = (account_sid, subject, name)
            if key not in counts:
                different[account_sid, subject] += 1
                if different[account_sid, subject] > MAX_NAMES:
                    continue
            counts[key] += number
    return counts
