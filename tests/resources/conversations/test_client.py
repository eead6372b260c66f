"""Conversations as client SDKs call them."""

import pytest

from tests.account_client import NOT_FOUND, AccountClient
from tests.client_calls import NOT_A_MEMBER, NOT_PERMITTED, Caller, caller, in_seconds

DESCRIPTIVE = {"friendly_name", "unique_name", "attributes", "state", "created_by", "date_created", "date_updated"}
"""What a client SDK would forget if an answer left it out."""


@pytest.fixture
async def alice(api: AccountClient) -> Caller:
    return await caller(api, "alice")


async def test_creating_says_where_all_of_it_is_and_joins_nobody(api: AccountClient, alice: Caller) -> None:
    row = await alice.made("/Conversations", friendly_name="Front desk", unique_name="desk", attributes='{"floor":1}')
    sid, url = row["sid"], f"{api.url}/Client/v2/Conversations/{row['sid']}"
    assert row["url"] == url
    assert row["links"] == {"participants": f"{url}/Participants", "messages": f"{url}/Messages"}
    assert row["sync_objects"] == {
        "conversation": f"{sid}.channel", "messages": f"{sid}.messages", "participants": f"{sid}.roster",
    }  # fmt: skip
    over_rest = (await api.get(f"/Conversations/{sid}")).row
    shared = DESCRIPTIVE - {"created_by"}
    assert in_seconds(row, shared) == {name: over_rest[name] for name in shared}
    assert row["created_by"] == "alice"
    assert await api.listed(f"/Conversations/{sid}/Participants") == []


async def test_what_is_not_sent_or_null_is_as_if_it_were_missing(alice: Caller) -> None:
    bare = await alice.made("/Conversations", friendly_name=None, unique_name=None, access="private")
    assert (bare["friendly_name"], bare["unique_name"], bare["attributes"]) == (None, None, "{}")


async def test_a_peek_shows_a_creator_that_it_takes_no_part_yet(alice: Caller) -> None:
    made = await alice.made("/Conversations", unique_name="desk")
    for reference in (made["sid"], "desk"):
        shown = (await alice.get(f"/Conversations/{reference}")).row
        assert shown.pop("status") == "notParticipating"
        assert shown == made


async def test_a_participant_sees_its_own_level_and_horizon_and_the_counts(api: AccountClient, alice: Caller) -> None:
    made = await alice.made("/Conversations")
    await alice.made(f"/Conversations/{made['sid']}/Participants", identity="alice")
    await alice.post(f"/MyConversations/{made['sid']}", notification_level="muted")
    await alice.post(f"/MyConversations/{made['sid']}", last_read_message_index=0)
    await api.made(f"/Conversations/{made['sid']}/Participants", Identity="bob")
    await alice.made(f"/Conversations/{made['sid']}/Messages", body="hello")
    row = (await alice.get(f"/Conversations/{made['sid']}")).row
    assert DESCRIPTIVE.issubset(row)
    assert (row["status"], row["notification_level"], row["last_read_message_index"]) == ("joined", "muted", 0)
    assert (row["participants_count"], row["messages_count"]) == (2, 1)


async def test_a_stranger_sees_nothing_and_learns_no_more(api: AccountClient, alice: Caller) -> None:
    room = (await api.made("/Conversations", UniqueName="room"))["sid"]
    for reference in (room, "room"):
        assert (await alice.get(f"/Conversations/{reference}")).refusal == NOT_A_MEMBER
        assert (await alice.get(f"/MyConversations/{reference}")).refusal == NOT_A_MEMBER
        assert (await alice.post(f"/Conversations/{reference}", friendly_name="mine")).refusal == NOT_A_MEMBER
        assert (await alice.post(f"/Conversations/{reference}", attributes="no JSON")).refusal == NOT_A_MEMBER
        assert (await alice.delete(f"/Conversations/{reference}")).refusal == NOT_A_MEMBER
    for reference in (f"CH{1:032x}", "nowhere", "n%20o%2Fw", "%00", "\ud800"):
        assert (await alice.get(f"/Conversations/{reference}")).refusal == NOT_FOUND
        assert (await alice.delete(f"/Conversations/{reference}")).refusal == NOT_FOUND


async def test_names_are_changed_cleared_and_taken_by_one(alice: Caller) -> None:
    made, other = await alice.made("/Conversations"), await alice.made("/Conversations", unique_name="taken")
    path = f"/Conversations/{made['sid']}"
    assert (await alice.post(path, unique_name="desk")).row["unique_name"] == "desk"
    assert (await alice.post(path, unique_name="taken")).refusal == (409, 50353)
    assert (await alice.post(path, unique_name="")).row["unique_name"] is None
    assert (await alice.post(path, friendly_name="Ours")).row["friendly_name"] == "Ours"
    assert (await alice.post(path, friendly_name=None)).row["friendly_name"] is None
    assert (await alice.post(path, attributes='"text"')).row["attributes"] == '"text"'
    assert (await alice.get(f"/Conversations/{other['sid']}")).row["unique_name"] == "taken"


async def test_states_and_timers_are_the_accounts_affair(alice: Caller) -> None:
    made = await alice.made("/Conversations")
    for refused in ({"state": "closed"}, {"timers": {"closed": "PT10M"}}, {"date_created": "2020-01-01"}):
        assert (await alice.post(f"/Conversations/{made['sid']}", **refused)).refusal == NOT_PERMITTED
        assert (await alice.post("/Conversations", **refused)).refusal in (NOT_PERMITTED, (400, 50384))


async def test_a_creator_deletes_what_it_made(api: AccountClient, alice: Caller) -> None:
    made = await alice.made("/Conversations")
    answer = await alice.delete(f"/Conversations/{made['sid']}")
    assert (answer.status, answer.reply.body) == (204, b"")
    assert (await api.get(f"/Conversations/{made['sid']}")).refusal == NOT_FOUND


async def test_nobody_reaches_into_another_service(api: AccountClient, alice: Caller) -> None:
    second = api.in_service((await api.made("/v1/Services", FriendlyName="second"))["sid"])
    twin = await caller(second, "alice")
    made = await twin.made("/Conversations", unique_name="desk")
    for reference in (made["sid"], "desk"):
        assert (await alice.get(f"/Conversations/{reference}")).refusal == NOT_FOUND
        assert (await twin.get(f"/Conversations/{reference}")).status == 200
