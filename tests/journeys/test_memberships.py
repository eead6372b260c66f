"""Stories of joining, leaving and reading, seen through both founding lists: an identity's rows, and a user's."""

import re
from typing import Any

import pytest

from tests.account_client import NOT_FOUND, AccountClient, PathForm

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


async def by_identity(api: AccountClient, identity: str) -> list[dict[str, Any]]:
    return await api.listed("/ParticipantConversations", Identity=identity)


async def by_address(api: AccountClient, address: str) -> list[dict[str, Any]]:
    return await api.listed("/ParticipantConversations", Address=address)


async def of_user(api: AccountClient, user: str) -> list[dict[str, Any]]:
    return await api.listed(f"/Users/{user}/Conversations")


async def room(api: AccountClient, *identities: str, **form: object) -> str:
    """The path of a new conversation with these in it."""
    path = f"/Conversations/{(await api.made('/Conversations', **form))['sid']}"
    for identity in identities:
        await api.made(path + "/Participants", Identity=identity)
    return path


async def test_an_identity_that_was_never_seen_becomes_a_user_whom_both_lists_know(api: AccountClient) -> None:
    assert (await api.get("/Users/dana/Conversations")).refusal == NOT_FOUND
    path = await room(api, "dana")
    user = (await api.get("/Users/dana")).row
    (listed,), (mine,) = await by_identity(api, "dana"), await of_user(api, "dana")
    assert listed["participant_identity"] == user["identity"] == "dana"
    assert listed["participant_user_sid"] == mine["user_sid"] == user["sid"]
    assert listed["conversation_sid"] == mine["conversation_sid"] == path.rsplit("/", 1)[1]
    assert listed["participant_sid"] == mine["participant_sid"]
    assert await of_user(api, user["sid"]) == [mine]


async def test_a_telephone_is_found_by_its_address_and_is_no_user(api: AccountClient) -> None:
    path = await room(api, "dana")
    participant = await api.made(path + "/Participants", **PAIR)
    (listed,) = await by_address(api, "+15551234567")
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
    assert await by_address(api, "+15557654321") == [], "the proxy address is not the participant's own"
    assert [row["participant_sid"] for row in await of_user(api, "dana")] != [participant["sid"]]
    assert [user["identity"] for user in await api.listed("/Users")] == ["dana"]


async def test_who_leaves_and_comes_back_begins_anew(api: AccountClient) -> None:
    path = await room(api, "dana")
    await api.made(path + "/Messages", Body="hello")
    mine = f"/Users/dana{path}"
    before = (await api.post(mine, LastReadMessageIndex=0, NotificationLevel="muted")).row
    assert (before["unread_messages_count"], before["notification_level"]) == (0, "muted")

    assert (await api.delete(f"{path}/Participants/dana")).status == 204
    assert await by_identity(api, "dana") == await of_user(api, "dana") == []
    assert (await api.get(mine)).refusal == NOT_FOUND

    again = await api.made(path + "/Participants", Identity="dana")
    after = (await api.get(mine)).row
    assert after["participant_sid"] == again["sid"] != before["participant_sid"]
    assert (after["last_read_message_index"], after["unread_messages_count"]) == (None, None)
    assert after["notification_level"] == "default"
    assert after["user_sid"] == before["user_sid"]
    assert [row["participant_sid"] for row in await by_identity(api, "dana")] == [again["sid"]]


async def test_a_closed_conversation_stays_listed_and_gives_its_address_pair_back(api: AccountClient) -> None:
    path = await room(api, "dana")
    await api.made(path + "/Participants", **PAIR)
    other = await room(api)
    assert (await api.post(other + "/Participants", **PAIR)).refusal == (409, 50416)

    assert (await api.post(path, State="closed")).status == 200
    (listed,), (mine,) = await by_identity(api, "dana"), await of_user(api, "dana")
    assert listed["conversation_state"] == mine["conversation_state"] == "closed"
    assert (await api.post(f"/Users/dana{path}", LastReadMessageIndex=0)).refusal == (400, 50377)

    await api.made(other + "/Participants", **PAIR)
    states = {row["conversation_sid"]: row["conversation_state"] for row in await by_address(api, "+15551234567")}
    assert states == {path.rsplit("/", 1)[1]: "closed", other.rsplit("/", 1)[1]: "active"}


async def test_a_deleted_conversation_leaves_both_lists_and_its_name_is_free(api: AccountClient) -> None:
    path, kept = await room(api, "dana", UniqueName="returns"), await room(api, "dana")
    assert (await api.delete("/Conversations/returns")).status == 204
    for rows in (await by_identity(api, "dana"), await of_user(api, "dana")):
        assert [row["conversation_sid"] for row in rows] == [kept.rsplit("/", 1)[1]]
    assert (await api.get(path)).refusal == NOT_FOUND
    assert await room(api, UniqueName="returns") != path


