"""The log as one account reads it: nothing is lost, repeated or out of order, whatever is passed over or cut off.

The moves are those of ``test_event_log.py``, which explains what can go wrong.
"""

import json
from collections import defaultdict
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parlour.core.errors import PositionGone
from parlour.storage import feed, log
from parlour.storage.database import Database
from parlour.storage.feed import FeedFilter
from parlour.storage.log import BEGINNING, Cursor
from parlour.storage.transaction import Reading
from tests.account_client import AccountClient
from tests.storage.test_event_log import MOVES, _Play
from tests.storage.writers import FeedReader, Reader, Room, Writer, writers


@pytest.fixture
async def room(database: Database, api: AccountClient) -> Room:
    conversations = sorted([(await api.made("/Conversations"))["sid"] for _ in range(4)])
    return Room(database, api.service, conversations)


async def tell(writer: Writer, *conversations: str) -> list[int]:
    """Facts about these conversations, committed together."""
    await writer.begin()
    for conversation in conversations:
        await writer.tell(conversation)
    return await writer.commit()


@settings(max_examples=150)
@given(
    moves=MOVES,
    looked_at=st.sampled_from([2, 5, 10_000]),
    batch_bytes=st.sampled_from([1, 100, 1_000_000]),
    taken=st.sampled_from([None, 1]),
)
async def test_every_reader_of_a_feed_sees_every_committed_fact_once_and_each_conversation_in_order(
    room: Room,
    database: Database,
    database_url: str,
    moves: list[tuple[str, int]],
    looked_at: int,
    batch_bytes: int,
    taken: int | None,
) -> None:
    start = await room.end()
    before = len(await room.numbers())
    readers: list[Reader] = [FeedReader(database, room, start, limit) for limit in (1, 2, 500)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(feed, "MAX_SCANNED", looked_at)
        patch.setattr(feed, "BATCH_BYTES", batch_bytes)
        async with writers(room, database_url, 4) as all_writers:
            play = _Play(room, all_writers, readers)
            for move, number in moves:
                await play.make(move, number)
            await play.finish()
        committed = (await room.numbers())[before:]
        for reader in readers:
            assert isinstance(reader, FeedReader)
            if taken:
                await reader.read(taken)
            await reader.read_on()
    for reader in readers:
        assert sorted(reader.numbers) == committed
        by_conversation = defaultdict(list)
        for event in reader.events:
            by_conversation[event.conversation_sid].append(event.id)
        assert all(numbers == sorted(numbers) for numbers in by_conversation.values())


async def test_one_can_go_on_behind_every_single_fact(room: Room, database: Database, database_url: str) -> None:
    start = await room.end()
    async with writers(room, database_url, 1) as (writer,):
        numbers = [number for _ in range(3) for number in await tell(writer, *room.conversations)]
    by_steps = FeedReader(database, room, start)
    while by_steps.numbers != numbers:
        assert len(await by_steps.read(1)) == 1
    assert await by_steps.read_on() == []


async def test_from_the_beginning_on_everything_comes(room: Room, database: Database, database_url: str) -> None:
    async with writers(room, database_url, 2) as (slow, quick):
        await slow.begin()
        late = await slow.tell(room.conversations[0])
        reader = FeedReader(database, room, BEGINNING, 2)
        early = await tell(quick, *room.conversations[1:])
        assert await reader.read_on() == early
        await slow.commit()
        assert await reader.read_on() == [late]


async def test_what_nobody_wants_is_passed_over_and_not_looked_at_again(
    room: Room, database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "MAX_SCANNED", 3)
    position = await room.end()
    async with writers(room, database_url, 1) as (writer,):
        await tell(writer, *room.conversations, *room.conversations)
    wanted = FeedFilter(types=("NoSuchFact",), service_sid=room.service)
    positions: list[Cursor] = []
    async with database.session() as reading:
        while not positions or positions[-1].until is not None:
            batch = await feed.read(reading, "", position, wanted, limit=500)
            assert batch.events == []
            position = batch.position
            positions.append(position)
    assert len(positions) == 3
    assert [each.after for each in positions] == [*sorted(each.after for each in positions[:-1]), 0]


async def test_a_batch_ends_at_a_size_and_what_comes_behind_it_is_not_read(
    room: Room, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    account, number, size = "AC" + room.service[2:], 100, 320 * 32
    async with database.session() as reading:
        await reading.execute(_LARGE, room.service, account, number, size)
        blocks = await _blocks(reading, account, number)
        monkeypatch.setattr(feed, "BATCH_BYTES", 5 * size)
        batch = await feed.read(reading, account, BEGINNING, limit=number)
        assert (len(batch.events), batch.is_last) == (5, False)
        assert await _blocks(reading, account, number) < blocks / 3
        monkeypatch.setattr(feed, "BATCH_BYTES", 1)
        (event,) = (await feed.read(reading, account, batch.position, limit=number)).events
        assert event.id > batch.events[-1].id


_LARGE = """
insert into events (service_sid, id, account_sid, type, source, audiences, payload, created_at)
select $1, nextval('event_ids'), $2, 'Large', 'API', 0,
  jsonb_build_object('text', string_agg(md5(random()::text), '')), now()
from generate_series(1, $3::int) as fact, generate_series(1, $4::int / 32) group by fact
"""
"""Facts of that many random characters each."""


async def _blocks(reading: Reading, account: str, limit: int) -> int:
    """How many blocks of the database's files are looked at for a batch from the beginning on."""
    values = (BEGINNING.seen, None, 0, limit, limit, None, None, None, feed.BATCH_BYTES, 1)
    explained = await reading.fetchval(
        f"explain (analyze, buffers, format json) {feed.FROM_A_NUMBER}", account, *values
    )
    plan = json.loads(explained)[0]["Plan"]
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


async def test_the_filters_choose_by_type_service_and_conversation(api: AccountClient, database: Database) -> None:
    one, other = await api.made("/Conversations"), await api.made("/Conversations")
    for conversation in (one, other):
        await api.made(f"/Conversations/{conversation['sid']}/Messages", Body="text")

    async def found(**wanted: object) -> list[tuple[str, str | None]]:
        async with database.session() as reading:
            batch = await feed.read(reading, api.account, BEGINNING, FeedFilter(**wanted))  # type: ignore[arg-type]
        return [(event.type, event.conversation_sid) for event in batch.events]

    assert await found(types=("MessageAdded",)) == [("MessageAdded", one["sid"]), ("MessageAdded", other["sid"])]
    assert await found(conversation_sid=one["sid"]) == [("ConversationAdded", one["sid"]), ("MessageAdded", one["sid"])]
    assert await found(types=("MessageAdded", "ServiceAdded"), conversation_sid=other["sid"]) == [
        ("MessageAdded", other["sid"])
    ]
    assert await found(service_sid="IS0") == []
    assert len(await found(service_sid=api.service)) == len(await found()) == 9


async def test_a_reader_that_comes_back_after_facts_were_forgotten_is_told_so(
    api: AccountClient, database: Database
) -> None:
    """But one that had read them goes on, as does one that begins anew."""
    await api.made("/Conversations")
    async with database.session() as reading:
        first = await feed.read(reading, api.account, BEGINNING, limit=1)
        half = await feed.read(reading, api.account, first.position, limit=3)
        read_all = await _read_while_nobody_writes(reading, api.account, half.position)
        assert read_all.is_last
        await _forget(reading, api.account)
        fresh = await api.made("/Conversations")
        for late in (first.position, half.position):
            with pytest.raises(PositionGone):
                await feed.read(reading, api.account, late)
        for good in (read_all.position, BEGINNING):
            batch = await feed.read(reading, api.account, good)
            assert [event.conversation_sid for event in batch.events] == [fresh["sid"]]


async def _read_while_nobody_writes(reading: Reading, account: str, position: Cursor) -> feed.FeedBatch:
    """The rest of the log, and a position that remembers no open transaction.

    Another test may have one open. What such a position has seen cannot be told from what it has not, once it is
    forgotten, so it would be refused to be safe.
    """
    while True:
        batch = await feed.read(reading, account, position)
        position = batch.position
        if position.seen.endswith(":"):
            return batch


async def _forget(reading: Reading, account: str) -> None:
    """Everything that was told of the account so far is removed, as housekeeping does it, and nothing else."""
    aged = datetime(2001, 1, 1, tzinfo=UTC)
    await reading.execute("update events set created_at = $1 where account_sid = $2", aged, account)
    assert await log.forget(reading, aged + timedelta(days=1), 500) >= 6


async def test_a_position_from_another_database_is_not_taken(api: AccountClient, database: Database) -> None:
    from_the_future = Cursor("99999999999:99999999999:")
    async with database.session() as reading:
        with pytest.raises(PositionGone):
            await feed.read(reading, api.account, from_the_future)


async def test_what_is_fresh_of_several_accounts_comes_together_by_its_numbers(
    api: AccountClient, other_api: AccountClient, database: Database
) -> None:
    accounts = [api.account, other_api.account, "AC0"]
    async with database.session() as reading:
        before = (await log.end(reading)).seen
        for each in (api, other_api, api):
            await each.made("/Conversations")
        found = await feed.fresh(reading, before, accounts, limit=100)
        events = [event for _, event in found.events]
        assert [event.account_sid for event in events] == [api.account, other_api.account, api.account]
        assert [event.id for event in events] == sorted(event.id for event in events)
        assert found.is_complete
        assert (await feed.fresh(reading, found.seen, accounts, limit=100)).events == []
        alone = await feed.fresh(reading, before, [other_api.account], limit=100)
        assert [event.account_sid for _, event in alone.events] == [other_api.account]
        assert not (await feed.fresh(reading, before, accounts, limit=3)).is_complete, "there may be more"


async def test_what_is_fresh_in_another_database_is_not_all(api: AccountClient, database: Database) -> None:
    async with database.session() as reading:
        assert not (await feed.fresh(reading, "99999999999:99999999999:", [api.account], limit=9)).is_complete
