"""The follower reads the log once for all that wait in a process, and hands out every fact once and in order."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from parlour.core.facts import FactReader, LoggedEvent
from parlour.resources.catalogue import FACTS
from parlour.runtime import follow, topics
from parlour.runtime.feed import Feed, FeedRequest
from parlour.runtime.follow import Follower, Subscription
from parlour.runtime.hub import Hub, Waiter
from parlour.storage import feed as log_feed
from parlour.storage import log
from parlour.storage.database import Database
from parlour.storage.feed import EVERY_FACT, FeedFilter, Fresh
from parlour.storage.log import Cursor
from parlour.storage.snapshots import Snapshot
from tests.account_client import AccountClient
from tests.server import Parlour, serving
from tests.storage.writers import Room, writers

SUBSCRIPTIONS, READS = 1_000, "written_by"
"""How many wait in all, and what only the statement of the follower has in it."""


def everything(event: LoggedEvent) -> bool:
    return True


@contextmanager
def counted(*processes: Parlour) -> Iterator[list[list[str]]]:
    """The reads of the log by each process's follower during the block."""
    reads: list[list[str]] = [[] for _ in processes]
    for process, found in zip(processes, reads, strict=True):
        process.inside.database.on_statement = lambda sql, found=found: found.append(sql) if READS in sql else None
    try:
        yield reads
    finally:
        for process in processes:
            process.inside.database.on_statement = None


@pytest.fixture
async def second(parlour: Parlour, database_url: str) -> AsyncIterator[Parlour]:
    """Another process on the same database."""
    async with serving(database_url) as running:
        yield running


async def test_a_thousand_subscriptions_in_two_processes_cost_one_read_per_batch(
    api: AccountClient, second: Parlour
) -> None:
    conversation = await api.made("/Conversations")
    first = api.parlour
    wanted = [FeedFilter(conversation_sid=conversation["sid"]), EVERY_FACT, FeedFilter(types=("MessageAdded",))]
    async with asyncio.TaskGroup() as group:
        start = await Feed(first.inside).end()
        waiting = [
            group.create_task(
                Feed((first, second)[number % 2].inside).read_on(
                    FeedRequest(api.account, wanted[number % 3], 100), start, 55, Waiter()
                )
            )
            for number in range(SUBSCRIPTIONS)
        ]
        await joined((first, second), api.account, SUBSCRIPTIONS)
        with counted(first, second) as reads:
            await api.made(f"/Conversations/{conversation['sid']}/Messages", Body="to all")
            batches = [await task for task in waiting]
    assert {tuple(event.type for event in batch.events) for batch in batches} == {("MessageAdded",)}
    assert all(1 <= len(found) <= 2 for found in reads), "one for the batch, and perhaps one by the clock"


async def joined(processes: Sequence[Parlour], account: str, number: int) -> None:
    """Returns when so many wait, and have read the log to its end by themselves."""

    def waiting() -> int:
        found = [each for process in processes for each in process.inside.follower._each()]
        return sum(each._seen is not None for each in found)

    while waiting() < number:
        await (await processes[0].client.get(processes[0].url + "/healthz")).read()
    for process in processes:
        await process.inside.follower.run_once()


@pytest.fixture
async def database(database_url: str, parlour: Parlour) -> AsyncIterator[Database]:
    """The test database through a pool of the test's own."""
    async with Database(database_url) as opened:
        yield opened


@pytest.fixture
async def room(database: Database, api: AccountClient) -> Room:
    return Room(database, api.service, sorted([(await api.made("/Conversations"))["sid"] for _ in range(3)]))


