"""Stories of joining, leaving and reading, seen through both founding lists: an identity's rows, and a user's."""

import re
from typing import Any

import pytest

from tests.house import NOT_FOUND, House, PathForm

pytestmark = pytest.mark.both_forms

SID = re.compile(r"^[A-Z]{2}[0-9a-f]{32}$")
DATE = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
BY_IDENTITY = {
    "account_sid", "chat_service_sid", "conversation_sid", "participant_sid", "conversation_friendly_name",
    "conversation_state", "conversation_timers", "conversation_attributes", "conversation_date_created",
    "conversation_date_updated", "conversation_created_by", "conversation_unique_name", "participant_user_sid",
    "participant_identity", "participant_messaging_binding", "links",
}  # fmt: skip
OF_USER = {
    "account_sid", "chat_service_sid", "conversation_sid", "unread_messages_count", "last_read_message_index",
    "participant_sid", "user_sid", "friendly_name", "conversation_state", "timers", "attributes", "date_created",
    "date_updated", "created_by", "notification_level", "unique_name", "url", "links",
}  # fmt: skip
PAIR = {"MessagingBinding.Address": "+15551234567", "MessagingBinding.ProxyAddress": "+15557654321"}


async def by_identity(house: House, identity: str) -> list[dict[str, Any]]:
    return await house.listed("/ParticipantConversations", Identity=identity)


async def by_address(house: House, address: str) -> list[dict[str, Any]]:
    return await house.listed("/ParticipantConversations", Address=address)


async def of_user(house: House, user: str) -> list[dict[str, Any]]:
    return await house.listed(f"/Users/{user}/Conversations")


async def room(house: House, *identities: str, **form: object) -> str:
    """The path of a new conversation with these in it."""
    path = f"/Conversations/{(await house.made('/Conversations', **form))['sid']}"
    for identity in identities:
        await house.made(path + "/Participants", Identity=identity)
    return path


async def test_an_identity_that_was_never_seen_becomes_a_user_whom_both_lists_know(house: House) -> None:
    assert (await house.get("/Users/dana/Conversations")).refusal == NOT_FOUND
    path = await room(house, "dana")
    user = (await house.get("/Users/dana")).row
    (listed,), (mine,) = await by_identity(house, "dana"), await of_user(house, "dana")
    assert listed["participant_identity"] == user["identity"] == "dana"
    assert listed["participant_user_sid"] == mine["user_sid"] == user["sid"]
    assert listed["conversation_sid"] == mine["conversation_sid"] == path.rsplit("/", 1)[1]
    assert listed["participant_sid"] == mine["participant_sid"]
    assert await of_user(house, user["sid"]) == [mine]


async def test_a_telephone_is_found_by_its_address_and_is_no_user(house: House) -> None:
    path = await room(house, "dana")
    participant = await house.made(path + "/Participants", **PAIR)
    (listed,) = await by_address(house, "+15551234567")
    assert listed["participant_sid"] == participant["sid"]
    assert (listed["participant_user_sid"], listed["participant_identity"]) == (None, None)
    assert listed["participant_messaging_binding"] == {
        "address": "+15551234567",
        "proxy_address": "+15557654321",
        "type": "sms",
        "level": None,
        "name": None,
        "projected_address": None,
    }
    assert await by_address(house, "+15557654321") == [], "the proxy address is not the participant's own"
    assert [row["participant_sid"] for row in await of_user(house, "dana")] != [participant["sid"]]
    assert [user["identity"] for user in await house.listed("/Users")] == ["dana"]


async def test_who_leaves_and_comes_back_begins_anew(house: House) -> None:
    path = await room(house, "dana")
    await house.made(path + "/Messages", Body="hello")
    mine = f"/Users/dana{path}"
    before = (await house.post(mine, LastReadMessageIndex=0, NotificationLevel="muted")).row
    assert (before["unread_messages_count"], before["notification_level"]) == (0, "muted")

    assert (await house.delete(f"{path}/Participants/dana")).status == 204
    assert await by_identity(house, "dana") == await of_user(house, "dana") == []
    assert (await house.get(mine)).refusal == NOT_FOUND

    again = await house.made(path + "/Participants", Identity="dana")
    after = (await house.get(mine)).row
    assert after["participant_sid"] == again["sid"] != before["participant_sid"]
    assert (after["last_read_message_index"], after["unread_messages_count"]) == (None, None)
    assert after["notification_level"] == "default"
    assert after["user_sid"] == before["user_sid"]
    assert [row["participant_sid"] for row in await by_identity(house, "dana")] == [again["sid"]]


async def test_a_closed_conversation_stays_listed_and_gives_its_address_pair_back(house: House) -> None:
    path = await room(house, "dana")
    await house.made(path + "/Participants", **PAIR)
    other = await room(house)
    assert (await house.post(other + "/Participants", **PAIR)).refusal == (409, 50416)

    assert (await house.post(path, State="closed")).status == 200
    (listed,), (mine,) = await by_identity(house, "dana"), await of_user(house, "dana")
    assert listed["conversation_state"] == mine["conversation_state"] == "closed"
    assert (await house.post(f"/Users/dana{path}", LastReadMessageIndex=0)).refusal == (400, 50377)

    await house.made(other + "/Participants", **PAIR)
    states = {row["conversation_sid"]: row["conversation_state"] for row in await by_address(house, "+15551234567")}
    assert states == {path.rsplit("/", 1)[1]: "closed", other.rsplit("/", 1)[1]: "active"}


