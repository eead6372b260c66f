"""ParticipantConversations: where an identity or an address takes part."""

from datetime import UTC, datetime

import pytest

from tests.account_client import NOT_FOUND, AccountClient
from tests.server import MovableClock

pytestmark = pytest.mark.both_forms

PATH = "/ParticipantConversations"
ADDRESS, PROXY, PROJECTED = (f"MessagingBinding.{name}" for name in ("Address", "ProxyAddress", "ProjectedAddress"))


async def join(api: AccountClient, name: str, **participant: object) -> str:
    """The SID of a new conversation with that participant in it."""
    sid = (await api.made("/Conversations", UniqueName=name))["sid"]
    await api.made(f"/Conversations/{sid}/Participants", **participant)
    return str(sid)


async def names(api: AccountClient, **query: object) -> list[str]:
    return [row["conversation_unique_name"] for row in await api.listed(PATH, **query)]


async def test_a_row_tells_the_participant_and_its_conversation(api: AccountClient, clock: MovableClock) -> None:
    clock.freeze(datetime(2026, 5, 1, 12, tzinfo=UTC))
    given = {"FriendlyName": "Talk", "UniqueName": "talk", "Attributes": '{"a":1}', "Timers.Closed": "P1D"}
    sid = (await api.made("/Conversations", **given))["sid"]
    participant = (await api.made("/Conversations/talk/Participants", Identity="dana"))["sid"]
    (row,) = await api.listed(PATH, Identity="dana")
    assert row == {
        "account_sid": api.account,
        "chat_service_sid": api.service,
        "conversation_sid": sid,
        "participant_sid": participant,
        "conversation_friendly_name": "Talk",
        "conversation_state": "active",
        "conversation_timers": {"date_closed": "2026-05-02T12:00:00Z"},
        "conversation_attributes": '{"a":1}',
        "conversation_date_created": "2026-05-01T12:00:00Z",
        "conversation_date_updated": "2026-05-01T12:00:00Z",
        "conversation_created_by": "system",
        "conversation_unique_name": "talk",
        "participant_user_sid": (await api.get("/Users/dana")).row["sid"],
        "participant_identity": "dana",
        "participant_messaging_binding": None,
        "links": {
            "participant": f"{api.root}/Conversations/{sid}/Participants/{participant}",
            "conversation": f"{api.root}/Conversations/{sid}",
        },
    }


async def test_a_participant_of_a_channel_is_found_by_its_address(api: AccountClient) -> None:
    await join(api, "talk", **{ADDRESS: "+15551230001", PROXY: "+15551230002"})
    (row,) = await api.listed(PATH, Address="+15551230001")
    assert (row["participant_identity"], row["participant_user_sid"]) == (None, None)
    assert row["participant_messaging_binding"] == {
        "address": "+15551230001",
        "proxy_address": "+15551230002",
        "type": "sms",
        "level": None,
        "name": None,
        "projected_address": None,
    }


async def test_a_chat_participant_with_a_projected_address_is_found_by_identity_only(api: AccountClient) -> None:
    await join(api, "talk", Identity="dana", **{PROJECTED: "+15551230003"})
    (row,) = await api.listed(PATH, Identity="dana")
    assert row["participant_messaging_binding"] == {
        "address": None,
        "proxy_address": None,
        "type": "sms",
        "level": None,
        "name": None,
        "projected_address": "+15551230003",
    }
    assert await names(api, Address="+15551230003") == []


async def test_identities_and_addresses_are_matched_exactly(api: AccountClient) -> None:
    await join(api, "chat", Identity="dana")
    await join(api, "sms", **{ADDRESS: "+15551230001", PROXY: "+15551230002"})
    await join(api, "whatsapp", **{ADDRESS: "whatsapp:+15551230001"})
    for query, found in [
        ({"Identity": "dana"}, ["chat"]),
        ({"Identity": "Dana"}, []),
        ({"Identity": "dan"}, []),
        ({"Identity": "dana%"}, []),
        ({"Identity": "+15551230001"}, []),
        ({"Address": "+15551230001"}, ["sms"]),
        ({"Address": "whatsapp:+15551230001"}, ["whatsapp"]),
        ({"Address": "15551230001"}, []),
        ({"Address": "+15551230002"}, []),
        ({"Address": "dana"}, []),
        ({"Identity": "x" * 5000}, []),
        ({"Identity": "dana", "Address": ""}, ["chat"]),
        ({"Identity": "", "Address": "+15551230001"}, ["sms"]),
    ]:
        assert await names(api, **query) == found


