"""UserConversations: what a user has, how much of it is unread, and what the user may change."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.account_client import NOT_FOUND, AccountClient
from tests.server import MovableClock

pytestmark = pytest.mark.both_forms

HEX = "0123456789abcdef" * 2
START = datetime(2026, 5, 1, 12, tzinfo=UTC)
MINE = "/Users/dana/Conversations"


async def join(api: AccountClient, name: str, identity: str = "dana", **more: object) -> str:
    """The SID of a new conversation with *identity* in it."""
    sid = (await api.made("/Conversations", UniqueName=name, **more))["sid"]
    await api.made(f"/Conversations/{sid}/Participants", Identity=identity)
    return str(sid)


async def post(api: AccountClient, name: str, number: int) -> list[str]:
    """The SIDs of that many new messages."""
    path = f"/Conversations/{name}/Messages"
    return [(await api.made(path, Body=str(each), Author="dana"))["sid"] for each in range(number)]


async def horizon(api: AccountClient) -> tuple[int | None, int | None]:
    """Dana's last read index and number of unread messages in talk."""
    row = (await api.get(f"{MINE}/talk")).row
    return row["last_read_message_index"], row["unread_messages_count"]


async def test_a_row_tells_the_conversation_as_the_user_has_it(api: AccountClient, clock: MovableClock) -> None:
    clock.freeze(START)
    sid = await join(api, "talk", FriendlyName="Talk", Attributes='{"a":1}', **{"Timers.Inactive": "PT1H"})
    user = (await api.get("/Users/dana")).row["sid"]
    participant = (await api.get("/Conversations/talk/Participants/dana")).row["sid"]
    row = (await api.get(f"{MINE}/talk")).row
    assert row == {
        "account_sid": api.account,
        "chat_service_sid": api.service,
        "conversation_sid": sid,
        "unread_messages_count": None,
        "last_read_message_index": None,
        "participant_sid": participant,
        "user_sid": user,
        "friendly_name": "Talk",
        "conversation_state": "active",
        "timers": {"date_inactive": "2026-05-01T13:00:00Z"},
        "attributes": '{"a":1}',
        "date_created": "2026-05-01T12:00:00Z",
        "date_updated": "2026-05-01T12:00:00Z",
        "created_by": "system",
        "notification_level": "default",
        "unique_name": "talk",
        "url": f"{api.root}/Users/{user}/Conversations/{sid}",
        "links": {
            "participant": f"{api.root}/Conversations/{sid}/Participants/{participant}",
            "conversation": f"{api.root}/Conversations/{sid}",
        },
    }
    for path in (MINE, f"/Users/{user}/Conversations"):
        assert await api.listed(path) == [row]
        for reference in ("talk", sid):
            assert (await api.get(f"{path}/{reference}")).row == row


async def test_conversations_are_listed_by_their_sid(api: AccountClient) -> None:
    sids = [await join(api, name) for name in "cab"]
    await join(api, "not mine", "lee")
    assert [row["conversation_sid"] for row in await api.listed(MINE, PageSize=2)] == sorted(sids)


async def test_addresses_of_pages_hold_the_users_sid(api: AccountClient) -> None:
    for name in "ab":
        await join(api, name)
    user = (await api.get("/Users/dana")).row["sid"]
    page = await api.get(MINE, PageSize=1)
    assert page.meta["url"] == f"{api.root}/Users/{user}/Conversations?PageSize=1&Page=0"
    assert len((await api.get(page.meta["next_page_url"])).rows) == 1


async def test_a_user_without_conversations_has_an_empty_list_and_an_unknown_one_none(api: AccountClient) -> None:
    await api.made("/Users", Identity="dana")
    assert (await api.get(MINE)).rows == []
    for reference in ("nobody", f"US{HEX}"):
        answer = await api.get(f"/Users/{reference}/Conversations")
        assert answer.refusal == NOT_FOUND
        assert answer.message == f"The requested resource {api.prefix}/Users/{reference}/Conversations was not found"


async def test_conversations_of_every_state_are_listed(api: AccountClient) -> None:
    for name in ("active", "inactive", "closed"):
        await join(api, name)
        await api.post(f"/Conversations/{name}", State=name)
    assert {row["unique_name"]: row["conversation_state"] for row in await api.listed(MINE)} == {
        "active": "active",
        "inactive": "inactive",
        "closed": "closed",
    }


