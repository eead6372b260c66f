"""The reader of the event log among open transactions: it loses nothing, repeats nothing, and keeps the order.

``docs/chapters/event-log.md`` explains what is provoked here.
"""

import asyncio
from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parlour.storage.database import Database
from parlour.storage.log import BEGINNING
from tests.account_client import AccountClient
from tests.storage.writers import Reader, Room, Writer, writers

BY_XMIN = """
select id from events where service_sid = $1 and xid < pg_snapshot_xmin(pg_current_snapshot()) order by id
"""
"""What a reader would get that takes whatever is older than the oldest open transaction."""
OLDER_OPEN = "select 1 where pg_snapshot_xmin(pg_current_snapshot()) < $1::text::xid8"
"""A row while a transaction is open, be it one of another test, that is older than that one."""


@pytest.fixture
async def room(database: Database, api: AccountClient) -> Room:
    conversations = sorted([(await api.made("/Conversations"))["sid"] for _ in range(4)])
    return Room(database, api.service, conversations)


@pytest.fixture
async def reader(database: Database, room: Room) -> Reader:
    """A reader that has read everything so far."""
    return Reader(database, room, await room.end())


async def test_a_fact_whose_transaction_commits_late_is_not_stepped_over(
    room: Room, reader: Reader, database_url: str
) -> None:
    async with writers(room, database_url, 2) as (slow, quick):
        await slow.begin()
        nine = await slow.tell(room.conversations[0])
        await quick.begin()
        ten = await quick.tell(room.conversations[1])
        await quick.commit()
        assert nine < ten

        assert await reader.read() == [ten]
        last = max(reader.numbers)
        assert await reader.read() == []

        await slow.commit()
        by_number = await room.fetch("select id from events where service_sid = $1 and id > $2", room.service, last)
        assert by_number == [], "a reader by `id > last` must lose the late fact, or the test provokes nothing"
        assert await reader.read() == [nine]
        assert await reader.read() == []


async def test_an_open_transaction_keeps_nobody_elses_facts_back(room: Room, reader: Reader, database_url: str) -> None:
    async with writers(room, database_url, 2) as (open_, busy):
        await open_.begin()
        await open_.tell(room.conversations[0])
        for _ in range(3):
            await busy.begin()
            number = await busy.tell(room.conversations[1])
            await busy.commit()
            assert await room.fetch(BY_XMIN + " desc limit 1", room.service) != [(number,)]
            assert await reader.read() == [number]


async def test_the_facts_of_a_conversation_keep_their_order_when_the_older_transaction_waits_for_the_younger(
    room: Room, reader: Reader, database_url: str
) -> None:
    """The case in which ``xid < xmin`` alone delivers the second fact of a conversation before its first."""
    conversation = room.conversations[0]
    async with writers(room, database_url, 3) as (first, second, between):
        first_xid = await first.begin()
        between_xid = await between.begin()
        second_xid = await second.begin()
        assert first_xid < between_xid < second_xid

        earlier = await second.tell(conversation)
        asked = asyncio.create_task(first.tell(conversation))
        assert await first.waiting(asked)
        await second.commit()
        later = await asked
        await first.commit()
        assert earlier < later

        while await room.fetch(OLDER_OPEN, str(between_xid)):
            pass
        seen = [row[0] for row in await room.fetch(BY_XMIN, room.service)]
        assert later in seen, "the older transaction must be below the horizon, or the test provokes nothing"
        assert earlier not in seen, "the younger one must be above it, or the test provokes nothing"
        assert between.is_open
        assert await reader.read() == [earlier, later]


async def test_a_batch_that_was_cut_off_ends_where_its_snapshot_ended(
    room: Room, database: Database, database_url: str
) -> None:
    """What commits between the parts of a batch comes after all of it, even with a smaller number."""
    start = await room.end()
    async with writers(room, database_url, 2) as (slow, quick):
        await slow.begin()
        late = await slow.tell(room.conversations[0])
        await quick.begin()
        early = [await quick.tell(room.conversations[1]) for _ in range(5)]
        await quick.commit()

        whole, parts = Reader(database, room, start), Reader(database, room, start, limit=2)
        assert await whole.read() == early
        assert await parts.read() == early[:2]
        await slow.commit()
        assert await parts.read() == early[2:4]
        assert await parts.read() == early[4:]
        assert await whole.read() == [late]
        assert await parts.read() == [late]
        assert parts.numbers == whole.numbers


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8])
async def test_small_batches_give_what_one_large_batch_gives(
    room: Room, database: Database, database_url: str, limit: int
) -> None:
    start = await room.end()
    async with writers(room, database_url, 1) as (writer,):
        for facts in (3, 1, 3):
            await writer.begin()
            for number in range(facts):
                await writer.tell(room.conversations[number])
            await writer.commit()
    small, large = Reader(database, room, start, limit), Reader(database, room, start)
    assert await small.read_on() == await large.read()
    assert len(small.numbers) == 7


