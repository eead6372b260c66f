"""Sync objects over the socket: who may read them, what they hold, and how their items are paged."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.access_tokens import token_for
from tests.account_client import NOT_FOUND, AccountClient, new_account
from tests.realtime.rooms import NOWHERE, objects_of, room_with, user_sid
from tests.twilsock import Twilsock, connected

NOT_A_MEMBER, DENIED = (403, 50430), (403, 50107)


@pytest.fixture
async def alice(api: AccountClient) -> AsyncIterator[Twilsock]:
    async with connected(api.parlour, await token_for(api, "alice")) as client:
        yield client


async def read_all(client: Twilsock, room: str) -> list[Any]:
    """What the client gets of the three objects of a conversation, and of their items: a status, or a refusal."""
    found = []
    for sid, kind in objects_of(room).values():
        for below in ("",) if kind == "document" else ("", "/Items"):
            answer = await client.get(f"/v3/{kind.capitalize()}s/{sid}{below}")
            found.append(200 if answer.status == 200 else answer.refusal)
    return found


async def test_a_participant_reads_the_three_objects_of_a_conversation(api: AccountClient, alice: Twilsock) -> None:
    room = await room_with(api, "alice", "bob", messages=2)
    document = (await alice.get(f"/v3/Documents/{room}.channel")).row
    assert (document["sid"], document["unique_name"]) == (f"ET{room}.channel", f"{room}.channel")
    data = document["data"]
    assert (data["messages"], data["roster"]) == (f"{room}.messages", f"{room}.roster")
    assert (data["friendlyName"], data["attributes"], data["createdBy"]) == ("Room", '{"floor":1}', "system")
    assert (data["lastMessage"]["index"], data["state"]["current"], data["bindings"]) == (1, "active", {})
    for kind, name in (("Lists", "messages"), ("Maps", "roster")):
        descriptor = (await alice.get(f"/v3/{kind}/{room}.{name}")).row
        path = descriptor["links"]["items"].removeprefix("https://p")
        assert path == f"/v3/{kind}/{descriptor['sid']}/Items"
        items = (await alice.get(path)).row["items"]
        assert len(items) == 2
        assert max(item["last_event_id"] for item in items) <= descriptor["last_event_id"]
        assert descriptor["last_event_id"] == document["last_event_id"]


async def test_only_participants_see_a_conversation(api: AccountClient, alice: Twilsock) -> None:
    room, stranger = await room_with(api, "bob"), await new_account(api.parlour)
    elsewhere = await room_with(stranger, "alice")
    other_service = api.in_service((await api.made("/v1/Services", FriendlyName="other"))["sid"])
    beside = await room_with(other_service, "alice")
    assert await read_all(alice, room) == [NOT_A_MEMBER] * 5
    assert await read_all(alice, elsewhere) == [NOT_FOUND] * 5, "another account"
    assert await read_all(alice, beside) == [NOT_FOUND] * 5, "another service"
    assert await read_all(alice, NOWHERE) == [NOT_FOUND] * 5
    member = await api.made(f"/Conversations/{room}/Participants", Identity="alice")
    assert await read_all(alice, room) == [200] * 5
    await api.delete(f"/Conversations/{room}/Participants/{member['sid']}")
    assert await read_all(alice, room) == [NOT_A_MEMBER] * 5, "removed"
    await api.delete(f"/Conversations/{room}")
    assert await read_all(alice, room) == [NOT_FOUND] * 5, "deleted"


async def test_creators_who_have_not_joined_see_the_document_alone(api: AccountClient, alice: Twilsock) -> None:
    room = (await alice.post("/Client/v2/Conversations", {"friendly_name": "Mine"})).row["sid"]
    assert await read_all(alice, room) == [200, *[NOT_A_MEMBER] * 4]
    await api.made(f"/Conversations/{room}/Participants", Identity="alice")
    await api.delete(f"/Conversations/{room}/Participants/alice")
    assert await read_all(alice, room) == [NOT_A_MEMBER] * 5, "they have left"


async def test_users_are_seen_by_all_of_their_service_and_their_conversations_by_themselves(
    api: AccountClient, alice: Twilsock
) -> None:
    room = await room_with(api, "alice", "bob")
    mine, bobs = await user_sid(api, "alice"), await user_sid(api, "bob")
    seen = (await alice.get(f"/v3/Maps/users.{bobs}", Include="items")).row
    assert {item["key"]: item["data"] for item in seen["items"]} == {
        "friendlyName": {"value": None},
        "attributes": {"value": "{}"},
        "reachability": {"online": False, "notifiable": False},
    }
    assert {item["last_event_id"] for item in seen["items"]} == {seen["last_event_id"]}
    items = (await alice.get(f"/v3/Maps/MP{mine}.my_conversations/Items")).row["items"]
    assert [(item["key"], item["data"]) for item in items] == [
        (
            room,
            {
                "status": "joined",
                "channel": f"{room}.channel",
                "messages": f"{room}.messages",
                "roster": f"{room}.roster",
                "lastConsumedMessageIndex": None,
                "notificationLevel": "default",
            },
        )
    ]
    assert (await alice.get(f"/v3/Maps/{bobs}.my_conversations")).refusal == DENIED
    assert (await alice.get(f"/v3/Maps/users.US{'0' * 32}")).refusal == NOT_FOUND
    stranger = await new_account(api.parlour)
    await room_with(stranger, "bob")
    assert (await alice.get(f"/v3/Maps/users.{await user_sid(stranger, 'bob')}")).refusal == NOT_FOUND


@pytest.mark.parametrize("order", ["asc", "desc"])
async def test_pages_of_messages_go_on_by_token_alone_or_from_the_last(
    api: AccountClient, alice: Twilsock, order: str
) -> None:
    room = await room_with(api, "alice", messages=7)
    await api.delete(
        f"/Conversations/{room}/Messages/{(await api.listed(f'/Conversations/{room}/Messages'))[3]['sid']}"
    )
    everything = [0, 1, 2, 4, 5, 6] if order == "asc" else [6, 5, 4, 2, 1, 0]
    path = f"/v3/Lists/ES{room}.messages/Items"
    pages = [(await alice.get(path, Order=order, PageSize=4)).row]
    pages.append((await alice.get(path, PageToken=pages[0]["meta"]["next_token"])).row)
    assert [item["index"] for page in pages for item in page["items"]] == everything
    assert pages[0]["meta"]["previous_token"] is None
    assert pages[1]["meta"]["next_token"] is None
    back = (await alice.get(path, PageToken=pages[1]["meta"]["previous_token"])).row
    assert back["items"] == pages[0]["items"]
    assert (back["meta"]["previous_token"], bool(back["meta"]["next_token"])) == (None, True)
    inclusive = (await alice.get(path, Order=order, PageSize=3, From=everything[2])).row
    assert [item["index"] for item in inclusive["items"]] == everything[2:5]
    assert inclusive["meta"]["previous_token"]
    exact = (await alice.get(path, Order=order, PageSize=6)).row
    assert exact["meta"]["next_token"] is None
    one = (await alice.get(path, Index=4)).row
    assert [item["data"]["text"] for item in one["items"]] == ["no. 4"]
    assert (await alice.get(path, Index=3)).row["items"] == []


async def test_a_token_is_valid_for_its_list_and_service_alone(api: AccountClient, alice: Twilsock) -> None:
    rooms = [await room_with(api, "alice", messages=2) for _ in range(2)]
    path = f"/v3/Lists/ES{rooms[0]}.messages/Items"
    token = (await alice.get(path, PageSize=1)).row["meta"]["next_token"]
    other = await alice.get(f"/v3/Lists/ES{rooms[1]}.messages/Items", PageToken=token)
    assert other.refusal == (400, 21481)
    assert (await alice.get(path, PageToken=token[:-2])).refusal == (400, 21481)


@pytest.mark.parametrize(
    "wrong",
    [
        {"PageSize": "0"},
        {"PageSize": "-1"},
        {"PageSize": "many"},
        {"Order": "sideways"},
        {"From": "first"},
        {"Index": "1.5"},
        {"Index": "\u0661"},
    ],
)
async def test_a_wrong_parameter_is_refused(api: AccountClient, alice: Twilsock, wrong: dict[str, str]) -> None:
    room = await room_with(api, "alice")
    assert (await alice.get(f"/v3/Lists/ES{room}.messages/Items", **wrong)).refusal == (400, 20001)


@pytest.mark.parametrize("key", ["9" * 400, "-" + "9" * 400, "%", "\ud7ff"])
async def test_strange_keys_find_nothing(api: AccountClient, alice: Twilsock, key: str) -> None:
    room = await room_with(api, "alice")
    assert (await alice.get(f"/v3/Maps/MP{room}.roster/Items", Key=key)).row["items"] == []
    if key.strip("-").isdecimal():
        assert (await alice.get(f"/v3/Lists/ES{room}.messages/Items", From=key)).row["items"] == []


@pytest.mark.parametrize(
    "reference", ["ESnothing", "{}", "ES{}.roster", "ET{}.channel", "{}.messages.messages", "ESES{}.messages", "MP"]
)
async def test_what_names_no_list_is_not_found(api: AccountClient, alice: Twilsock, reference: str) -> None:
    room = await room_with(api, "alice")
    assert (await alice.get(f"/v3/Lists/{reference.format(room)}")).refusal == NOT_FOUND


async def test_others_than_javascript_get_whole_descriptors(api: AccountClient) -> None:
    room = await room_with(api, "alice", messages=1)
    async with connected(api.parlour, await token_for(api, "alice"), metadata={"sdk": "kotlin"}) as client:
        found = (await client.get(f"/v3/Lists/{room}.messages")).row
        assert (
            found.items() >= {"type": "list", "date_expires": None, "revision": f"{found['last_event_id']:x}"}.items()
        )
        (item,) = (await client.get(f"/v3/Lists/{room}.messages/Items")).row["items"]
        assert (item["list_sid"], item["url"]) == (found["sid"], f"{found['links']['items']}/0")
