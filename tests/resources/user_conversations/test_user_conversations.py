"""UserConversations: what a user has, how much of it is unread, and what the user may change."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.house import NOT_FOUND, House
from tests.server import MovableClock

pytestmark = pytest.mark.both_forms

HEX = "0123456789abcdef" * 2
START = datetime(2026, 5, 1, 12, tzinfo=UTC)
MINE = "/Users/dana/Conversations"


async def join(house: House, name: str, identity: str = "dana", **more: object) -> str:
    """The SID of a new conversation with *identity* in it."""
    sid = (await house.made("/Conversations", UniqueName=name, **more))["sid"]
    await house.made(f"/Conversations/{sid}/Participants", Identity=identity)
    return str(sid)


async def post(house: House, name: str, number: int) -> list[str]:
    """The SIDs of that many new messages."""
    path = f"/Conversations/{name}/Messages"
    return [(await house.made(path, Body=str(each), Author="dana"))["sid"] for each in range(number)]


async def horizon(house: House) -> tuple[int | None, int | None]:
    """Dana's last read index and number of unread messages in talk."""
    row = (await house.get(f"{MINE}/talk")).row
    return row["last_read_message_index"], row["unread_messages_count"]


async def test_a_row_tells_the_conversation_as_the_user_has_it(house: House, clock: MovableClock) -> None:
    clock.freeze(START)
    sid = await join(house, "talk", FriendlyName="Talk", Attributes='{"a":1}', **{"Timers.Inactive": "PT1H"})
    user = (await house.get("/Users/dana")).row["sid"]
    participant = (await house.get("/Conversations/talk/Participants/dana")).row["sid"]
    row = (await house.get(f"{MINE}/talk")).row
    assert row == {
        "account_sid": house.account,
        "chat_service_sid": house.service,
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
        "url": f"{house.root}/Users/{user}/Conversations/{sid}",
        "links": {
            "participant": f"{house.root}/Conversations/{sid}/Participants/{participant}",
            "conversation": f"{house.root}/Conversations/{sid}",
        },
    }
    for path in (MINE, f"/Users/{user}/Conversations"):
        assert await house.listed(path) == [row]
        for reference in ("talk", sid):
            assert (await house.get(f"{path}/{reference}")).row == row


async def test_conversations_are_listed_by_their_sid(house: House) -> None:
    sids = [await join(house, name) for name in "cab"]
    await join(house, "not mine", "lee")
    assert [row["conversation_sid"] for row in await house.listed(MINE, PageSize=2)] == sorted(sids)


async def test_addresses_of_pages_hold_the_users_sid(house: House) -> None:
    for name in "ab":
        await join(house, name)
    user = (await house.get("/Users/dana")).row["sid"]
    page = await house.get(MINE, PageSize=1)
    assert page.meta["url"] == f"{house.root}/Users/{user}/Conversations?PageSize=1&Page=0"
    assert len((await house.get(page.meta["next_page_url"])).rows) == 1


async def test_a_user_without_conversations_has_an_empty_list_and_an_unknown_one_none(house: House) -> None:
    await house.made("/Users", Identity="dana")
    assert (await house.get(MINE)).rows == []
    for reference in ("nobody", f"US{HEX}"):
        answer = await house.get(f"/Users/{reference}/Conversations")
        assert answer.refusal == NOT_FOUND
        assert answer.message == f"The requested resource {house.prefix}/Users/{reference}/Conversations was not found"


async def test_conversations_of_every_state_are_listed(house: House) -> None:
    for name in ("active", "inactive", "closed"):
        await join(house, name)
        await house.post(f"/Conversations/{name}", State=name)
    assert {row["unique_name"]: row["conversation_state"] for row in await house.listed(MINE)} == {
        "active": "active",
        "inactive": "inactive",
        "closed": "closed",
    }


