"""Receipts over HTTP: read-only, one per recipient, and summed up in their message."""

import asyncio
import random
from datetime import timedelta
from typing import Any

import pytest

from parlour.core.errors import NotFound
from parlour.resources.receipts.model import Status
from tests.account_client import NOT_FOUND, AccountClient
from tests.deliveries import FOR_WEBHOOKS
from tests.receipts import record, somebody
from tests.server import MovableClock

pytestmark = pytest.mark.both_forms

CHANNEL_MESSAGE = "SM0102030405060708090a0b0c0d0e0f10"
UNKNOWN = "DY00000000000000000000000000000000"

Row = dict[str, Any]


@pytest.fixture
async def message(api: AccountClient) -> Row:
    await api.made("/Conversations", UniqueName="talk")
    return await api.made("/Conversations/talk/Messages", Body="Your refund is on its way.")


def path(message: Row) -> str:
    return f"/Conversations/{message['conversation_sid']}/Messages/{message['sid']}"


async def delivery(api: AccountClient, message: Row) -> Row | None:
    shown: Row | None = (await api.get(path(message))).row["delivery"]
    return shown


def told(total: int, sent: str, delivered: str, read: str, failed: str = "none", undelivered: str = "none") -> Row:
    """A summary."""
    return {
        "total": total,
        "sent": sent,
        "delivered": delivered,
        "read": read,
        "failed": failed,
        "undelivered": undelivered,
    }


async def test_a_receipt_shows_the_recipient_and_how_far_the_message_has_come(
    api: AccountClient, message: Row, clock: MovableClock
) -> None:
    phone = await api.made("/Conversations/talk/Participants", **{"MessagingBinding.Address": "+15551230001"})
    now = clock.freeze()
    made = await record(api, message, phone["sid"], Status.SENT, channel_message_sid=CHANNEL_MESSAGE)
    (row,) = (await api.get(f"{path(message)}/Receipts")).rows
    assert (row.pop("chat_service_sid", None) is None) is ("/Services/" not in api.root)
    shown = f"{now:%Y-%m-%dT%H:%M:%SZ}"
    assert row == {
        "sid": made.sid,
        "account_sid": api.account,
        "conversation_sid": message["conversation_sid"],
        "message_sid": message["sid"],
        "channel_message_sid": CHANNEL_MESSAGE,
        "participant_sid": phone["sid"],
        "status": "sent",
        "error_code": 0,
        "date_created": shown,
        "date_updated": shown,
        "url": f"{api.root}{path(message)}/Receipts/{made.sid}",
    }
    for reference in (message["conversation_sid"], "talk"):
        place = f"/Conversations/{reference}/Messages/{message['sid']}/Receipts/{made.sid}"
        assert (await api.get(place)).row["url"] == row["url"]


async def test_a_receipt_moves_on_and_keeps_its_sid_and_the_channels_name(
    api: AccountClient, message: Row, clock: MovableClock
) -> None:
    clock.freeze()
    first = await record(api, message, "MB1", Status.SENT, channel_message_sid=CHANNEL_MESSAGE)
    clock.advance(timedelta(seconds=5))
    await record(api, message, "MB1", Status.DELIVERED)
    (row,) = (await api.get(f"{path(message)}/Receipts")).rows
    assert (row["sid"], row["status"], row["channel_message_sid"]) == (first.sid, "delivered", CHANNEL_MESSAGE)
    assert row["date_updated"] > row["date_created"]


async def test_a_receipt_never_goes_back_and_nothing_follows_a_failure(api: AccountClient, message: Row) -> None:
    early, late = somebody(), somebody()
    for status in (Status.READ, Status.DELIVERED, Status.SENT, Status.QUEUED):
        assert (await record(api, message, early, status)).status == "read"
    await record(api, message, late, Status.SENT)
    await record(api, message, late, Status.UNDELIVERED, error_code=30003)
    for status in (Status.DELIVERED, Status.FAILED):
        after = await record(api, message, late, status, error_code=30008)
        assert (after.status, after.error_code) == ("undelivered", 30003)
    rows = (await api.get(f"{path(message)}/Receipts")).rows
    assert [(row["status"], row["error_code"]) for row in rows] == [("read", 0), ("undelivered", 30003)]


