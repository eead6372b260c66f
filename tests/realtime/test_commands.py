"""What clients write, through the socket: each call answers what SDKs read of it, and others see what it did."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from parlour.core.permissions import Permission
from parlour.resources.roles.model import RoleType
from tests.access_tokens import token_for
from tests.account_client import AccountClient
from tests.client_calls import NOT_A_MEMBER, NOT_PERMITTED, ROUTES
from tests.end_users import role
from tests.realtime.rooms import NOWHERE, room_with, user_sid, watch, watch_mine
from tests.twilsock import Twilsock, connected

CONVERSATIONS, MINE = "/Client/v2/Conversations", "/Client/v2/MyConversations"


@dataclass
class Two:
    """Alice and Bob, each on a socket of their own."""

    api: AccountClient
    alice: Twilsock
    bob: Twilsock

    async def room(self) -> str:
        """A new conversation of both, which both watch."""
        room = await room_with(self.api, "alice", "bob")
        for client in (self.alice, self.bob):
            await watch(client, room)
        return room


@pytest.fixture
async def two(api: AccountClient) -> AsyncIterator[Two]:
    async with (
        connected(api.parlour, await token_for(api, "alice")) as alice,
        connected(api.parlour, await token_for(api, "bob")) as bob,
    ):
        yield Two(api, alice, bob)


async def test_a_conversation_is_made_joined_changed_left_and_deleted(two: Two) -> None:
    mine = await user_sid(two.api, "alice")
    await watch_mine(two.alice, mine)
    made = (await two.alice.post(CONVERSATIONS, {"friendly_name": "Desk", "unique_name": "desk"})).row
    path, own = f"{CONVERSATIONS}/{made['sid']}", f"MP{mine}.my_conversations"
    document = (await two.alice.get(f"/v3/Documents/{made['sync_objects']['conversation']}")).row
    assert document["data"]["friendlyName"] == "Desk"
    assert document["data"]["dateUpdated"] == made["date_updated"]
    joined = (await two.alice.post(f"{path}/Participants", {"identity": "alice"})).row
    assert (await two.alice.event("map_item_added", map_sid=own))["item_key"] == made["sid"]
    await watch(two.alice, made["sid"])
    assert (await two.alice.post(path, {"attributes": '{"a":1}'})).status == 200
    changed = (await two.alice.event("document_updated"))["document_data"]
    peeked = (await two.alice.get(path)).row
    assert changed["attributes"] == peeked["attributes"] == '{"a":1}'
    assert (changed["dateUpdated"], changed["dateCreated"]) == (peeked["date_updated"], peeked["date_created"])
    by_name = (await two.alice.get(f"{MINE}/desk")).row
    assert by_name["date_updated"] == peeked["date_updated"]
    assert (await two.bob.post(f"{CONVERSATIONS}/desk/Participants", {"identity": "bob"})).status == 201
    assert (await two.alice.event("map_item_added"))["item_data"]["identity"] == "bob"
    assert (await two.bob.delete(f"{path}/Participants/bob")).status == 204
    assert (await two.alice.event("map_item_removed"))["item_data"]["identity"] == "bob"
    assert joined["sid"].startswith("MB")
    assert (await two.alice.delete(path)).status == 204
    assert (await two.alice.event("map_item_removed", map_sid=own))["item_key"] == made["sid"]


async def test_messages_reach_the_other_as_they_become(two: Two) -> None:
    room = await two.room()
    path = f"{CONVERSATIONS}/{room}/Messages"
    text = "grüß\r\n\u2028 😀"
    sent = (await two.alice.post(path, {"body": text, "attributes": '{"a":1}', "subject": None})).row
    assert sent["index"] == 0
    came = await two.bob.event("list_item_added")
    assert came["item_data"].items() >= {"sid": sent["sid"], "author": "alice", "text": text}.items()
    assert (await two.bob.post(f"{path}/{sent['sid']}", {"body": "mine"})).refusal == NOT_PERMITTED
    assert (await two.alice.post(f"{path}/{sent['sid']}", {"body": "better"})).status == 200
    edited = (await two.bob.event("list_item_updated"))["item_data"]
    assert (edited["text"], edited["author"], edited["lastUpdatedBy"]) == ("better", "alice", "alice")
    assert edited["dateUpdated"] > came["item_data"]["dateUpdated"] == edited["timestamp"]
    moderator = await role(two.api, RoleType.CONVERSATION, [Permission.EDIT_ANY_MESSAGE])
    await two.api.post(f"/Conversations/{room}/Participants/bob", RoleSid=moderator)
    assert (await two.bob.post(f"{path}/{sent['sid']}", {"body": "best"})).status == 200
    edited = (await two.bob.event("list_item_updated"))["item_data"]
    assert (edited["text"], edited["author"], edited["lastUpdatedBy"]) == ("best", "alice", "bob")
    assert (await two.alice.delete(f"{path}/{sent['sid']}")).status == 204
    assert (await two.bob.event("list_item_removed"))["item_index"] == 0


async def test_the_horizon_and_the_level_are_answered_and_shown(two: Two) -> None:
    room = await two.room()
    await watch_mine(two.alice, await user_sid(two.api, "alice"))
    for _ in range(2):
        await two.bob.post(f"{CONVERSATIONS}/{room}/Messages", {"body": "hello"})
    horizons: list[tuple[int | None, int | None]] = [(0, 1), (1, 0), (0, 1), (None, None)]
    for index, unread in horizons:
        answer = await two.alice.post(f"{MINE}/{room}", {"last_read_message_index": index})
        assert answer.row["unread_messages_count"] == unread
        seen = await two.bob.event("map_item_updated", map_sid=f"MP{room}.roster")
        assert seen["item_data"]["lastConsumedMessageIndex"] == index
        assert (seen["item_data"]["lastConsumptionTimestamp"] is None) is (index is None)
        own = await two.alice.event("map_item_updated", item_key=room)
        assert own["item_data"]["lastConsumedMessageIndex"] == index
    assert (await two.alice.post(f"{MINE}/{room}", {"notification_level": "muted"})).status == 200
    assert (await two.alice.event("map_item_updated", item_key=room))["item_data"]["notificationLevel"] == "muted"
    assert (await two.alice.get(f"{CONVERSATIONS}/{room}")).row["notification_level"] == "muted"


async def test_a_changed_role_counts_for_the_next_command_of_an_open_socket(two: Two) -> None:
    room = (await two.api.made("/Conversations"))["sid"]
    sending = await role(two.api, RoleType.CONVERSATION, [Permission.SEND_MESSAGE])
    await two.api.made(f"/Conversations/{room}/Participants", Identity="alice", RoleSid=sending)
    path = f"{CONVERSATIONS}/{room}/Messages"
    assert (await two.alice.post(path, {"body": "hello"})).status == 201
    assert (await two.alice.post(CONVERSATIONS, {})).status == 201
    await two.api.post(f"/Roles/{sending}", Permission="leaveConversation")
    assert (await two.alice.post(path, {"body": "hello"})).refusal == NOT_PERMITTED
    joining = await role(two.api, RoleType.SERVICE, [Permission.JOIN_CONVERSATION])
    await two.api.post("/Users/alice", RoleSid=joining)
    assert (await two.alice.post(CONVERSATIONS, {})).refusal == NOT_PERMITTED
    await two.api.delete(f"/Conversations/{room}/Participants/alice")
    assert (await two.alice.post(path, {"body": "hello"})).refusal == NOT_A_MEMBER
    await two.api.delete("/Users/alice")
    assert (await two.alice.get(MINE)).refusal == NOT_PERMITTED


async def test_every_declared_call_is_served(two: Two) -> None:
    room = await room_with(two.api, "alice", "bob", messages=1)
    (message,) = await two.api.listed(f"/Conversations/{room}/Messages")
    known = {"{ConversationSid}": room, "{MessageSid}": message["sid"]}
    refused: dict[str, tuple[int, int]] = {}
    for route in sorted(ROUTES, key=lambda each: each.method == "DELETE"):
        parts = [known.get(part, part) for part in route.path.split("/")]
        if parts[-1] == "{Sid}":
            parts[-1] = {"Messages": message["sid"], "Conversations": room, "MyConversations": room}.get(
                parts[-2], "alice"
            )
        answer = await two.alice.call(route.method, "/".join(parts), {}, params={})
        if answer.status >= 400:
            refused[route.id] = answer.refusal
    assert refused == {
        "CreateClientParticipant": (400, 50204),  # neither an identity nor an address
        "CreateClientMessage": (400, 50503),  # nothing in it
        "FetchClientChannelMetadata": (404, 50530),
        "CreateClientRegistration": (400, 20001),  # nothing in it
        "DeleteClientDevice": (400, 20001),
        "DeleteClientRegistration": (404, 20404),
        "DeleteClientConversation": NOT_PERMITTED,
        "DeleteClientMessage": NOT_A_MEMBER,  # after having left
    }


@pytest.mark.parametrize("body", ["null", "[]", '"text"', "5", "{", "", "\x00", '{"body":"\\ud800"}', "[" * 100_000])
async def test_what_is_no_object_is_refused_and_the_socket_lives(two: Two, body: str) -> None:
    room = await room_with(two.api, "alice")
    answer = await two.alice.call_raw("POST", f"{CONVERSATIONS}/{room}/Messages", body.encode(), "application/json", {})
    assert answer.status == 400
    assert (await two.alice.get(f"{MINE}/{NOWHERE}")).refusal == (404, 20404)


async def test_params_come_alone_in_lists_and_escaped(two: Two) -> None:
    sids = sorted([await room_with(two.api, "alice") for _ in range(3)])
    page: dict[str, Any] = (await two.alice.get(MINE, PageSize=["2"])).row
    assert [each["conversation_sid"] for each in page["conversations"]] == sids[:2]
    rest = (await two.alice.get(MINE, PageToken=page["meta"]["next_token"])).row
    assert [each["conversation_sid"] for each in rest["conversations"]] == sids[2:]
