"""Reading and Transaction: what a query function is given, and how a change tells the event log."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import asyncpg

from parlour.core.actor import Actor
from parlour.core.errors import ApiError
from parlour.core.events import Fact
from parlour.core.scope import Scope

Row = Any
"""An ``asyncpg.Record``: values by position and by column."""


class Reading:
    """A connection on which statements run, each on its own."""

    def __init__(self, connection: Any, on_statement: Callable[[str], None] | None = None) -> None:
        self._connection = connection
        self._on_statement = on_statement

    async def fetch(self, sql: str, *values: object) -> list[Row]:
        """All rows."""
        self._notice(sql)
        rows: list[Row] = await self._connection.fetch(sql, *values)
        return rows

    async def fetchrow(self, sql: str, *values: object) -> Row | None:
        """The first row, or None."""
        self._notice(sql)
        return await self._connection.fetchrow(sql, *values)

    async def fetchone(self, sql: str, *values: object) -> Row:
        """The one row that the statement always has."""
        return await self.fetchrow(sql, *values)

    async def fetchval(self, sql: str, *values: object) -> Any:
        """The first column of the first row, or None."""
        self._notice(sql)
        return await self._connection.fetchval(sql, *values)

    async def fetchmany(self, sql: str, values: Sequence[Sequence[object]]) -> list[Row]:
        """The rows of *sql* run once for each of *values*, all or nothing, in one round trip."""
        self._notice(sql)
        rows: list[Row] = await self._connection.fetchmany(sql, values)
        return rows

    async def execute(self, sql: str, *values: object) -> None:
        """Runs *sql* for its effect."""
        self._notice(sql)
        await self._connection.execute(sql, *values)

    async def ping(self) -> None:
        """Returns if the database answers."""
        await self.fetchval("select 1")

    def _notice(self, sql: str) -> None:
        if self._on_statement is not None:
            self._on_statement(sql)


class Transaction(Reading):
    """An open transaction: what it writes and what it tells are committed together or not at all."""

    def __init__(
        self,
        connection: Any,
        on_statement: Callable[[str], None] | None,
        scope: Scope,
        actor: Actor,
        now: datetime,
        reactions: "Reactions",
    ) -> None:
        super().__init__(connection, on_statement)
        self.now = now
        """The moment of the change: every row and fact of the transaction is stamped with it."""
        self._scope, self._actor, self._reactions = scope, actor, reactions
        self._facts: list[tuple[Scope, Fact]] = []

    @contextmanager
    def within(self, scope: Scope) -> Iterator[None]:
        """What is told during the block belongs to *scope*, for work that goes through many accounts at once."""
        before, self._scope = self._scope, scope
        try:
            yield
        finally:
            self._scope = before

    async def tell(self, *facts: Fact) -> None:
        """Lets the resources above react to *facts*, and gives these to the event log when the transaction ends."""
        for fact in facts:
            self._facts.append((self._scope, fact))
            for react in self._reactions.get(fact.type, ()):
                await react(self, self._scope, fact)

    async def removing(self) -> None:
        """Checks foreign keys at the end, after the resources above have removed what refers to the removed."""
        await self.execute("set constraints all deferred")

    @property
    def accounts(self) -> frozenset[str]:
        """The accounts about which something was told."""
        return frozenset(scope.account for scope, _ in self._facts)

    @property
    def fires_webhooks(self) -> bool:
        """Whether something was told that webhooks are told of, too."""
        return any(self._actor.webhooks or fact.webhooks for _, fact in self._facts)

    async def finish(self) -> None:
        """Appends what was told to the event log, in one statement. Called once, before the commit."""
        if self._facts:
            await self._log()

    async def _log(self) -> None:
        await self.execute(
            """
            insert into events
              (service_sid, id, account_sid, conversation_sid, type, source, webhooks, payload, created_at,
               request_sid, identity)
            select service_sid, coalesce(id, nextval('event_ids')), account_sid, conversation_sid, type,
                   $1, $2 or webhooks, payload, $3, $4, $5
            from unnest($6::text[], $7::text[], $8::bigint[], $9::text[], $10::text[], $11::jsonb[], $12::boolean[])
              as told(account_sid, service_sid, id, conversation_sid, type, payload, webhooks)
            """,
            self._actor.source,
            self._actor.webhooks,
            self.now,
            self._actor.request,
            self._actor.identity,
            [scope.account for scope, _ in self._facts],
            [fact.service_sid or scope.service for scope, fact in self._facts],
            [fact.id for _, fact in self._facts],
            [fact.conversation_sid for _, fact in self._facts],
            [fact.type for _, fact in self._facts],
            [fact.payload for _, fact in self._facts],
            [fact.webhooks for _, fact in self._facts],
        )


Reactions = Mapping[str, Sequence[Callable[[Transaction, Scope, Fact], Awaitable[None]]]]
"""By the type of a fact: what resources higher up change because of it, in the same transaction."""


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