async def test_what_changes_nothing_tells_nothing(api: AccountClient, message: Row, clock: MovableClock) -> None:
    clock.freeze()
    await record(api, message, "MB1", Status.DELIVERED, channel_message_sid=CHANNEL_MESSAGE)
    before, known = (await api.get(f"{path(message)}/Receipts")).rows, await facts(api)
    clock.advance(timedelta(seconds=5))
    for status in (Status.DELIVERED, Status.SENT):
        await record(api, message, "MB1", status, channel_message_sid=f"MM{'0' * 32}", error_code=30003)
    assert (await api.get(f"{path(message)}/Receipts")).rows == before
    assert await facts(api) == known


async def test_a_receipt_learns_late_what_the_channel_calls_the_message(api: AccountClient, message: Row) -> None:
    await record(api, message, "MB1", Status.DELIVERED)
    await record(api, message, "MB1", Status.SENT, channel_message_sid=CHANNEL_MESSAGE)
    (row,) = (await api.get(f"{path(message)}/Receipts")).rows
    assert (row["status"], row["channel_message_sid"]) == ("delivered", CHANNEL_MESSAGE)


async def test_a_receipt_that_is_only_handed_over_is_counted_but_not_shown(api: AccountClient, message: Row) -> None:
    made = await record(api, message, "MB1", Status.QUEUED)
    assert (await api.get(f"{path(message)}/Receipts")).rows == []
    assert (await api.get(f"{path(message)}/Receipts/{made.sid}")).refusal == NOT_FOUND
    assert await delivery(api, message) == told(1, "none", "none", "none")
    await record(api, message, "MB1", Status.SENT)
    assert (await api.get(f"{path(message)}/Receipts/{made.sid}")).row["status"] == "sent"


async def test_a_message_to_nobody_on_a_channel_has_no_delivery_and_an_empty_list(
    api: AccountClient, message: Row
) -> None:
    await api.made("/Conversations/talk/Participants", Identity="dana")
    assert message["delivery"] is None
    assert await delivery(api, message) is None
    assert (await api.get(message["links"]["delivery_receipts"])).rows == []


async def test_the_delivery_of_a_message_sums_up_its_receipts(api: AccountClient, message: Row) -> None:
    first, second = somebody(), somebody()
    for participant, status, expected in (
        (first, Status.QUEUED, told(1, "none", "none", "none")),
        (second, Status.SENT, told(2, "some", "none", "none")),
        (first, Status.READ, told(2, "all", "some", "some")),
        (second, Status.DELIVERED, told(2, "all", "all", "some")),
        (second, Status.READ, told(2, "all", "all", "all")),
        (somebody(), Status.UNDELIVERED, told(3, "all", "some", "some", undelivered="some")),
        (somebody(), Status.FAILED, told(4, "some", "some", "some", "some", "some")),
    ):
        await record(api, message, participant, status)
        assert await delivery(api, message) == expected
    assert [row["delivery"] for row in (await api.get("/Conversations/talk/Messages")).rows] == [expected]


async def test_an_edit_of_the_message_leaves_its_delivery_alone(api: AccountClient, message: Row) -> None:
    await record(api, message, "MB1", Status.DELIVERED)
    edited = (await api.post(path(message), Body="Or not.")).row
    assert edited["delivery"] == told(1, "all", "all", "none")
    other = await api.made("/Conversations/talk/Messages", Body="Another")
    assert other["delivery"] is None


async def test_a_change_tells_a_fact_with_the_number_of_the_message(api: AccountClient, message: Row) -> None:
    known = await facts(api)
    made = await record(api, message, "MB1", Status.FAILED, error_code=21610)
    (fact,) = (await facts(api))[len(known) :]
    assert (fact["type"], fact["source"], fact["webhooks"]) == ("DeliveryUpdated", "SYSTEM", True)
    assert fact["conversation_sid"] == message["conversation_sid"]
    receipt, shown = fact["payload"]["receipt"], fact["payload"]["message"]
    assert (receipt["sid"], receipt["status"], receipt["error_code"]) == (made.sid, "failed", 21610)
    assert (shown["sid"], shown["last_event_id"]) == (message["sid"], fact["id"])
    assert shown["delivery"] == {"total": 1, "sent": 0, "delivered": 0, "read": 0, "failed": 1, "undelivered": 0}


async def facts(api: AccountClient) -> list[Row]:
    async with api.parlour.inside.database.session() as reading:
        rows = await reading.fetch(
            f"select *, {FOR_WEBHOOKS} from events where service_sid = $1 order by id", api.service
        )
    return [dict(row) for row in rows]