async def test_a_reader_from_the_beginning_gets_everything(room: Room, database: Database) -> None:
    reader = Reader(database, room, BEGINNING)
    await reader.read_on()
    assert reader.numbers == await room.numbers()
    assert {event.conversation_sid for event in reader.events} >= set(room.conversations)


async def test_an_aborted_transaction_leaves_a_gap_and_nothing_else(
    room: Room, reader: Reader, database_url: str
) -> None:
    async with writers(room, database_url, 2) as (lasting, failing):
        await lasting.begin()
        before = await lasting.tell(room.conversations[0])
        await failing.begin()
        lost = [await failing.tell(room.conversations[1]), await failing.tell(room.conversations[2])]
        after = await lasting.tell(room.conversations[3])
        assert before < lost[0] < lost[1] < after
        await failing.abort()
        assert await reader.read() == []
        await lasting.commit()
        assert await reader.read() == [before, after]
        assert await reader.read() == []


_MOVE_NAMES = ["open", *["tell"] * 3, *["commit"] * 2, "abort", *["read"] * 2]
MOVES = st.lists(
    st.tuples(st.sampled_from(_MOVE_NAMES), st.integers(0, 11)),
    min_size=5,
    max_size=60,
)
"""What happens next, and to which of the writers or readers."""


@settings(max_examples=150)
@given(moves=MOVES)
async def test_every_reader_sees_every_committed_fact_once_and_each_conversation_in_order(
    room: Room, database: Database, database_url: str, moves: list[tuple[str, int]]
) -> None:
    start = await room.end()
    before = len(await room.numbers())
    readers = [Reader(database, room, start, limit) for limit in (1, 2, 500)]
    async with writers(room, database_url, 4) as all_writers:
        play = _Play(room, all_writers, readers)
        for move, number in moves:
            await play.make(move, number)
        await play.finish()
    committed = (await room.numbers())[before:]
    assert sorted(play.committed) == committed
    for reader in readers:
        await reader.read_on()
        assert sorted(reader.numbers) == committed
        by_conversation = defaultdict(list)
        for event in reader.events:
            by_conversation[event.conversation_sid].append(event.id)
        assert all(numbers == sorted(numbers) for numbers in by_conversation.values())


class _Play:
    """Several writers and readers, one step at a time; a writer that waits for a lock goes on as soon as it gets it.

    A transaction goes through the conversations in their order, as parlour's do, so that none waits in a circle.
    """

    def __init__(self, room: Room, all_writers: list[Writer], readers: list[Reader]) -> None:
        self._room, self._writers, self._readers = room, all_writers, readers
        self._waiting: dict[Writer, asyncio.Task[int]] = {}
        self._reached: dict[Writer, int] = {}
        self.committed: list[int] = []

    async def make(self, move: str, number: int) -> None:
        writer = self._writers[number % len(self._writers)]
        if move == "read":
            await self._readers[number % len(self._readers)].read()
        elif writer in self._waiting:
            return
        elif move == "open":
            await self._open(writer)
        elif move == "tell":
            await self._open(writer)
            await self._tell(writer, number // len(self._writers))
        elif move == "commit" and writer.is_open:
            self.committed += await writer.commit()
            await self._let_go_on()
        elif move == "abort" and writer.is_open:
            await writer.abort()
            await self._let_go_on()

    async def finish(self) -> None:
        while any(writer.is_open for writer in self._writers):
            for writer in self._writers:
                if writer.is_open and writer not in self._waiting:
                    self.committed += await writer.commit()
            await self._let_go_on()

    async def _open(self, writer: Writer) -> None:
        if not writer.is_open:
            await writer.begin()
            self._reached[writer] = 0

    async def _tell(self, writer: Writer, step: int) -> None:
        self._reached[writer] = min(self._reached[writer] + step, len(self._room.conversations) - 1)
        conversation = self._room.conversations[self._reached[writer]]
        self._waiting[writer] = asyncio.create_task(writer.tell(conversation))
        await self._let_go_on()

    async def _let_go_on(self) -> None:
        """Every writer is now either done with its step or waits for one whose transaction is open."""
        for writer, task in list(self._waiting.items()):
            if not await writer.waiting(task):
                del self._waiting[writer]
                await task