async def test_a_conversation_without_the_user_is_not_found(house: House) -> None:
    await house.made("/Users", Identity="dana")
    await join(house, "talk", "lee")
    for reference in ("talk", "nothing", f"CH{HEX}"):
        path = f"{MINE}/{reference}"
        for answer in (
            await house.get(path),
            await house.post(path, NotificationLevel="nonsense"),
            await house.delete(path),
        ):
            assert answer.refusal == NOT_FOUND
            assert answer.message == f"The requested resource {house.prefix}{path} was not found"
    assert (await house.get("/Users/lee/Conversations/talk")).status == 200


async def test_another_service_has_conversations_of_its_own(house: House) -> None:
    other = house.in_service((await house.made("/v1/Services", FriendlyName="another"))["sid"])
    await join(house, "talk")
    await join(other, "elsewhere")
    assert [row["unique_name"] for row in await house.listed(MINE)] == ["talk"]
    assert [row["unique_name"] for row in await other.listed(MINE)] == ["elsewhere"]
    assert (await house.get(f"{MINE}/elsewhere")).refusal == NOT_FOUND


async def test_unread_are_the_existing_messages_after_the_horizon(house: House) -> None:
    """The published example: messages 0, 1, 2, 5 and 6 exist."""
    await join(house, "talk")
    sids = await post(house, "talk", 7)
    for number in (3, 4):
        await house.delete(f"/Conversations/talk/Messages/{sids[number]}")
    assert await horizon(house) == (None, None)
    for index, unread in [(0, 4), (2, 2), (4, 2), (6, 0), (99, 0), (3, 2), (0, 4)]:
        row = (await house.post(f"{MINE}/talk", LastReadMessageIndex=index)).row
        assert (row["last_read_message_index"], row["unread_messages_count"]) == (index, unread)
        assert await horizon(house) == (index, unread)
    for nothing in ("", "null"):
        row = (await house.post(f"{MINE}/talk", LastReadMessageIndex=nothing)).row
        assert (row["last_read_message_index"], row["unread_messages_count"]) == (None, None)


async def test_messages_that_come_and_go_change_what_is_unread(house: House) -> None:
    await join(house, "talk")
    first = await post(house, "talk", 3)
    await house.post(f"{MINE}/talk", LastReadMessageIndex=1)
    assert await horizon(house) == (1, 1)
    await post(house, "talk", 2)  # one's own count, too
    assert await horizon(house) == (1, 3)
    await house.delete(f"/Conversations/talk/Messages/{first[0]}")
    assert await horizon(house) == (1, 3)
    await house.delete(f"/Conversations/talk/Messages/{first[2]}")
    assert await horizon(house) == (1, 2)
    assert (await house.listed(MINE))[0]["unread_messages_count"] == 2


async def test_a_horizon_in_an_empty_conversation_may_lie_ahead(house: House) -> None:
    await join(house, "talk")
    assert (await house.post(f"{MINE}/talk", LastReadMessageIndex=1)).row["unread_messages_count"] == 0
    await post(house, "talk", 2)
    assert await horizon(house) == (1, 0)
    await post(house, "talk", 1)
    assert await horizon(house) == (1, 1)


async def test_the_horizon_is_the_participants_and_the_other_way_round(house: House, clock: MovableClock) -> None:
    clock.freeze(START)
    await join(house, "talk")
    await post(house, "talk", 3)
    participant = "/Conversations/talk/Participants/dana"
    await house.post(f"{MINE}/talk", LastReadMessageIndex=0)
    row = (await house.get(participant)).row
    assert (row["last_read_message_index"], row["last_read_timestamp"]) == (0, "2026-05-01T12:00:00Z")
    await house.post(participant, LastReadMessageIndex=1)
    assert await horizon(house) == (1, 1)
    await house.post(f"{MINE}/talk", LastReadTimestamp="2024-02-29")
    row = (await house.get(participant)).row
    assert (row["last_read_message_index"], row["last_read_timestamp"]) == (1, "2024-02-29T00:00:00Z")


