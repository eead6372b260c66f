"""Database: the connections of this process to PostgreSQL, and the two ways to use one of them.

The pool is parlour's own few lines instead of asyncpg's: that one resets, times and wraps every use, which cost
more than the statements of a hot path (docs/decisions/0007-own-pool.md).
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from types import TracebackType
from typing import Any

import asyncpg
import msgspec

from parlour.core.actor import Actor
from parlour.core.errors import Conflict, Unavailable
from parlour.core.scope import Scope
from parlour.storage.transaction import Reactions, Reading, Transaction

PATIENCE = 10.0
"""Seconds that a call waits for a free connection before it is told that the database is unavailable."""

_UNREACHABLE = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # the server has said that it ends the connection, and not yet ended it
)


class Database:
    """A PostgreSQL database, for the length of ``async with``."""

    def __init__(self, url: str, *, connections: int = 10, statement_cache_size: int = 1024) -> None:
        self.url = url
        self._statement_cache_size = statement_cache_size
        self._room = asyncio.Semaphore(connections)
        self._idle: list[Any] = []
        self.on_statement: Callable[[str], None] | None = None
        """Told every statement that is sent; tests count with it."""
        self.most, self.open, self.waiting = connections, 0, 0
        """How many connections there may be, how many there are, and how many callers wait for one."""
        self.on_wait: Callable[[float], None] = lambda seconds: None
        """Told after how many seconds a caller who had to wait no longer does."""

    async def __aenter__(self) -> "Database":
        self.give_back(await self.borrow())
        return self

    async def __aexit__(self, *error: object) -> None:
        for connection in self._idle:
            await connection.close()
        self.open -= len(self._idle)
        self._idle.clear()

    def session(self) -> "Session":
        """A connection for statements that each stand alone."""
        return Session(self)

    @asynccontextmanager
    async def transaction(
        self, scope: Scope, actor: Actor, now: datetime, reactions: Reactions
    ) -> AsyncIterator[Transaction]:
        """A transaction: committed with its facts at the end of the block, undone by any exception."""
        session = Session(self)
        async with session, session.connection.transaction():
            transaction = Transaction(session.connection, self.on_statement, scope, actor, now, reactions)
            yield transaction
            await transaction.finish()

    async def borrow(self) -> Any:
        """A connection, the one used last if there is one free; raises Unavailable."""
        try:
            if self._room.locked():
                await self._wait()
            else:
                await self._room.acquire()
        except TimeoutError as error:
            raise Unavailable from error
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_closed():
                return connection
            self.open -= 1
        try:
            return await self._connect()
        except BaseException as error:
            self._room.release()
            if isinstance(error, _UNREACHABLE):
                raise Unavailable from error
            raise

    def give_back(self, connection: Any, *, is_usable: bool = True) -> None:
        """Ends the use of a borrowed connection; one that is in the middle of something is closed."""
        if is_usable:
            self._idle.append(connection)
        else:
            connection.terminate()
            self.open -= 1
        self._room.release()

    @property
    def idle(self) -> int:
        """How many of the open connections nobody uses."""
        return len(self._idle)

    async def _wait(self) -> None:
        """There is room for one more; raises TimeoutError."""
        began = time.perf_counter()
        self.waiting += 1
        try:
            async with asyncio.timeout(PATIENCE):
                await self._room.acquire()
        finally:
            self.waiting -= 1
            self.on_wait(time.perf_counter() - began)

    async def _connect(self) -> Any:
        connection = await asyncpg.connect(
            self.url, statement_cache_size=self._statement_cache_size, max_cached_statement_lifetime=0
        )
        await connection.set_type_codec(
            "jsonb", schema="pg_catalog", encoder=_to_jsonb, decoder=_from_jsonb, format="binary"
        )
        self.open += 1
        return connection


class Session:
    """A borrowed connection, for the length of ``async with``."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.connection: Any = None

    async def __aenter__(self) -> Reading:
        self.connection = await self._database.borrow()
        return Reading(self.connection, self._database.on_statement)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        is_lost = isinstance(error, _UNREACHABLE)
        is_cancelled = error is not None and not isinstance(error, Exception)  # which leaves its statement running
        self._database.give_back(self.connection, is_usable=not is_lost and not is_cancelled)
        if is_lost:
            raise Unavailable from error
        if isinstance(error, asyncpg.DeadlockDetectedError):
            raise Conflict from error


def _to_jsonb(value: Any) -> bytes:
    version = b"\x01"
    return version + msgspec.json.encode(value)


def _from_jsonb(value: bytes) -> Any:
    return msgspec.json.decode(memoryview(value)[1:])
