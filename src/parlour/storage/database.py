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
import structlog

from parlour.core.actor import Actor
from parlour.core.errors import Conflict, Unavailable
from parlour.core.scope import Scope
from parlour.storage.connect import UNREACHABLE, Connector, Limits, close_all
from parlour.storage.transaction import Reactions, Reading, Transaction

CONNECTION_TIMEOUT_SECONDS = 10.0
"""How long a call waits for a connection before it fails as Unavailable."""
WATCH_SECONDS = 0.5
"""Interval of the check for connections that no longer answer."""

SUSPICIOUS_SECONDS = 2.0
"""A caller that gives up after so long a wait for an answer casts doubt on the other connections."""

_BUSY = (asyncpg.DeadlockDetectedError, asyncpg.LockNotAvailableError)
"""The refusals of a statement that may be let in a moment later."""

_SHARE = 3
"""Waiters for one and the same thing may hold one in so many connections."""

_log = structlog.get_logger("parlour.database")


def share_of(connections: int) -> int:
    """How many of so many connections those may hold who wait for one and the same thing."""
    return max(1, connections // _SHARE)


class Database:
    """A PostgreSQL database, for the length of ``async with``."""

    def __init__(
        self,
        url: str,
        *,
        connections: int = 10,
        statement_cache_size: int = 1024,
        limits: Limits | None = None,
        on_wait: Callable[[float], None] = lambda seconds: None,
    ) -> None:
        self.url = url
        self.limits = limits or Limits()
        self._connector = Connector(url, self.limits, statement_cache_size=statement_cache_size)
        self._room = asyncio.Semaphore(connections)
        self._idle: list[tuple[Any, float]] = []
        """Idle connections, each with the moment of its last answer."""
        self._asking: set[Reading] = set()
        """What is read and written on the others."""
        self._watching: asyncio.Task[None] | None = None
        self.on_statement: Callable[[str], None] | None = None
        """Told every statement that is sent; tests count with it."""
        self.limit, self.open, self.waiting = connections, 0, 0
        """Connections: the most allowed, those open now, and the callers that wait for one."""
        self.on_wait = on_wait
        """Told after how many seconds a caller who had to wait no longer does."""

    async def __aenter__(self) -> "Database":
        self.give_back(await self.borrow())
        self._watching = asyncio.create_task(self._watch(), name="database watch")
        return self

    async def __aexit__(self, *error: object) -> None:
        if self._watching is not None:
            self._watching.cancel()
        for reading in self._asking:
            reading.give_up()
        idle, self._idle = self._idle, []
        self.open -= len(idle)
        await close_all([connection for connection, _ in idle])

    def session(self) -> "Session":
        """A connection for statements that each stand alone."""
        return Session(self)

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Reading]:
        """A connection on which all statements of the block see the same moment."""
        async with self.session() as reading:
            await reading.begin_snapshot()
            try:
                yield reading
            except Exception as error:
                if not isinstance(error, UNREACHABLE):
                    await reading.undo()
                raise
            await reading.undo()

    @asynccontextmanager
    async def transaction(
        self, scope: Scope, actor: Actor, now: datetime, reactions: Reactions
    ) -> AsyncIterator[Transaction]:
        """A transaction: committed with its facts at the end of the block, undone by any exception."""
        transaction = Transaction(self.on_statement, scope, actor, now, reactions)
        async with Session(self, transaction):
            await transaction.begin()
            try:
                yield transaction
                await transaction.finish()
            except Exception as error:
                if not isinstance(error, UNREACHABLE):
                    await transaction.undo()
                raise
            await transaction.commit()

    async def borrow(self) -> Any:
        """A connection, the one used last if there is one free; raises Unavailable."""
        patience = CONNECTION_TIMEOUT_SECONDS
        try:
            if self._room.locked():
                patience -= await self._wait()
            else:
                await self._room.acquire()
        except TimeoutError as error:
            raise Unavailable from error
        while self._idle:
            connection, _ = self._idle.pop()
            if not connection.is_closed():
                return connection
            self.open -= 1
        try:
            async with asyncio.timeout(patience):
                return await self._connect()
        except BaseException as error:
            self._room.release()
            if isinstance(error, (*UNREACHABLE, asyncpg.PostgresError)):
                raise Unavailable from error
            raise

    def give_back(self, connection: Any, *, is_usable: bool = True) -> None:
        """Ends the use of a borrowed connection; one that is in the middle of something is closed."""
        if is_usable:
            self._idle.append((connection, time.monotonic()))
        else:
            connection.terminate()
            self.open -= 1
        self._room.release()

    def distrust(self, *, since: float) -> None:
        """Closes idle connections that have not answered *since* that moment: they may be mute, too."""
        kept = []
        for connection, answered_at in self._idle:
            if answered_at > since:
                kept.append((connection, answered_at))
            else:
                connection.terminate()
        self.open -= len(self._idle) - len(kept)
        self._idle = kept

    async def _watch(self) -> None:
        """Closes connections that have become mute, whose users then learn that the database is unavailable."""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            now = time.monotonic()
            for reading in [each for each in self._asking if each.is_mute(now)]:
                _log.warning("A connection to the database has become mute and is given up.")
                reading.give_up()
                self.distrust(since=reading.asked_at)

    @property
    def idle(self) -> int:
        """The number of idle connections."""
        return len(self._idle)

    async def _wait(self) -> float:
        """There is room for one more; after how many seconds. Raises TimeoutError."""
        began = time.perf_counter()
        self.waiting += 1
        try:
            async with asyncio.timeout(CONNECTION_TIMEOUT_SECONDS):
                await self._room.acquire()
        finally:
            self.waiting -= 1
            self.on_wait(time.perf_counter() - began)
        return time.perf_counter() - began

    async def _connect(self) -> Any:
        connection = await self._connector.connect()
        try:
            await connection.set_type_codec(
                "jsonb", schema="pg_catalog", encoder=_to_jsonb, decoder=_from_jsonb, format="binary"
            )
        except BaseException:
            connection.terminate()
            raise
        self.open += 1
        return connection


class Session:
    """A borrowed connection, for the length of ``async with``."""

    def __init__(self, database: Database, reading: Reading | None = None) -> None:
        self._database = database
        self._reading = reading or Reading(database.on_statement)

    async def __aenter__(self) -> Reading:
        self._reading.use(await self._database.borrow(), self._database.limits.silence)
        self._database._asking.add(self._reading)
        return self._reading

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        database, reading = self._database, self._reading
        database._asking.discard(reading)
        if error is None:
            database.give_back(reading.connection)
            return
        is_lost = isinstance(error, UNREACHABLE)
        is_cancelled = not isinstance(error, Exception)  # which leaves its statement running
        database.give_back(reading.connection, is_usable=not is_lost and not is_cancelled)
        now = time.monotonic()
        if isinstance(error, asyncpg.ReadOnlySQLTransactionError):  # the leader is elsewhere now
            database.distrust(since=now)
        if is_cancelled and now - reading.asked_at > SUSPICIOUS_SECONDS:
            database.distrust(since=reading.asked_at)
        if is_lost or isinstance(error, asyncpg.QueryCanceledError):
            raise Unavailable from error
        if isinstance(error, _BUSY):
            raise Conflict from error


def _to_jsonb(value: Any) -> bytes:
    version = b"\x01"
    return version + msgspec.json.encode(value)


def _from_jsonb(value: bytes) -> Any:
    return msgspec.json.decode(memoryview(value)[1:])
