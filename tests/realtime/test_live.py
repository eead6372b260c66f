"""What others do reaches those who are subscribed: each change as one event, in the published shape and order."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.access_tokens import token_for
from tests.account_client import AccountClient
from tests.realtime.rooms import NOWHERE, known_number, objects_of, room_with, say, user_sid, watch, watch_mine
from tests.server import Parlour, serving
from tests.twilsock import Twilsock, connected


@pytest.fixture
async def alice(api: AccountClient) -> AsyncIterator[Twilsock]:
    async with connected(api.parlour, await token_for(api, "alice")) as client:
        yield client


async def test_a_message_comes_to_the_list_and_the_document(api: AccountClient, alice: Twilsock) -> None:
    room = await room_with(api, "alice", "bob")
    await watch(alice, room)
    said = await say(api, room, "hello")
    added = await alice.event("list_item_added")
    assert added["list_sid"] == f"ES{room}.messages"
    assert (added["item_index"], added["item_data"]["sid"], added["item_data"]["text"]) == (0, said["sid"], "hello")
    assert added["item_data"]["memberSid"] == said["participant_sid"]
    updated = await alice.event("document_updated")
    assert updated["document_data"]["lastMessage"]["index"] == 0
    path = f"/Conversations/{room}/Messages/{said['sid']}"
    await api.post(path, Body="hello again")
    edited = await alice.event("list_item_updated")
    assert (edited["item_index"], edited["item_data"]["text"]) == (0, "hello again")
    await api.delete(path)
    removed = await alice.event("list_item_removed")
    assert (removed["item_index"], removed["item_data"]["text"]) == (0, "hello again")
    assert added["id"] < edited["id"] < removed["id"]
    assert (await alice.event("document_updated"))["document_data"]["lastMessage"] is None
    await alice.nothing_more()


async def test_participants_come_change_and_go(api: AccountClient, alice: Twilsock) -> None:
    room = await room_with(api, "alice")
    await watch(alice, room, "roster")
    bob = await api.made(f"/Conversations/{room}/Participants", Identity="bob", Attributes={"a": 1})
    added = await alice.event("map_item_added", item_key=bob["sid"], map_sid=f"MP{room}.roster")
    assert added["item_data"]["userInfo"] == f"users.{await user_sid(api, 'bob')}"
    assert (added["item_data"]["type"], added["item_data"]["identity"]) == ("chat", "bob")
    phone = {"MessagingBinding.Address": "+15550001111", "MessagingBinding.ProxyAddress": "+15550002222"}
    sms = await api.made(f"/Conversations/{room}/Participants", **phone)
    assert (await alice.event("map_item_added", item_key=sms["sid"]))["item_data"]["type"] == "sms"
    await api.post(f"/Conversations/{room}/Participants/bob", Attributes={"a": 2})
    assert (await alice.event("map_item_updated"))["item_data"]["attributes"] == '{"a":2}'
    await api.delete(f"/Conversations/{room}/Participants/{bob['sid']}")
    assert (await alice.event("map_item_removed"))["item_key"] == bob["sid"]
    await alice.nothing_more()


async def test_a_read_horizon_moves_for_oneself_and_the_others(api: AccountClient, alice: Twilsock) -> None:
    room, mine = await room_with(api, "alice", messages=2), await user_sid(api, "alice")
    await watch(alice, room, "roster")
    await watch_mine(alice, mine)
    await api.post(f"/Users/alice/Conversations/{room}", LastReadMessageIndex=1, NotificationLevel="muted")
    moved = await alice.event("map_item_updated", map_sid=f"MP{room}.roster")
    assert moved["item_data"]["lastConsumedMessageIndex"] == 1
    own = await alice.event("map_item_updated", map_sid=f"MP{mine}.my_conversations")
    assert (own["item_key"], own["id"]) == (room, moved["id"])
    assert own["item_data"].items() >= {"lastConsumedMessageIndex": 1, "notificationLevel": "muted"}.items()
    await alice.nothing_more()


async def test_a_conversation_is_joined_edited_and_deleted(api: AccountClient, alice: Twilsock) -> None:
    await room_with(api, "alice")
    mine = await user_sid(api, "alice")
    await watch_mine(alice, mine)
    room = await room_with(api, "bob", "alice", messages=1)
    joined = await alice.event("map_item_added", map_sid=f"MP{mine}.my_conversations")
    assert joined["item_key"] == room
    await watch(alice, room)
    await api.post(f"/Conversations/{room}", FriendlyName="Kitchen", State="inactive")
    edited = await alice.event("document_updated", document_sid=f"ET{room}.channel")
    data = edited["document_data"]
    assert (data["friendlyName"], data["state"]["current"], data["lastMessage"]["index"]) == ("Kitchen", "inactive", 0)
    await api.delete(f"/Conversations/{room}")
    gone = [(await alice.taken(lambda packet: packet.method == "notification", why="news")).json for _ in range(4)]
    assert [each["event_type"] for each in gone] == [
        "map_item_removed",
        "document_removed",
        "map_removed",
        "list_removed",
    ]
    assert gone[0]["event"]["item_key"] == room
    await alice.nothing_more()


async def test_users_are_seen_to_change(api: AccountClient, alice: Twilsock) -> None:
    await room_with(api, "alice", "bob")
    bob = await user_sid(api, "bob")
    sid = f"MPusers.{bob}"
    await alice.subscribe(sid, "map", await known_number(alice, sid, "map"))
    await api.post("/Users/bob", FriendlyName="Bob")
    assert (await alice.event("map_item_updated", item_key="friendlyName"))["item_data"] == {"value": "Bob"}
    await alice.event("map_item_updated", item_key="attributes")
    await alice.event("map_item_updated", item_key="reachability")
    await api.delete("/Users/bob")
    await alice.event("map_removed", map_sid=sid)
    await alice.nothing_more()


async def test_whoever_is_removed_gets_nothing_more_of_the_conversation(api: AccountClient, alice: Twilsock) -> None:
    room, mine = await room_with(api, "alice", "bob"), await user_sid(api, "alice")
    await watch(alice, room)
    await watch_mine(alice, mine)
    async with connected(api.parlour, await token_for(api, "bob")) as bob:
        await watch(bob, room)
        await api.delete(f"/Conversations/{room}/Participants/alice")
        await say(api, room, "among us")
        await bob.event("list_item_added")
        await bob.event("document_updated")
        await bob.event("map_item_removed")
        await bob.nothing_more()
    await alice.event("map_item_removed", map_sid=f"MP{room}.roster")
    await alice.event("map_item_removed", map_sid=f"MP{mine}.my_conversations")
    await alice.nothing_more()
    replayed, outcomes = await alice.subscribe_all([(sid, kind, 0) for sid, kind in objects_of(room).values()])
    assert replayed == []
    assert {(each["event_type"], each["error"]["status"], each["error"]["code"]) for each in outcomes.values()} == {
        ("subscription_failed", 403, 50430)
    }


async def test_what_is_not_there_cannot_be_subscribed_to(api: AccountClient, alice: Twilsock) -> None:
    wanted = [*objects_of(NOWHERE).values(), ("ESnothing", "list"), ("MPusers.US" + "0" * 32, "map")]
    replayed, outcomes = await alice.subscribe_all([(sid, kind, 0) for sid, kind in wanted])
    assert replayed == []
    assert {(each["event_type"], each["error"]["status"]) for each in outcomes.values()} == {
        ("subscription_failed", 404)
    }


async def test_nothing_comes_after_a_cancellation(api: AccountClient, alice: Twilsock) -> None:
    room = await room_with(api, "alice")
    await watch(alice, room, "messages", "channel")
    _, outcome = await alice.subscribe(f"ES{room}.messages", "list", None, action="cancel")
    assert outcome["event_type"] == "subscription_canceled"
    await say(api, room, "unheard")
    await alice.event("document_updated")
    await alice.nothing_more()


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        {"action": "establish", "requests": 3},
        {"action": "establish", "requests": [{"object_sid": 1}]},
        {"action": "establish", "requests": [{"object_sid": "x", "last_event_id": "1"}]},
        {"action": "establish", "requests": [{"object_sid": "x"}] * 1001},
        {"action": "destroy", "requests": []},
    ],
)
async def test_a_malformed_call_is_refused(alice: Twilsock, body: Any) -> None:
    assert (await alice.post("/v4/Subscriptions", body)).refusal == (400, 20001)


@pytest.mark.parametrize("above", [-(2**63) - 1, -(10**30), 2**63, 10**30])
async def test_a_number_that_no_event_has_is_taken_for_the_nearest(
    api: AccountClient, alice: Twilsock, above: int
) -> None:
    room = await room_with(api, "alice", messages=1)
    replayed, outcome = await alice.subscribe(f"ES{room}.messages", "list", above)
    assert len(replayed) == (1 if above < 0 else 0)
    assert outcome["event_type"] == "subscription_established"


async def test_a_change_in_another_process_is_seen_once(
    api: AccountClient, alice: Twilsock, parlour: Parlour, database_url: str
) -> None:
    room = await room_with(api, "alice")
    await watch(alice, room)
    async with serving(database_url) as second:
        there = AccountClient(second, api.account, api.token, api.service)
        async with connected(second, await token_for(api, "alice")) as other:
            await watch(other, room)
            for number in range(5):
                await say((api, there)[number % 2], room, f"no. {number}")
            for client in (alice, other):
                texts = [(await client.event("list_item_added"))["item_data"]["text"] for _ in range(5)]
                assert texts == [f"no. {number}" for number in range(5)]
                while (await client.event("document_updated"))["document_data"]["lastMessage"]["index"] < 4:
                    pass
                await client.nothing_more()
