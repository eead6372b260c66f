"""Where clients would miss something or get it twice: numbers that become visible late, and what comes in between."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest

from parlour.core.actor import SYSTEM
from parlour.core.scope import Scope
from parlour.realtime import replay
from parlour.realtime.reads import Reads
from parlour.realtime.replay import Replayed, Replays
from parlour.resources.conversations import queries as conversations
from parlour.resources.participants import queries as participants
from parlour.resources.participants.facts import ParticipantUpdated
from parlour.runtime import follow
from parlour.storage import feed
from tests.access_tokens import token_for
from tests.account_client import AccountClient, new_account
from tests.realtime.rooms import known_number, objects_of, room_with, say, user_sid, watch, watch_mine
from tests.twilsock import Json, Twilsock, connected


@asynccontextmanager
async def client_of(api: AccountClient, identity: str = "alice") -> AsyncIterator[Twilsock]:
    async with connected(api.parlour, await token_for(api, identity)) as client:
        yield client


@asynccontextmanager
async def muting(api: AccountClient, room: str, identity: str) -> AsyncIterator[int]:
    """A transaction that is open during the block, in which a participant is muted; the number of the change."""
    scope = Scope(api.account, api.service)
    async with api.parlour.inside.transaction(scope, SYSTEM) as tx:
        await conversations.lock(tx, scope, room)
        before = await participants.get(tx, scope, room, identity)
        after = await participants.update(tx, scope, before, {"notification_level": "muted"})
        await tx.tell(ParticipantUpdated(participant=after, before=before))
        yield after.last_event_id


async def test_no_descriptor_is_older_than_what_is_in_the_object(api: AccountClient) -> None:
    room = await room_with(api, "alice", "bob")
    await asyncio.gather(*(say(api, room, f"no. {number}") for number in range(20)))
    async with client_of(api) as client:
        for sid, kind in objects_of(room).values():
            number = await known_number(client, sid, kind)
            if kind != "document":
                items = (await client.get(f"/v3/{kind.capitalize()}s/{sid}/Items")).row["items"]
                assert items
                assert max(item["last_event_id"] for item in items) <= number
        await watch(client, room)  # which fails if anything is replayed
        await client.nothing_more()


async def test_a_membership_that_commits_late_is_not_missed_by_who_was_away(api: AccountClient) -> None:
    early, late = await room_with(api, "alice"), await room_with(api, "alice")
    user = await user_sid(api, "alice")
    mine = f"MP{user}.my_conversations"
    async with AsyncExitStack() as open:
        async with client_of(api) as client:
            await watch_mine(client, user)
            lower = await open.enter_async_context(muting(api, early, "alice"))
            async with muting(api, late, "alice") as higher:
                pass
            assert (await client.event("map_item_updated"))["id"] == higher > lower
        await open.aclose()
    async with client_of(api) as back:
        replayed, outcome = await back.subscribe(mine, "map", higher)
        assert outcome["replay_status"] == "completed"
        again = {each["event"]["item_key"]: each["event"]["id"] for each in replayed}
        assert again == {early: lower, late: higher}
        await back.nothing_more()


async def test_a_membership_that_commits_late_comes_live(api: AccountClient) -> None:
    early, late = await room_with(api, "alice"), await room_with(api, "alice")
    async with client_of(api) as client:
        await watch_mine(client, await user_sid(api, "alice"))
        async with muting(api, early, "alice") as lower:
            async with muting(api, late, "alice") as higher:
                pass
            assert (await client.event("map_item_updated"))["id"] == higher
        assert (await client.event("map_item_updated"))["id"] == lower < higher
        await client.nothing_more()


async def test_what_a_replay_had_does_not_come_live_after_it(
    api: AccountClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = await room_with(api, "alice")
    may_read, really = asyncio.Event(), feed.fresh

    async def later(*arguments: Any, **more: Any) -> feed.Fresh:
        await may_read.wait()
        return await really(*arguments, **more)

    async with client_of(api) as client:
        await watch(client, room, "roster")  # so that the process follows the log
        sid = f"ES{room}.messages"
        known = await known_number(client, sid, "list")
        monkeypatch.setattr(feed, "fresh", later)
        await say(api, room, "before")
        replayed, _ = await client.subscribe(sid, "list", known)
        assert [each["event"]["item_data"]["text"] for each in replayed] == ["before"]
        may_read.set()
        await say(api, room, "after")
        assert (await client.event("list_item_added"))["item_data"]["text"] == "after"
        await client.nothing_more()


@asynccontextmanager
async def held_back(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[asyncio.Event]:
    """Replays that have been read are not sent before the end of the block. The event says that one has been read."""
    really, has_read, may_go = Replays.replay, asyncio.Event(), asyncio.Event()

    async def later(self: Replays, *arguments: Any) -> Replayed:
        found = await really(self, *arguments)
        has_read.set()
        await may_go.wait()
        return found

    with monkeypatch.context() as patched:
        patched.setattr(Replays, "replay", later)
        yield has_read
        may_go.set()


async def test_what_happens_while_a_subscription_is_made_comes_after_it(
    api: AccountClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = await room_with(api, "alice", messages=1)
    async with client_of(api) as client:
        await watch(client, room, "channel")
        sid = f"ES{room}.messages"
        async with held_back(monkeypatch) as has_read:
            subscribing = asyncio.create_task(client.subscribe(sid, "list", 0))
            await has_read.wait()
            await say(api, room, "meanwhile")
            await client.event("document_updated")  # so it has been handed out here
        replayed, _ = await subscribing
        assert [each["event"]["item_index"] for each in replayed] == [0]
        assert (await client.event("list_item_added"))["item_index"] == 1
        await client.nothing_more()


async def test_what_was_read_ahead_of_a_removal_is_not_at_hand_after_it(
    api: AccountClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = await room_with(api, "alice")
    user = await user_sid(api, "alice")
    really, has_read, may_go = Reads.read_many, asyncio.Event(), asyncio.Event()

    async def later(self: Reads, *arguments: Any) -> Any:
        found = await really(self, *arguments)
        has_read.set()
        await may_go.wait()
        return found

    async with client_of(api) as client:
        await watch_mine(client, user)
        monkeypatch.setattr(Reads, "read_many", later)
        reading = asyncio.create_task(client.get(f"/v3/Maps/{user}.my_conversations"))
        await has_read.wait()
        await api.delete(f"/Conversations/{room}/Participants/alice")
        await client.event("map_item_removed")
        may_go.set()
        await reading
        assert (await client.get(f"/v3/Documents/{room}.channel")).refusal == (403, 50430)


async def test_who_is_removed_while_a_subscription_is_made_sees_nothing_later(
    api: AccountClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = await room_with(api, "alice", "bob")
    async with client_of(api) as client, client_of(api, "bob") as bob:
        await watch(bob, room, "messages")
        sid = f"ES{room}.messages"
        known = await known_number(client, sid, "list")
        async with held_back(monkeypatch) as has_read:
            subscribing = asyncio.create_task(client.subscribe(sid, "list", known))
            await has_read.wait()
            await api.delete(f"/Conversations/{room}/Participants/alice")
            await say(api, room, "among us")
            await bob.event("list_item_added")
        await subscribing
        await say(api, room, "still among us")
        await bob.event("list_item_added")
        await client.nothing_more()


async def test_a_null_number_misses_nothing_since_the_log_in(api: AccountClient) -> None:
    """A browser that was reloaded does not read objects that it knows, and lists no items before it needs them."""
    room = await room_with(api, "alice", messages=2)
    async with client_of(api) as client:
        await say(api, room, "after the log-in")
        replayed, _ = await client.subscribe(f"ES{room}.messages", "list", None)
        assert [each["event"]["item_index"] for each in replayed] == [2]


async def test_a_null_number_means_what_the_session_has_read(api: AccountClient) -> None:
    """A browser that was reloaded knows objects from its cache and lists their items anew."""
    room = await room_with(api, "alice", messages=2)
    sid = f"ES{room}.messages"
    async with client_of(api) as client:
        await client.get(f"/v3/Lists/{sid}/Items")
        await say(api, room, "after the listing")
        replayed, _ = await client.subscribe(sid, "list", None)
        assert [(each["event_type"], each["event"]["item_index"]) for each in replayed] == [("list_item_added", 2)]
        replayed, _ = await client.subscribe(f"MP{room}.roster", "map", None)
        assert replayed == [], "nothing was listed before, so all will be after"
        replayed, _ = await client.subscribe(f"MP{await user_sid(api, 'alice')}.my_conversations", "map", None)
        assert replayed == []
        await client.nothing_more()


async def test_who_was_away_gets_what_changed_and_nothing_else(api: AccountClient) -> None:
    room = await room_with(api, "alice", "bob", messages=4)
    path = f"/Conversations/{room}"
    known: dict[str, tuple[str, int]] = {}
    async with client_of(api) as client:
        for sid, kind in objects_of(room).values():
            known[sid] = (kind, await known_number(client, sid, kind))
    said = [each["sid"] for each in await api.listed(f"{path}/Messages")]
    await api.post(f"{path}/Messages/{said[1]}", Body="edited")
    await api.delete(f"{path}/Messages/{said[2]}")
    new = await say(api, room, "new")
    await api.post(f"{path}/Messages/{new['sid']}", Body="new and edited")
    await api.delete(f"{path}/Participants/bob")
    carol = await api.made(f"{path}/Participants", Identity="carol")
    await api.post(path, FriendlyName="Kitchen")
    async with client_of(api) as back:
        replayed, _ = await back.subscribe_all([(sid, kind, number) for sid, (kind, number) in known.items()])
        await back.nothing_more()
    of_list = [told(each) for each in replayed if each["event_type"].startswith("list")]
    assert of_list == [
        ("list_item_updated", 1, "edited"),
        ("list_item_removed", 2, None),
        ("list_item_added", 4, "new and edited"),
    ]
    of_map = [told(each) for each in replayed if each["event_type"].startswith("map")]
    assert [each[0] for each in of_map] == ["map_item_removed", "map_item_added"]
    assert of_map[1][1] == carol["sid"]
    (document,) = [each["event"] for each in replayed if each["event_type"] == "document_updated"]
    assert document["document_data"]["friendlyName"] == "Kitchen"
    assert document["document_data"]["lastMessage"]["index"] == 4


def told(body: Json) -> tuple[Any, Any, Any]:
    event = body["event"]
    return body["event_type"], event.get("item_index", event.get("item_key")), event["item_data"].get("text")


async def test_very_much_is_replayed_in_parts(api: AccountClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "MAX_EVENTS", 3)
    room = await room_with(api, "alice", messages=8)
    said = [each["sid"] for each in await api.listed(f"/Conversations/{room}/Messages")]
    for sid in said[6], said[0]:
        await api.post(f"/Conversations/{room}/Messages/{sid}", Body="edited")
    await api.delete(f"/Conversations/{room}/Messages/{said[3]}")
    async with client_of(api) as client:
        seen: list[tuple[Any, Any, Any]] = []
        numbers, status = [0], "interrupted"
        while status == "interrupted":
            replayed, outcome = await client.subscribe(f"ES{room}.messages", "list", numbers[-1])
            status = outcome["replay_status"]
            numbers += [each["event"]["id"] for each in replayed]
            assert outcome["last_event_id"] >= numbers[-1]
            seen += map(told, replayed)
        assert numbers == sorted(set(numbers))
        assert [each[1] for each in seen] == [1, 2, 4, 5, 7, 6, 0, 3]
        await say(api, room, "live")
        assert (await client.event("list_item_added"))["item_index"] == 8
        await client.nothing_more()


async def test_more_facts_than_one_read_has_all_arrive_in_order(
    api: AccountClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = await room_with(api, "alice", "bob")
    really, reads, may_read = feed.fresh, 0, asyncio.Event()

    async def counted(*arguments: Any, **more: Any) -> feed.Fresh:
        nonlocal reads
        await may_read.wait()
        reads += 1
        return await really(*arguments, **more)

    async with client_of(api) as client:
        await watch(client, room)
        monkeypatch.setattr(follow, "MAX_FACTS", 3)
        monkeypatch.setattr(feed, "fresh", counted)
        for number in range(10):
            await say(api, room, f"no. {number}")
        may_read.set()
        texts = [(await client.event("list_item_added"))["item_data"]["text"] for _ in range(10)]
        assert texts == [f"no. {number}" for number in range(10)]
        while (await client.event("document_updated"))["document_data"]["lastMessage"]["index"] < 9:
            pass
        await client.nothing_more()
        assert reads >= 4


async def test_facts_of_an_account_that_joins_during_a_read_are_not_missed(
    api: AccountClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = await new_account(api.parlour)
    room, theirs = await room_with(api, "alice"), await room_with(other, "alice")
    really, is_reading, may_end = feed.fresh, asyncio.Event(), asyncio.Event()

    async def slow(*arguments: Any, **more: Any) -> feed.Fresh:
        is_reading.set()
        await may_end.wait()
        return await really(*arguments, **more)

    async with client_of(api) as client, client_of(other) as late:
        await watch(client, room, "messages")
        monkeypatch.setattr(feed, "fresh", slow)
        await say(api, room, "hello")
        await is_reading.wait()
        await watch(late, theirs, "messages")
        await say(other, theirs, "during the read")
        may_end.set()
        assert (await late.event("list_item_added"))["item_data"]["text"] == "during the read"
        assert (await client.event("list_item_added"))["item_data"]["text"] == "hello"
        await late.nothing_more()
        await client.nothing_more()