async def test_a_closed_conversation_still_records_what_arrives(api: AccountClient, message: Row) -> None:
    await record(api, message, "MB1", Status.SENT)
    await api.post("/Conversations/talk", State="closed")
    await record(api, message, "MB1", Status.READ)
    await record(api, message, "MB2", Status.SENT)
    rows = (await api.get(f"{path(message)}/Receipts")).rows
    assert [row["status"] for row in rows] == ["read", "sent"]
    assert await delivery(api, message) == told(2, "all", "some", "some")


async def test_news_that_arrive_at_once_are_all_counted(api: AccountClient, message: Row) -> None:
    recipients = [somebody() for _ in range(8)]
    news = [(each, status) for each in recipients for status in (Status.SENT, Status.DELIVERED, Status.READ)]
    random.Random(7).shuffle(news)
    await asyncio.gather(*(record(api, message, each, status) for each, status in news))
    rows = (await api.get(f"{path(message)}/Receipts")).rows
    assert sorted((row["participant_sid"], row["status"]) for row in rows) == [(each, "read") for each in recipients]
    assert await delivery(api, message) == told(8, "all", "all", "all")


async def test_receipts_go_with_their_message(api: AccountClient, message: Row) -> None:
    kept = await api.made("/Conversations/talk/Messages", Body="Another")
    made = await record(api, message, "MB1")
    await record(api, kept, "MB1")
    assert (await api.delete(path(message))).status == 204
    for place in ("Receipts", f"Receipts/{made.sid}"):
        assert (await api.get(f"{path(message)}/{place}")).refusal == NOT_FOUND
    assert await stored(api) == 1
    assert len((await api.get(f"{path(kept)}/Receipts")).rows) == 1


async def test_receipts_go_with_their_conversation(api: AccountClient, message: Row) -> None:
    await api.made("/Conversations", UniqueName="another")
    kept = await api.made("/Conversations/another/Messages", Body="Another")
    for each in (message, kept):
        await record(api, each, "MB1")
    assert (await api.delete("/Conversations/talk")).status == 204
    assert (await api.get(f"{path(message)}/Receipts")).refusal == NOT_FOUND
    assert await stored(api) == 1


async def stored(api: AccountClient) -> int:
    async with api.parlour.inside.database.session() as reading:
        return int(await reading.fetchval("select count(*) from receipts where service_sid = $1", api.service))


async def test_receipts_are_listed_in_the_order_of_their_creation(
    api: AccountClient, message: Row, clock: MovableClock
) -> None:
    clock.freeze()
    made = []
    for number in range(5):
        made.append((await record(api, message, f"MB{number}")).sid)
        clock.advance(timedelta(seconds=number % 2))
    await record(api, message, "MB0", Status.READ)
    assert [row["sid"] for row in await api.listed(f"{path(message)}/Receipts", PageSize=2)] == made
    page = await api.get(f"{path(message)}/Receipts", PageSize=99)
    assert (page.meta["key"], page.meta["page_size"]) == ("delivery_receipts", 50)


async def test_a_receipt_is_found_below_its_own_message_only(api: AccountClient, message: Row) -> None:
    other = await api.made("/Conversations/talk/Messages", Body="Another")
    await api.made("/Conversations", UniqueName="another")
    made = await record(api, message, "MB1")
    for place in (
        f"{path(other)}/Receipts/{made.sid}",
        f"{path(message)}/Receipts/{UNKNOWN}",
        f"{path(message)}/Receipts/{made.participant_sid}",
        f"/Conversations/another/Messages/{message['sid']}/Receipts/{made.sid}",
        f"/Conversations/another/Messages/{message['sid']}/Receipts",
        f"/Conversations/talk/Messages/IM{'0' * 32}/Receipts",
        f"/Conversations/nowhere/Messages/{message['sid']}/Receipts",
    ):
        assert (await api.get(place)).refusal == NOT_FOUND
    assert (await api.get(f"{path(other)}/Receipts")).rows == []


async def test_receipts_are_read_only(api: AccountClient, message: Row) -> None:
    made = await record(api, message, "MB1")
    assert (await api.post(f"{path(message)}/Receipts", Status="read")).refusal == (405, 20004)
    for answer in (
        await api.post(f"{path(message)}/Receipts/{made.sid}", Status="read"),
        await api.delete(f"{path(message)}/Receipts/{made.sid}"),
    ):
        assert answer.refusal == (405, 20004)


async def test_nothing_is_recorded_of_what_is_not_there(api: AccountClient, message: Row) -> None:
    for missing in ({**message, "sid": f"IM{'0' * 32}"}, {**message, "conversation_sid": f"CH{'0' * 32}"}):
        with pytest.raises(NotFound):
            await record(api, missing, "MB1")
    assert await stored(api) == 0