async def test_a_conversation_without_the_user_is_not_found(api: AccountClient) -> None:
    await api.made("/Users", Identity="dana")
    await join(api, "talk", "lee")
    for reference in ("talk", "nothing", f"CH{HEX}"):
        path = f"{MINE}/{reference}"
        for answer in (
            await api.get(path),
            await api.post(path, NotificationLevel="nonsense"),
            await api.delete(path),
        ):
            assert answer.refusal == NOT_FOUND
            assert answer.message == f"The requested resource {api.prefix}{path} was not found"
    assert (await api.get("/Users/lee/Conversations/talk")).status == 200


async def test_another_service_has_conversations_of_its_own(api: AccountClient) -> None:
    other = api.in_service((await api.made("/v1/Services", FriendlyName="another"))["sid"])
    await join(api, "talk")
    await join(other, "elsewhere")
    assert [row["unique_name"] for row in await api.listed(MINE)] == ["talk"]
    assert [row["unique_name"] for row in await other.listed(MINE)] == ["elsewhere"]
    assert (await api.get(f"{MINE}/elsewhere")).refusal == NOT_FOUND


async def test_unread_are_the_existing_messages_after_the_horizon(api: AccountClient) -> None:
    """The published example: messages 0, 1, 2, 5 and 6 exist."""
    await join(api, "talk")
    sids = await post(api, "talk", 7)
    for number in (3, 4):
        await api.delete(f"/Conversations/talk/Messages/{sids[number]}")
    assert await horizon(api) == (None, None)
    for index, unread in [(0, 4), (2, 2), (4, 2), (6, 0), (99, 0), (3, 2), (0, 4)]:
        row = (await api.post(f"{MINE}/talk", LastReadMessageIndex=index)).row
        assert (row["last_read_message_index"], row["unread_messages_count"]) == (index, unread)
        assert await horizon(api) == (index, unread)
    for nothing in ("", "null"):
        row = (await api.post(f"{MINE}/talk", LastReadMessageIndex=nothing)).row
        assert (row["last_read_message_index"], row["unread_messages_count"]) == (None, None)


async def test_messages_that_come_and_go_change_what_is_unread(api: AccountClient) -> None:
    await join(api, "talk")
    first = await post(api, "talk", 3)
    await api.post(f"{MINE}/talk", LastReadMessageIndex=1)
    assert await horizon(api) == (1, 1)
    await post(api, "talk", 2)  # one's own count, too
    assert await horizon(api) == (1, 3)
    await api.delete(f"/Conversations/talk/Messages/{first[0]}")
    assert await horizon(api) == (1, 3)
    await api.delete(f"/Conversations/talk/Messages/{first[2]}")
    assert await horizon(api) == (1, 2)
    assert (await api.listed(MINE))[0]["unread_messages_count"] == 2


async def test_a_horizon_in_an_empty_conversation_may_lie_ahead(api: AccountClient) -> None:
    await join(api, "talk")
    assert (await api.post(f"{MINE}/talk", LastReadMessageIndex=1)).row["unread_messages_count"] == 0
    await post(api, "talk", 2)
    assert await horizon(api) == (1, 0)
    await post(api, "talk", 1)
    assert await horizon(api) == (1, 1)


async def test_the_horizon_is_the_participants_and_the_other_way_round(api: AccountClient, clock: MovableClock) -> None:
    clock.freeze(START)
    await join(api, "talk")
    await post(api, "talk", 3)
    participant = "/Conversations/talk/Participants/dana"
    await api.post(f"{MINE}/talk", LastReadMessageIndex=0)
    row = (await api.get(participant)).row
    assert (row["last_read_message_index"], row["last_read_timestamp"]) == (0, "2026-05-01T12:00:00Z")
    await api.post(participant, LastReadMessageIndex=1)
    assert await horizon(api) == (1, 1)
    await api.post(f"{MINE}/talk", LastReadTimestamp="2024-02-29")
    row = (await api.get(participant)).row
    assert (row["last_read_message_index"], row["last_read_timestamp"]) == (1, "2024-02-29T00:00:00Z")