async def test_a_plus_that_was_not_escaped_is_a_space(api: AccountClient) -> None:
    await join(api, "sms", **{ADDRESS: "+15551230001"})
    await join(api, "chat", Identity="dana lee")
    assert (await api.get(f"{PATH}?Address=+15551230001")).rows == []
    assert len((await api.get(f"{PATH}?Address=%2B15551230001")).rows) == 1
    for way in ("dana+lee", "dana%20lee"):
        assert len((await api.get(f"{PATH}?Identity={way}")).rows) == 1


async def test_exactly_one_of_identity_and_address_is_asked_for(api: AccountClient) -> None:
    answer = await api.get(PATH, Identity="dana", Address="+15551230001")
    assert answer.refusal == (400, 50451)
    assert answer.message == (
        "One user identifier parameter for lookup at a time is allowed. Please, use either Identity or Address."
    )
    for query in ({}, {"Identity": ""}, {"Identity": "", "Address": ""}, {"identity": "dana"}):
        answer = await api.get(PATH, **query)
        assert (answer.refusal, answer.message) == ((400, 20001), "Missing required parameter Identity or Address")
    assert (await api.get(PATH, Identity="dana")).rows == []


async def test_rows_are_listed_by_the_sids_of_conversation_and_participant(api: AccountClient) -> None:
    sids = [await join(api, name, **{ADDRESS: "+15551230001", PROXY: f"+1555123000{name}"}) for name in "372"]
    twice = await api.made(f"/Conversations/{sids[0]}/Participants", **{ADDRESS: "+15551230001", PROXY: "+15551230009"})
    rows = await api.listed(PATH, Address="+15551230001", PageSize=1)
    order = [(row["conversation_sid"], row["participant_sid"]) for row in rows]
    assert order == sorted(order)
    assert [sid for sid, _ in order] == sorted([*sids, sids[0]])
    assert (sids[0], twice["sid"]) in order


async def test_conversations_of_every_state_are_listed(api: AccountClient) -> None:
    for name in ("active", "inactive", "closed"):
        await join(api, name, Identity="dana")
        await api.post(f"/Conversations/{name}", State=name)
    rows = await api.listed(PATH, Identity="dana")
    assert {row["conversation_unique_name"]: row["conversation_state"] for row in rows} == {
        "active": "active",
        "inactive": "inactive",
        "closed": "closed",
    }


async def test_who_left_is_not_found_any_more(api: AccountClient) -> None:
    for name in ("left", "deleted", "kept"):
        await join(api, name, Identity="dana")
    await api.delete("/Conversations/left/Participants/dana")
    await api.delete("/Conversations/deleted")
    assert await names(api, Identity="dana") == ["kept"]
    await api.delete("/Users/dana")
    assert await names(api, Identity="dana") == []


async def test_other_services_are_searched_apart(api: AccountClient) -> None:
    other = api.in_service((await api.made("/v1/Services", FriendlyName="another"))["sid"])
    await join(api, "here", Identity="dana")
    await join(other, "there", Identity="dana")
    assert (await names(api, Identity="dana"), await names(other, Identity="dana")) == (["here"], ["there"])


async def test_both_lists_agree_on_a_users_conversations(api: AccountClient) -> None:
    for name in "cab":
        await join(api, name, Identity="dana")
    by_identity = await api.listed(PATH, Identity="dana")
    by_user = await api.listed("/Users/dana/Conversations")
    for key, twin in [
        ("conversation_sid", "conversation_sid"),
        ("participant_sid", "participant_sid"),
        ("participant_user_sid", "user_sid"),
        ("conversation_unique_name", "unique_name"),
        ("conversation_state", "conversation_state"),
        ("conversation_date_created", "date_created"),
        ("links", "links"),
    ]:
        assert [row[key] for row in by_identity] == [row[twin] for row in by_user]


async def test_there_is_only_the_list(api: AccountClient) -> None:
    assert (await api.post(PATH, Identity="dana")).refusal == (405, 20004)
    assert (await api.get(f"{PATH}/dana")).refusal == NOT_FOUND


async def test_more_than_a_page_is_read_on(api: AccountClient) -> None:
    sids = [await join(api, str(number), Identity="dana") for number in range(51)]
    page = await api.get(PATH, Identity="dana")
    assert len(page.rows) == 50
    last = await api.get(page.meta["next_page_url"])
    assert (len(last.rows), last.meta["next_page_url"]) == (1, None)
    assert [row["conversation_sid"] for row in page.rows + last.rows] == sorted(sids)
    assert len((await api.get(PATH, Identity="dana", PageSize=1000)).rows) == 51
