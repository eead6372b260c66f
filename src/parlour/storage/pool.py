"""Database: the pool of connections to PostgreSQL, and the two ways to use one of them."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import asyncpg
import msgspec

from parlour.core.actor import Actor
from parlour.core.errors import Unavailable
from parlour.core.scope import Scope
from parlour.storage.transaction import Reactions, Reading, Transaction

_UNREACHABLE = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InterfaceError,
)


class Database:
    """A PostgreSQL database, for the length of ``async with``."""

    def __init__(self, url: str, *, connections: int = 10, statement_cache_size: int = 1024) -> None:
        self.url = url
        self._connections = connections
        self._statement_cache_size = statement_cache_size
        self._pool: Any = None
        self.on_statement: Callable[[str], None] | None = None
        """Told every statement that is sent; tests count with it."""

    async def __aenter__(self) -> "Database":
        self._pool = await asyncpg.create_pool(
            self.url,
            min_size=1,
            max_size=self._connections,
            statement_cache_size=self._statement_cache_size,
            max_cached_statement_lifetime=0,
            max_inactive_connection_lifetime=0,
            max_queries=2**31,
            init=_prepare_connection,
            reset=_keep_session,
        )
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._pool.close()

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Reading]:
        """A connection for statements that each stand alone."""
        async with self._connection() as connection:
            yield Reading(connection, self.on_statement)

    @asynccontextmanager
    async def transaction(
        self, scope: Scope, actor: Actor, now: datetime, reactions: Reactions
    ) -> AsyncIterator[Transaction]:
        """A transaction: committed with its facts at the end of the block, undone by any exception."""
        async with self._connection() as connection, connection.transaction():
            transaction = Transaction(connection, self.on_statement, scope, actor, now, reactions)
            yield transaction
            await transaction.finish()

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Any]:
        try:
            connection = await self._pool.acquire(timeout=10)
        except _UNREACHABLE as error:
            raise Unavailable from error
        try:
            yield connection
        except _UNREACHABLE as error:
            raise Unavailable from error
        finally:
            await self._pool.release(connection)


async def _prepare_connection(connection: Any) -> None:
    """Lets jsonb come and go as Python values."""
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        encoder=lambda value: b"\x01" + msgspec.json.encode(value),
        decoder=lambda value: msgspec.json.decode(memoryview(value)[1:]),
        format="binary",
    )


async def _keep_session(connection: Any) -> None:
    """Replaces the pool's reset query: parlour leaves nothing behind on a session, so there is nothing to undo."""
