"""Reading and Transaction: what a query function is given, and how a change tells the event log."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import reduce
from math import inf as INFINITY  # noqa: N812
from operator import or_
from time import monotonic
from typing import Any

import asyncpg

from parlour.core.actor import Actor
from parlour.core.audience import NOBODY, Audience
from parlour.core.errors import ApiError
from parlour.core.facts import Fact
from parlour.core.scope import Scope
from parlour.storage.connect import LEEWAY_SECONDS

REMOVAL_SECONDS = 600
"""How long one statement may take that removes a conversation or a service with all that is in it."""

Record = Any
"""An ``asyncpg.Record``: values by position and by column."""


class Reading:
    """A connection on which statements run, each on its own."""

    def __init__(self, on_statement: Callable[[str], None] | None = None) -> None:
        self.connection: Any = None
        self.asked_at = INFINITY
        """The moment at which the database was asked what it has not answered yet."""
        self._silence = INFINITY
        self._on_statement = on_statement

    def use(self, connection: Any, silence: float) -> None:
        """Statements run on *connection*, which is mute when it takes longer than *silence* seconds to answer."""
        self.connection, self._silence = connection, silence

    def is_mute(self, now: float) -> bool:
        """Whether the database should have answered long ago."""
        return now - self.asked_at > self._silence

    def give_up(self) -> None:
        """Closes the connection, so that whoever waits for its answer does no longer."""
        self._silence = INFINITY
        self.connection.terminate()

    async def fetch(self, sql: str, *values: object) -> list[Record]:
        """All rows."""
        self._ask(sql)
        rows: list[Record] = await self.connection.fetch(sql, *values)
        self.asked_at = INFINITY
        return rows

    async def fetchrow(self, sql: str, *values: object) -> Record | None:
        """The first row, or None."""
        self._ask(sql)
        row = await self.connection.fetchrow(sql, *values)
        self.asked_at = INFINITY
        return row

    async def fetchone(self, sql: str, *values: object) -> Record:
        """The one row that the statement always has."""
        return await self.fetchrow(sql, *values)

    async def fetchval(self, sql: str, *values: object) -> Any:
        """The first column of the first row, or None."""
        self._ask(sql)
        value = await self.connection.fetchval(sql, *values)
        self.asked_at = INFINITY
        return value

    async def fetchmany(self, sql: str, values: Sequence[Sequence[object]]) -> list[Record]:
        """The rows of *sql* run once for each of *values*, all or nothing, in one round trip."""
        self._ask(sql)
        rows: list[Record] = await self.connection.fetchmany(sql, values)
        self.asked_at = INFINITY
        return rows

    async def execute(self, sql: str, *values: object) -> None:
        """Runs *sql* for its effect."""
        self._ask(sql)
        await self.connection.execute(sql, *values)
        self.asked_at = INFINITY

    async def ping(self) -> None:
        """Returns if the database answers and takes writes."""
        if await self.fetchval("select current_setting('transaction_read_only')::boolean"):
            raise asyncpg.ReadOnlySQLTransactionError("The database takes no writes.")

    async def begin_snapshot(self) -> None:
        """From now on until `undo` every statement sees the same moment, the one of the first."""
        await self._control("begin isolation level repeatable read read only")

    async def undo(self) -> None:
        """Nothing is kept."""
        await self._control("rollback")

    async def _control(self, sql: str) -> None:
        """A statement that tests do not count."""
        self.asked_at = monotonic()
        await self.connection.execute(sql)
        self.asked_at = INFINITY

    def _ask(self, sql: str) -> None:
        self.asked_at = monotonic()
        if self._on_statement is not None:
            self._on_statement(sql)


class Transaction(Reading):
    """An open transaction: what it writes and what it tells are committed together or not at all."""

    def __init__(
        self,
        on_statement: Callable[[str], None] | None,
        scope: Scope,
        actor: Actor,
        now: datetime,
        reactions: "Reactions",
    ) -> None:
        super().__init__(on_statement)
        self.now = now
        """The moment of the change: every row and fact of the transaction is stamped with it."""
        self._scope, self._actor, self._reactions = scope, actor, reactions
        self._facts: list[tuple[Scope, Fact]] = []

    async def begin(self) -> None:
        """From now on all or nothing."""
        await self._control("begin")

    async def commit(self) -> None:
        """Everything is kept."""
        await self._control("commit")

    @contextmanager
    def within(self, scope: Scope) -> Iterator[None]:
        """Facts told during the block belong to *scope*, for work that goes through many accounts at once."""
        before, self._scope = self._scope, scope
        try:
            yield
        finally:
            self._scope = before

    async def tell(self, *facts: Fact) -> None:
        """Lets the resources above react to *facts*, and gives these to the event log when the transaction ends."""
        for fact in facts:
            self._facts.append((self._scope, fact))
            for react in self._reactions.get(type(fact), ()):
                await react(self, self._scope, fact)

    async def removing(self) -> None:
        """Checks foreign keys at the end, after the resources above have removed what refers to the removed; and all
        that takes as long as it takes, since there may be very much of it."""
        self._silence = REMOVAL_SECONDS + LEEWAY_SECONDS
        await self.execute(f"set constraints all deferred; set local statement_timeout = {REMOVAL_SECONDS * 1000}")

    @property
    def told(self) -> Sequence[tuple[Scope, Fact]]:
        """What was told, each fact with where it belongs."""
        return self._facts

    @property
    def audience(self) -> Audience:
        """The audiences of all facts told so far."""
        return reduce(or_, (fact.audience(self._actor) for _, fact in self._facts), NOBODY)

    async def finish(self) -> None:
        """Appends what was told to the event log, in one statement. Called once, before the commit."""
        if self._facts:
            await self._log()

    async def _log(self) -> None:
        await self.execute(
            """
            insert into events
              (service_sid, id, account_sid, conversation_sid, type, source, audiences, payload, created_at,
               request_sid, identity)
            select service_sid, coalesce(id, nextval('event_ids')), account_sid, conversation_sid, type,
                   $1, audiences, payload, $2, $3, $4
            from unnest($5::text[], $6::text[], $7::bigint[], $8::text[], $9::text[], $10::jsonb[], $11::smallint[])
              as told(account_sid, service_sid, id, conversation_sid, type, payload, audiences)
            """,
            self._actor.source,
            self.now,
            self._actor.request,
            self._actor.identity,
            [scope.account for scope, _ in self._facts],
            [scope.service for scope, _ in self._facts],
            [fact.event_id for _, fact in self._facts],
            [fact.conversation_sid for _, fact in self._facts],
            [type(fact).__name__ for _, fact in self._facts],
            [fact for _, fact in self._facts],
            [int(fact.audience(self._actor)) for _, fact in self._facts],
        )


Reactions = Mapping[type[Fact], Sequence[Callable[[Transaction, Scope, Any], Awaitable[None]]]]
"""By the type of a fact: what resources higher up change because of it, in the same transaction."""


def check_reactions(reactions: Reactions) -> None:
    """Raises ValueError for a reaction that would miss facts, because a statement tells them past ``tell``."""
    for fact in reactions:
        if fact.is_told_by_sql:
            raise ValueError(f"No resource can react to {fact.__name__}: a statement may write it into the log.")


@contextmanager
def refusing(**refusals: ApiError) -> Iterator[None]:
    """Turns the violation of a named constraint into the refusal of that name.

    race: the check before the write passed, and another transaction committed in between.
    """
    try:
        yield
    except (asyncpg.UniqueViolationError, asyncpg.ForeignKeyViolationError) as violation:
        refusal = refusals.get(violation.constraint_name or "")
        if refusal is None:
            raise
        raise refusal from None
