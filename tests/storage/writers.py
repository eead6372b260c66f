"""Writers whose transactions a test opens, moves and ends by hand, writing to the log as parlour's own changes do."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from parlour.core.facts import LoggedEvent
from parlour.storage import feed, log
from parlour.storage.database import Database
from parlour.storage.feed import FeedFilter
from parlour.storage.log import BEGINNING, Cursor

CHANGE = """
with changed as (
  update conversations set last_event_id = nextval('event_ids') where service_sid = $1 and sid = $2
  returning service_sid, sid, last_event_id
)
insert into events (service_sid, id, account_sid, conversation_sid, type, source, audiences, payload, created_at)
select service_sid, last_event_id, '', sid, 'Changed', 'API', 0, '{}', now() from changed returning id
"""
"""Locks the conversation, takes a number and tells a fact, in the order in which every change of parlour does it."""


class Room:
    """A service with conversations that only one test writes about."""

    def __init__(self, database: Database, service: str, conversations: Sequence[str]) -> None:
        self._database, self.service, self.conversations = database, service, conversations

    async def fetch(self, sql: str, *values: object) -> list[Any]:
        async with self._database.session() as reading:
            return await reading.fetch(sql, *values)

    async def numbers(self) -> list[int]:
        """Of the committed facts, in their order."""
        return [
            row[0] for row in await self.fetch("select id from events where service_sid = $1 order by 1", self.service)
        ]

    async def end(self) -> Cursor:
        async with self._database.session() as reading:
            return await log.end(reading)


class Reader:
    """Reads the log from where it began, as an output does, and keeps what is about one room."""

    def __init__(self, database: Database, room: Room, position: Cursor = BEGINNING, limit: int = 500) -> None:
        self._database, self._room, self._limit = database, room, limit
        self.position = position
        self.events: list[LoggedEvent] = []

    @property
    def numbers(self) -> list[int]:
        return [event.id for event in self.events]

    async def read(self) -> list[int]:
        """One batch; the numbers that came with it."""
        async with self._database.session() as reading:
            batch = await log.read(reading, self.position, limit=self._limit)
        assert len(batch.events) <= self._limit
        self.position = batch.position
        fresh = [event for event in batch.events if event.service_sid == self._room.service]
        self.events += fresh
        return [event.id for event in fresh]

    async def read_on(self) -> list[int]:
        """Everything there is; the numbers that came.

        The last part of a cut batch ends where that batch's snapshot ended, so it does not mean that nothing is left.
        """
        fresh: list[int] = []
        is_remainder = True
        while is_remainder or self.position.until is not None:
            is_remainder = self.position.until is not None
            fresh += await self.read()
        return fresh


class FeedReader(Reader):
    """Reads the same as one account does that wants the facts of one service; sometimes it takes but a part of a batch
    and goes on behind that."""

    async def read(self, taken: int | None = None) -> list[int]:
        """One batch, or the first *taken* of it; the numbers that came with it."""
        wanted = FeedFilter(service_sid=self._room.service)
        async with self._database.session() as reading:
            batch = await feed.read(reading, "", self.position, wanted, limit=self._limit)
        assert len(batch.events) <= self._limit
        fresh = batch.events[:taken] if taken else batch.events
        self.position = batch.behind(fresh[-1]) if len(fresh) < len(batch.events) else batch.position
        self.events += fresh
        return [event.id for event in fresh]


class Writer:
    """One connection with at most one open transaction."""

    def __init__(self, connection: Any, room: Room) -> None:
        self._connection, self._room = connection, room
        self._transaction: Any = None
        self.told: list[int] = []
        """The numbers that the open transaction has taken."""

    @property
    def is_open(self) -> bool:
        return self._transaction is not None

    async def begin(self) -> int:
        """Opens a transaction, whose xid is taken at once and returned."""
        self._transaction = self._connection.transaction()
        await self._transaction.start()
        xid: int = await self._connection.fetchval("select pg_current_xact_id()")
        return xid

    async def tell(self, conversation: str) -> int:
        """Changes the conversation; returns the number of the fact, once the conversation's lock was to be had."""
        number: int = await self._connection.fetchval(CHANGE, self._room.service, conversation)
        self.told.append(number)
        return number

    async def commit(self) -> list[int]:
        """The numbers that are now committed."""
        await self._transaction.commit()
        return self._end()

    async def abort(self) -> list[int]:
        """The numbers that nobody will see."""
        await self._transaction.rollback()
        return self._end()

    async def waiting(self, task: "asyncio.Task[int]") -> bool:
        """Whether *task*, a ``tell`` of this writer, waits for another's lock; False once it is done."""
        me = self._connection.get_server_pid()
        while not task.done():
            if await self._room.fetch("select 1 where cardinality(pg_blocking_pids($1)) > 0", me):
                return True
            await asyncio.sleep(0)
        return False

    def _end(self) -> list[int]:
        told, self.told, self._transaction = self.told, [], None
        return told


@asynccontextmanager
async def writers(room: Room, url: str, count: int) -> AsyncIterator[list[Writer]]:
    """So many writers, each on a connection of its own; what they leave open is undone."""
    connections = [await asyncpg.connect(url) for _ in range(count)]
    try:
        yield [Writer(connection, room) for connection in connections]
    finally:
        for connection in connections:
            await connection.close(timeout=10)