async def test_a_deleted_user_is_in_no_list_any_more(api: AccountClient) -> None:
    path = await room(api, "dana", "lee")
    user = (await api.get("/Users/dana")).row["sid"]
    await api.made(path + "/Messages", Body="goodbye", Author="dana")
    assert (await api.delete("/Users/dana")).status == 204
    for reference in (user, "dana"):
        assert (await api.get(f"/Users/{reference}/Conversations")).refusal == NOT_FOUND
    assert await by_identity(api, "dana") == []
    assert [row["identity"] for row in await api.listed(path + "/Participants")] == ["lee"]
    assert [row["author"] for row in await api.listed(path + "/Messages")] == ["dana"], "what was said stays said"

    await api.made(path + "/Participants", Identity="dana")
    assert (await api.get("/Users/dana")).row["sid"] != user
    assert len(await of_user(api, "dana")) == 1


async def test_both_paths_to_the_default_service_give_the_same_rows_and_no_others(api: AccountClient) -> None:
    await room(api, "dana")
    other = api.in_service((await api.made("/v1/Services", FriendlyName="other"))["sid"])
    await room(other, "dana")
    short = AccountClient(api.parlour, api.account, api.token, api.service)
    explicit = AccountClient(api.parlour, api.account, api.token, api.service, PathForm.SERVICE)
    for ask in (by_identity, of_user):
        (in_short,), (in_explicit,), (elsewhere,) = [await ask(each, "dana") for each in (short, explicit, other)]
        assert in_short["chat_service_sid"] == in_explicit["chat_service_sid"] == api.service
        assert elsewhere["chat_service_sid"] == other.service
        assert elsewhere["conversation_sid"] != in_short["conversation_sid"]
        assert in_short["links"] != in_explicit["links"]
        relative = {name: url.removeprefix(explicit.root) for name, url in in_explicit["links"].items()}
        assert relative == {name: url.removeprefix(short.root) for name, url in in_short["links"].items()}
        addresses = {"url", "links"}
        assert {name: value for name, value in in_short.items() if name not in addresses} == {
            name: value for name, value in in_explicit.items() if name not in addresses
        }


async def test_a_horizon_set_on_the_participant_shows_in_the_users_list_and_back(api: AccountClient) -> None:
    path = await room(api, "dana")
    for body in ("one", "two", "three"):
        await api.made(path + "/Messages", Body=body)
    member = f"{path}/Participants/dana"
    assert (await api.post(member, LastReadMessageIndex=0)).row["last_read_message_index"] == 0
    (mine,) = await of_user(api, "dana")
    assert (mine["last_read_message_index"], mine["unread_messages_count"]) == (0, 2)

    await api.post(f"/Users/dana{path}", LastReadMessageIndex=2)
    assert (await api.get(member)).row["last_read_message_index"] == 2
    (mine,) = await of_user(api, "dana")
    assert (mine["last_read_message_index"], mine["unread_messages_count"]) == (2, 0)


async def test_unread_counts_messages_and_not_the_distance_of_their_indices(api: AccountClient) -> None:
    """The table of examples: of seven messages the fourth and fifth are gone."""
    path = await room(api, "dana")
    sids = [(await api.made(path + "/Messages", Body=str(number)))["sid"] for number in range(7)]
    for sid in sids[3:5]:
        await api.delete(f"{path}/Messages/{sid}")
    counts = {}
    for index in ("", 0, 2, 4, 6, 99):
        row = (await api.post(f"/Users/dana{path}", LastReadMessageIndex=index)).row
        counts[row["last_read_message_index"]] = row["unread_messages_count"]
    assert counts == {None: None, 0: 4, 2: 2, 4: 2, 6: 0, 99: 0}


async def test_every_row_has_all_its_keys_and_well_formed_values(api: AccountClient) -> None:
    full = await room(api, "dana", FriendlyName="Returns", UniqueName="returns", Attributes={"a": [1]})
    await api.post(full, **{"Timers.Inactive": "PT10M", "Timers.Closed": "PT1H"})
    await api.made(full + "/Participants", **PAIR)
    await api.post(f"/Users/dana{full}", LastReadMessageIndex=0)
    await room(api, "dana")
    for rows, keys in [
        (await by_identity(api, "dana"), BY_IDENTITY),
        (await by_address(api, "+15551234567"), BY_IDENTITY),
        (await of_user(api, "dana"), OF_USER),
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
                assert (await api.get(url)).status == 200