async def test_each_user_has_a_horizon_of_its_own(api: AccountClient) -> None:
    await join(api, "talk")
    await api.made("/Conversations/talk/Participants", Identity="lee")
    await post(api, "talk", 3)
    await api.post(f"{MINE}/talk", LastReadMessageIndex=2)
    assert await horizon(api) == (2, 0)
    assert (await api.get("/Users/lee/Conversations/talk")).row["unread_messages_count"] is None


async def test_the_dates_shown_are_the_conversations_and_do_not_change(api: AccountClient, clock: MovableClock) -> None:
    clock.freeze(START)
    await join(api, "talk")
    await post(api, "talk", 1)
    before = (await api.get(f"{MINE}/talk")).row
    participant = (await api.get("/Conversations/talk/Participants/dana")).row
    clock.advance(timedelta(hours=1))
    muted = (await api.post(f"{MINE}/talk", NotificationLevel="Muted")).row
    assert muted == before | {"notification_level": "muted"}
    assert (await api.get("/Conversations/talk/Participants/dana")).row == participant
    read = (await api.post(f"{MINE}/talk", LastReadMessageIndex=0)).row
    assert read == muted | {"last_read_message_index": 0, "unread_messages_count": 0}
    after = (await api.get("/Conversations/talk/Participants/dana")).row
    assert after["date_updated"] == "2026-05-01T13:00:00Z"


async def test_an_update_that_sends_nothing_changes_nothing(api: AccountClient) -> None:
    await join(api, "talk")
    before = (await api.get(f"{MINE}/talk")).row
    for given in ({}, {"Unknown": "x"}):
        assert (await api.post(f"{MINE}/talk", **given)).row == before


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"NotificationLevel": "loud"}, 50210),
        ({"NotificationLevel": ""}, 50210),
        ({"LastReadMessageIndex": "-1"}, 50421),
        ({"LastReadMessageIndex": "first"}, 50421),
        ({"LastReadTimestamp": "yesterday"}, 50405),
    ],
)
async def test_a_refused_update_changes_nothing(api: AccountClient, given: dict[str, str], code: int) -> None:
    await join(api, "talk")
    before = (await api.get(f"{MINE}/talk")).row
    valid = {"NotificationLevel": "muted", "LastReadMessageIndex": "0"}
    assert (await api.post(f"{MINE}/talk", **{**valid, **given})).refusal == (400, code)
    assert (await api.get(f"{MINE}/talk")).row == before
    assert (await api.post(f"{MINE}/talk", **valid)).status == 200


async def test_deleting_removes_the_user_from_that_conversation_only(api: AccountClient) -> None:
    for name in ("talk", "kept"):
        await join(api, name)
    await post(api, "talk", 1)
    participant = (await api.get("/Conversations/talk/Participants/dana")).row["sid"]
    assert (await api.delete(f"{MINE}/talk")).status == 204
    assert (await api.delete(f"{MINE}/talk")).refusal == NOT_FOUND
    assert [row["unique_name"] for row in await api.listed(MINE)] == ["kept"]
    assert (await api.get(f"/Conversations/talk/Participants/{participant}")).refusal == NOT_FOUND
    assert (await api.get("/Users/dana")).status == 200
    assert len(await api.listed("/Conversations/talk/Messages")) == 1


async def test_who_comes_back_begins_anew(api: AccountClient) -> None:
    await join(api, "talk")
    await post(api, "talk", 2)
    await api.post(f"{MINE}/talk", LastReadMessageIndex=1, NotificationLevel="muted")
    before = (await api.get(f"{MINE}/talk")).row
    await api.delete(f"{MINE}/talk")
    await api.made("/Conversations/talk/Participants", Identity="dana")
    after = (await api.get(f"{MINE}/talk")).row
    assert after["participant_sid"] != before["participant_sid"]
    assert (after["user_sid"], after["notification_level"]) == (before["user_sid"], "default")
    assert await horizon(api) == (None, None)


async def test_more_than_a_page_is_read_on(api: AccountClient) -> None:
    sids = [await join(api, str(number)) for number in range(51)]
    page = await api.get(MINE)
    assert len(page.rows) == 50
    last = await api.get(page.meta["next_page_url"])
    assert (len(last.rows), last.meta["next_page_url"]) == (1, None)
    assert [row["conversation_sid"] for row in page.rows + last.rows] == sorted(sids)
    assert len((await api.get(MINE, PageSize=1000)).rows) == 51