class Follow:
    """A follower that reads when the test says so, of the account that writers of a test write to."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.follower = Follower(database, Hub(), FactReader(FACTS))
        self._open = ExitStack()

    async def subscription(self, topic: str = "") -> Subscription:
        """One that has read the log to its end."""
        made = self._open.enter_context(self.follower.subscribed(topic, everything, Waiter()))
        made.restart()
        await self.join(made)
        return made

    async def join(self, subscription: Subscription) -> bool:
        async with self._database.session() as reading:
            return subscription.is_joined(Snapshot.of((await log.end(reading)).seen))

    async def read(self) -> None:
        self.follower._next_at = 0.0
        assert await self.follower.run_once() is False

    def close(self) -> None:
        self._open.close()


@pytest.fixture
async def followed(database: Database) -> AsyncIterator[Follow]:
    made = Follow(database)
    yield made
    made.close()


def numbers(subscription: Subscription) -> list[int]:
    return [event.id for event in subscription.take()[0]]


async def test_what_commits_late_is_handed_out_once_and_what_was_seen_before_is_not(
    room: Room, followed: Follow, database_url: str
) -> None:
    async with writers(room, database_url, 3) as (early, slow, late):
        await early.begin()
        await early.tell(room.conversations[0])
        await slow.begin()
        await slow.tell(room.conversations[1])
        await early.commit()
        first = await followed.subscription()
        await late.begin()
        await late.tell(room.conversations[2])
        (newest,) = await late.commit()
        await followed.read()
        assert numbers(first) == [newest]
        (oldest,) = await slow.commit()
        await followed.read()
        assert oldest < newest
        assert numbers(first) == [newest, oldest], "by reads, and by numbers in each"


async def test_who_joins_behind_the_follower_reads_once_more(
    room: Room, followed: Follow, database: Database, database_url: str
) -> None:
    async with writers(room, database_url, 1) as (writer,), database.session() as reading:
        behind = Snapshot.of((await log.end(reading)).seen)
        with followed.follower.subscribed("", everything, Waiter()) as slow:
            slow.restart()
            await followed.subscription()
            await writer.begin()
            await writer.tell(room.conversations[0])
            (number,) = await writer.commit()
            await followed.read()
            assert not slow.is_joined(behind), "what it was not handed is missing between"
            slow.restart()
            assert slow.is_joined(behind) or await followed.join(slow)
            assert number not in numbers(slow)


async def test_who_subscribes_to_another_account_during_a_read_reads_once_more(
    room: Room, followed: Follow, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await followed.subscription()
    really = log_feed.fresh
    with ExitStack() as during:
        found: list[Subscription] = []

        async def fresh(*arguments: Any, **more: Any) -> Fresh:
            answer: Fresh = await really(*arguments, **more)
            found.append(during.enter_context(followed.follower.subscribed("AC9/CH1", everything, Waiter())))
            found[0].restart()
            return answer

        monkeypatch.setattr(log_feed, "fresh", fresh)
        await followed.read()
        assert (first.is_broken, found[0].is_broken) == (False, True)


async def test_more_facts_than_fit_are_left_to_the_readers(
    room: Room, followed: Follow, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "MAX_FACTS", 3)
    first = await followed.subscription()
    async with writers(room, database_url, 1) as (writer,):
        await writer.begin()
        for conversation in room.conversations:
            await writer.tell(conversation)
        await writer.commit()
    await followed.read()
    assert (first.is_broken, numbers(first)) == (True, [])
    first.restart()
    assert await followed.join(first)
    await followed.read()
    assert not first.is_broken


async def test_a_reader_whose_facts_do_not_fit_gets_them_all_by_itself(api: AccountClient) -> None:
    feed = Feed(api.parlour.inside)
    asked, position = FeedRequest(api.account, EVERY_FACT, 2), await feed.end()
    waiting = asyncio.create_task(feed.read_on(asked, position, 55, Waiter()))
    await joined((api.parlour,), api.account, 1)
    for name in "abc":
        await api.made("/Conversations", FriendlyName=name)
    seen: list[int] = []
    batch = await waiting
    while batch.events:
        seen += [event.id for event in batch.events]
        assert len(batch.events) <= 2
        batch = await feed.read_on(asked, batch.position, 0, Waiter())
    assert len(seen) == 3
    assert seen == sorted(set(seen))


async def test_a_subscription_gets_what_is_about_its_user_or_conversation_only(api: AccountClient) -> None:
    inside, waiter = api.parlour.inside, Waiter()
    conversation = await api.made("/Conversations")
    of_user = topics.user(api.account, api.service, "dana")
    of_conversation = topics.conversation(api.account, conversation["sid"])
    with (
        inside.follower.subscribed(of_user, everything, waiter) as user,
        inside.follower.subscribed(of_conversation, everything, waiter) as room,
    ):
        for each in (user, room):
            each.restart()
            async with inside.database.session() as reading:
                assert each.is_joined(Snapshot.of((await log.end(reading)).seen))
        await api.made("/Conversations")
        await api.made("/Users", Identity="lee")
        path = f"/Conversations/{conversation['sid']}"
        await api.made(f"{path}/Participants", Identity="dana")
        await api.made(f"{path}/Messages", Body="hello")
        while len(room.take()[0]) < 2 or len(user.take()[0]) < 2:
            waiter.woken.clear()
            await waiter.woken.wait()
        assert [event.type for event in user.take()[0]] == ["UserAdded", "ParticipantAdded"]
        assert [event.type for event in room.take()[0]] == ["ParticipantAdded", "MessageAdded"]


async def test_a_fact_that_nobody_can_read_keeps_nothing_back(room: Room, followed: Follow, database: Database) -> None:
    first = await followed.subscription()
    async with database.session() as reading:
        await reading.execute(
            "insert into events (service_sid, id, account_sid, type, source, audiences, payload, created_at)"
            " values ($1, nextval('event_ids'), '', 'MessageAdded', 'API', 0, '{\"message\": 1}', now())",
            room.service,
        )
    await followed.read()
    assert [event.payload for event in first.take()[0]] == [{"message": 1}]


async def test_a_position_behind_what_was_handed_out_goes_on_there(api: AccountClient) -> None:
    feed = Feed(api.parlour.inside)
    asked = FeedRequest(api.account, EVERY_FACT, 100)
    waiting = asyncio.create_task(feed.read_on(asked, await feed.end(), 55, Waiter()))
    await joined((api.parlour,), api.account, 1)
    await api.made("/Conversations", FriendlyName="first")
    first = await waiting
    await api.made("/Conversations", FriendlyName="second")
    second = await feed.read(asked, first.position)
    again = await feed.read(asked, first.behind(first.events[-1]))
    names = [[event.payload["conversation"]["friendly_name"] for event in each.events] for each in (first, second)]
    assert names == [["first"], ["second"]]
    assert again.events == []
    assert (await feed.read(asked, again.position)).events == second.events
    assert isinstance(first.position, Cursor)