async def test_each_user_has_a_horizon_of_its_own(house: House) -> None:
    await join(house, "talk")
    await house.made("/Conversations/talk/Participants", Identity="lee")
    await post(house, "talk", 3)
    await house.post(f"{MINE}/talk", LastReadMessageIndex=2)
    assert await horizon(house) == (2, 0)
    assert (await house.get("/Users/lee/Conversations/talk")).row["unread_messages_count"] is None


async def test_the_dates_shown_are_the_conversations_and_do_not_change(house: House, clock: MovableClock) -> None:
    clock.freeze(START)
    await join(house, "talk")
    await post(house, "talk", 1)
    before = (await house.get(f"{MINE}/talk")).row
    participant = (await house.get("/Conversations/talk/Participants/dana")).row
    clock.advance(timedelta(hours=1))
    muted = (await house.post(f"{MINE}/talk", NotificationLevel="Muted")).row
    assert muted == before | {"notification_level": "muted"}
    assert (await house.get("/Conversations/talk/Participants/dana")).row == participant
    read = (await house.post(f"{MINE}/talk", LastReadMessageIndex=0)).row
    assert read == muted | {"last_read_message_index": 0, "unread_messages_count": 0}
    after = (await house.get("/Conversations/talk/Participants/dana")).row
    assert after["date_updated"] == "2026-05-01T13:00:00Z"


async def test_an_update_that_sends_nothing_changes_nothing(house: House) -> None:
    await join(house, "talk")
    before = (await house.get(f"{MINE}/talk")).row
    for given in ({}, {"Unknown": "x"}):
        assert (await house.post(f"{MINE}/talk", **given)).row == before


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
async def test_a_refused_update_changes_nothing(house: House, given: dict[str, str], code: int) -> None:
    await join(house, "talk")
    before = (await house.get(f"{MINE}/talk")).row
    valid = {"NotificationLevel": "muted", "LastReadMessageIndex": "0"}
    assert (await house.post(f"{MINE}/talk", **{**valid, **given})).refusal == (400, code)
    assert (await house.get(f"{MINE}/talk")).row == before
    assert (await house.post(f"{MINE}/talk", **valid)).status == 200


async def test_deleting_removes_the_user_from_that_conversation_only(house: House) -> None:
    for name in ("talk", "kept"):
        await join(house, name)
    await post(house, "talk", 1)
    participant = (await house.get("/Conversations/talk/Participants/dana")).row["sid"]
    assert (await house.delete(f"{MINE}/talk")).status == 204
    assert (await house.delete(f"{MINE}/talk")).refusal == NOT_FOUND
    assert [row["unique_name"] for row in await house.listed(MINE)] == ["kept"]
    assert (await house.get(f"/Conversations/talk/Participants/{participant}")).refusal == NOT_FOUND
    assert (await house.get("/Users/dana")).status == 200
    assert len(await house.listed("/Conversations/talk/Messages")) == 1


async def test_who_comes_back_begins_anew(house: House) -> None:
    await join(house, "talk")
    await post(house, "talk", 2)
    await house.post(f"{MINE}/talk", LastReadMessageIndex=1, NotificationLevel="muted")
    before = (await house.get(f"{MINE}/talk")).row
    await house.delete(f"{MINE}/talk")
    await house.made("/Conversations/talk/Participants", Identity="dana")
    after = (await house.get(f"{MINE}/talk")).row
    assert after["participant_sid"] != before["participant_sid"]
    assert (after["user_sid"], after["notification_level"]) == (before["user_sid"], "default")
    assert await horizon(house) == (None, None)


async def test_more_than_a_page_is_read_on(house: House) -> None:
    sids = [await join(house, str(number)) for number in range(51)]
    page = await house.get(MINE)
    assert len(page.rows) == 50
    last = await house.get(page.meta["next_page_url"])
    assert (len(last.rows), last.meta["next_page_url"]) == (1, None)
    assert [row["conversation_sid"] for row in page.rows + last.rows] == sorted(sids)
    assert len((await house.get(MINE, PageSize=1000)).rows) == 51