async def test_a_deleted_conversation_leaves_both_lists_and_its_name_is_free(house: House) -> None:
    path, kept = await room(house, "dana", UniqueName="returns"), await room(house, "dana")
    assert (await house.delete("/Conversations/returns")).status == 204
    for rows in (await by_identity(house, "dana"), await of_user(house, "dana")):
        assert [row["conversation_sid"] for row in rows] == [kept.rsplit("/", 1)[1]]
    assert (await house.get(path)).refusal == NOT_FOUND
    assert await room(house, UniqueName="returns") != path


async def test_a_deleted_user_is_in_no_list_any_more(house: House) -> None:
    path = await room(house, "dana", "lee")
    user = (await house.get("/Users/dana")).row["sid"]
    await house.made(path + "/Messages", Body="goodbye", Author="dana")
    assert (await house.delete("/Users/dana")).status == 204
    for reference in (user, "dana"):
        assert (await house.get(f"/Users/{reference}/Conversations")).refusal == NOT_FOUND
    assert await by_identity(house, "dana") == []
    assert [row["identity"] for row in await house.listed(path + "/Participants")] == ["lee"]
    assert [row["author"] for row in await house.listed(path + "/Messages")] == ["dana"], "what was said stays said"

    await house.made(path + "/Participants", Identity="dana")
    assert (await house.get("/Users/dana")).row["sid"] != user
    assert len(await of_user(house, "dana")) == 1


async def test_both_paths_to_the_default_service_give_the_same_rows_and_no_others(house: House) -> None:
    await room(house, "dana")
    other = house.in_service((await house.made("/v1/Services", FriendlyName="other"))["sid"])
    await room(other, "dana")
    short = House(house.parlour, house.account, house.token, house.service)
    explicit = House(house.parlour, house.account, house.token, house.service, PathForm.SERVICE)
    for ask in (by_identity, of_user):
        (in_short,), (in_explicit,), (elsewhere,) = [await ask(each, "dana") for each in (short, explicit, other)]
        assert in_short["chat_service_sid"] == in_explicit["chat_service_sid"] == house.service
        assert elsewhere["chat_service_sid"] == other.service
        assert elsewhere["conversation_sid"] != in_short["conversation_sid"]
        assert in_short["links"] != in_explicit["links"]
        relative = {name: url.removeprefix(explicit.root) for name, url in in_explicit["links"].items()}
        assert relative == {name: url.removeprefix(short.root) for name, url in in_short["links"].items()}
        addresses = {"url", "links"}
        assert {name: value for name, value in in_short.items() if name not in addresses} == {
            name: value for name, value in in_explicit.items() if name not in addresses
        }


async def test_a_horizon_set_on_the_participant_shows_in_the_users_list_and_back(house: House) -> None:
    path = await room(house, "dana")
    for body in ("one", "two", "three"):
        await house.made(path + "/Messages", Body=body)
    member = f"{path}/Participants/dana"
    assert (await house.post(member, LastReadMessageIndex=0)).row["last_read_message_index"] == 0
    (mine,) = await of_user(house, "dana")
    assert (mine["last_read_message_index"], mine["unread_messages_count"]) == (0, 2)

    await house.post(f"/Users/dana{path}", LastReadMessageIndex=2)
    assert (await house.get(member)).row["last_read_message_index"] == 2
    (mine,) = await of_user(house, "dana")
    assert (mine["last_read_message_index"], mine["unread_messages_count"]) == (2, 0)


async def test_unread_counts_messages_and_not_the_distance_of_their_indices(house: House) -> None:
    """The table of examples: of seven messages the fourth and fifth are gone."""
    path = await room(house, "dana")
    sids = [(await house.made(path + "/Messages", Body=str(number)))["sid"] for number in range(7)]
    for sid in sids[3:5]:
        await house.delete(f"{path}/Messages/{sid}")
    counts = {}
    for index in ("", 0, 2, 4, 6, 99):
        row = (await house.post(f"/Users/dana{path}", LastReadMessageIndex=index)).row
        counts[row["last_read_message_index"]] = row["unread_messages_count"]
    assert counts == {None: None, 0: 4, 2: 2, 4: 2, 6: 0, 99: 0}


async def test_every_row_has_all_its_keys_and_well_formed_values(house: House) -> None:
    full = await room(house, "dana", FriendlyName="Returns", UniqueName="returns", Attributes={"a": [1]})
    await house.post(full, **{"Timers.Inactive": "PT10M", "Timers.Closed": "PT1H"})
    await house.made(full + "/Participants", **PAIR)
    await house.post(f"/Users/dana{full}", LastReadMessageIndex=0)
    await room(house, "dana")
    for rows, keys in [
        (await by_identity(house, "dana"), BY_IDENTITY),
        (await by_address(house, "+15551234567"), BY_IDENTITY),
        (await of_user(house, "dana"), OF_USER),
    ]:
        assert rows
        for row in rows:
            assert set(row) == keys
            assert set(row["links"]) == {"participant", "conversation"}
            sids = [value for name, value in row.items() if name.endswith("_sid") and value is not None]
            assert all(SID.match(sid) for sid in sids)
            dates = [value for name, value in row.items() if "date_" in name]
            dates += list(row.get("timers", row.get("conversation_timers", {})).values())
            assert len(dates) >= 2
            assert all(DATE.match(date) for date in dates)
            for url in row["links"].values():
                assert (await house.get(url)).status == 200
