"""Patience: a receiver that is away is waited for, in order, at the cost of nobody else, and told when it is back."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from parlour.contract.delivery import DeliveryState
from parlour.core.audience import Audience
from parlour.delivery.queries import lanes
from parlour.delivery.retention import forget
from parlour.outbound.client import Exchange, Fault
from parlour.webhooks.request import SignedRequest, prepare
from parlour.webhooks.retrying import Retrying, pause
from tests.account_client import AccountClient, new_account
from tests.database import migrated_database
from tests.deliveries import DELIVERIES, recorded, whole
from tests.metrics import scraped, scraped_until, total
from tests.receiver import Receiver, receiving
from tests.server import serving
from tests.webhooks.conftest import attempted, listen, made, replying

AWAY = "parlour_webhook_lanes_away"
BUSY = "parlour_webhook_lanes_busy"
LONGER_THAN_A_PAUSE = timedelta(seconds=21)
PATIENT = {"webhook_patience": "1h"}

AUDIENCES = [Audience.WEBHOOK]


@pytest.fixture
async def database(postgres: str) -> AsyncIterator[str]:
    async with migrated_database(postgres) as url:
        yield url


@pytest.fixture
async def patient(database: str, receiver: Receiver) -> AsyncIterator[AccountClient]:
    """An account, telling the receiver everything, in a parlour that waits for receivers for an hour."""
    async with serving(database, **PATIENT) as parlour:
        api = await new_account(parlour)
        await listen(api, receiver.url)
        yield api


async def wait_away(api: AccountClient, number: int) -> None:
    """Returns when so many lanes wait for a receiver that is away; the clock goes on meanwhile."""

    def are_away(samples: Any) -> bool:
        api.parlour.clock.advance(timedelta(seconds=1))
        return total(samples, AWAY) == number

    await scraped_until(api, are_away)


async def count(api: AccountClient, condition: str) -> int:
    async with api.parlour.inside.database.session() as reading:
        number: int = await reading.fetchval(f"select count(*) from {condition}")
    return number


def forgotten(receiver: Receiver) -> None:
    """What came so far was not taken."""
    receiver.received.clear()
    receiver.reply = None


async def test_a_receiver_that_is_back_is_told_everything_in_order(patient: AccountClient, receiver: Receiver) -> None:
    receiver.reply = replying(503)
    conversation = await made(patient, "/Conversations", FriendlyName="one")
    path = f"/Conversations/{conversation['sid']}/Messages"
    bodies = [str(number) for number in range(60)]
    for body in bodies:
        await made(patient, path, Body=body)
    await made(patient, "/Conversations", FriendlyName="two")
    await wait_away(patient, 2)
    patient.parlour.clock.advance(timedelta(minutes=30))
    await wait_away(patient, 2)
    forgotten(receiver)
    patient.parlour.clock.advance(LONGER_THAN_A_PAUSE)
    rows = await recorded(patient, 62, PageSize=100)
    assert {row["state"] for row in rows} == {"delivered"}
    told = [each.parameters for each in receiver.received if each.event == "onMessageAdded"]
    assert [each["Body"] for each in told] == bodies
    assert receiver.received[0].event == "onConversationAdded"
    assert int(receiver.received[0].parameters["RetryCount"]) > 3
    assert total(await scraped(patient), AWAY) == 0


async def test_the_other_lanes_go_on_as_soon_as_one_finds_the_receiver_back(
    patient: AccountClient, receiver: Receiver
) -> None:
    receiver.reply = replying(502)
    rooms = [await made(patient, "/Conversations") for _ in range(9)]
    await wait_away(patient, 9)
    patient.parlour.clock.freeze()
    await scraped_until(patient, lambda samples: total(samples, BUSY) == 0)  # what is under way was not taken, either
    forgotten(receiver)
    async with patient.parlour.inside.database.session() as reading:
        await reading.execute(
            """update delivery_lanes set due_at = case
                 when lane = (select lane from deliveries where subject_sid = $1) then $2
                 else $2::timestamptz + interval '1 hour' end""",
            rooms[4]["sid"],
            patient.parlour.clock.now(),
        )
    assert len(await recorded(patient, 9)) == 9
    told = [each.parameters["ConversationSid"] for each in receiver.received if int(each.parameters["RetryCount"]) > 3]
    assert sorted(told) == sorted(room["sid"] for room in rooms), "each once, none before its time was over"
    assert told[0] == rooms[4]["sid"]


async def test_of_many_lanes_to_a_receiver_that_is_away_a_few_are_tried_at_a_time(
    patient: AccountClient, receiver: Receiver
) -> None:
    receiver.reply = replying(503)
    for _ in range(7):
        await made(patient, "/Conversations")
    await wait_away(patient, 7)
    later = patient.parlour.clock.freeze() + timedelta(days=1)
    async with patient.parlour.inside.database.session() as reading, receiving() as another:
        await reading.execute("begin")
        claims = await lanes.claim_away(reading, later, "me", limit=50, busy=[], audiences=AUDIENCES)
        assert [len(claim.deliveries) for claim in claims] == [1] * lanes.PROBES
        assert await lanes.claim(reading, later, "me", limit=50, busy=[], audiences=AUDIENCES) == []
        busy = [(patient.account, receiver.url)]
        assert await lanes.claim_away(reading, later, "me", limit=50, busy=busy, audiences=AUDIENCES) == []
        await listen(patient, another.url)
        await made(patient, "/Conversations", FriendlyName="meanwhile")
        assert (await another.next()).parameters["FriendlyName"] == "meanwhile"
        await reading.execute("rollback")


async def test_what_other_accounts_wait_for_at_the_same_host_makes_no_difference(
    patient: AccountClient, receiver: Receiver
) -> None:
    other = await new_account(patient.parlour)
    await listen(other, f"{receiver.url}/other")
    receiver.reply = replying(503)
    for _ in range(2 * lanes.PROBES):
        await made(patient, "/Conversations")
    await made(other, "/Conversations")
    await wait_away(patient, 2 * lanes.PROBES + 1)
    later = patient.parlour.clock.freeze() + timedelta(days=1)
    async with patient.parlour.inside.database.session() as reading:
        await reading.execute("begin")
        await reading.execute("update delivery_lanes set due_at = $1 where account_sid = $2", later, other.account)
        few = await lanes.claim_away(reading, later, "me", limit=2, busy=[], audiences=AUDIENCES)
        assert {claim.account_sid for claim in few} == {patient.account, other.account}, "though its lane was due last"
        await lanes.release(reading, "me", ())
        assert (
            len(await lanes.claim_away(reading, later, "me", limit=50, busy=[], audiences=AUDIENCES))
            == lanes.PROBES + 1
        )
        await lanes.release(reading, "me", ())
        assert await lanes.wake(reading, other.account, receiver.url, later) == 1
        claims = await lanes.claim(reading, later, "me", limit=50, busy=[], audiences=AUDIENCES)
        assert [claim.account_sid for claim in claims] == [other.account]
        await reading.execute("rollback")


async def test_what_was_waited_for_in_vain_fails_with_all_that_waited_as_long(
    patient: AccountClient, receiver: Receiver
) -> None:
    receiver.reply = replying(503)
    clock = patient.parlour.clock
    clock.freeze()
    room = await made(patient, "/Conversations")
    path = f"/Conversations/{room['sid']}/Messages"
    for body in ("as old", "as old too"):
        await made(patient, path, Body=body)
    await wait_away(patient, 1)
    clock.advance(timedelta(minutes=50))
    await made(patient, path, Body="younger")
    clock.advance(timedelta(minutes=10))
    async with asyncio.timeout(30):
        while len(await patient.listed(DELIVERIES, State="failed")) < 3:
            clock.advance(timedelta(seconds=1))
    failed = await patient.listed(DELIVERIES, State="failed")
    assert [row["attempts_count"] > 3 for row in failed] == [False, False, True]
    (sentence,) = (await patient.get("/parlour/v1/Explain", Sid=failed[0]["sid"])).row["sentences"]
    assert "was not told of onMessageAdded: its receiver was away for longer" in sentence["text"]
    forgotten(receiver)
    clock.advance(LONGER_THAN_A_PAUSE)
    rows = await recorded(patient, 4)
    assert (rows[0]["state"], rows[0]["parameters"]["Body"]) == ("delivered", "younger")
    assert [each.parameters["Body"] for each in receiver.received] == ["younger"]


async def test_a_server_that_starts_anew_waits_on_and_housekeeping_leaves_it_alone(
    database: str, receiver: Receiver
) -> None:
    receiver.reply = replying(503)
    async with serving(database, webhook_patience="90d", delivery_retention="1") as first:
        api = await new_account(first)
        await listen(api, receiver.url)
        await made(api, "/Conversations", FriendlyName="before")
        await wait_away(api, 1)
    async with serving(database, webhook_patience="90d", delivery_retention="1") as second:
        again = AccountClient(second, api.account, api.token, api.service)
        second.clock.advance(timedelta(days=30))
        while await forget(second.inside):
            pass
        await wait_away(again, 1)
        forgotten(receiver)
        second.clock.advance(LONGER_THAN_A_PAUSE)
        (row,) = await recorded(again)
        assert (row["state"], row["parameters"]["FriendlyName"]) == ("delivered", "before")


async def test_it_is_told_that_a_delivery_waits_and_until_when(patient: AccountClient, receiver: Receiver) -> None:
    receiver.reply = replying(503)
    await made(patient, "/Conversations")
    await wait_away(patient, 1)
    clock = patient.parlour.clock
    clock.freeze()
    (row,) = await patient.listed(DELIVERIES)
    shown = await whole(patient, row["sid"])
    for each in (row, shown):
        assert each["state"] == "waiting"
        assert each["away_since"] > each["date_created"]
        assert each["date_next_attempt"] > each["date_created"]
        assert each["waits_until"][:13] > each["date_created"][:13], "an hour later"
    sentences = (await patient.get("/parlour/v1/Explain", Sid=row["sid"])).row["sentences"]
    assert "Its receiver has been away since " in sentences[-1]["text"]
    assert "It is waited for until " in sentences[-1]["text"]
    clock.advance(timedelta(minutes=10))
    samples = await scraped(patient)
    assert total(samples, "parlour_webhook_oldest_away_seconds") >= 600
    receiver.reply = None
    (row,) = await recorded(patient)
    assert (row["away_since"], row["date_next_attempt"], row["waits_until"]) == (None, None, None)


async def test_of_very_many_attempts_the_first_and_the_newest_are_kept(
    patient: AccountClient, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanes, "FIRST_KEPT", 2)
    monkeypatch.setattr(lanes, "LAST_KEPT", 2)
    receiver.reply = replying(503)
    await made(patient, "/Conversations")
    await attempted(patient, 1)
    async with asyncio.timeout(60):
        tries = 0
        while (row := (await patient.listed(DELIVERIES))[0])["attempts_count"] < 8:
            if row["attempts_count"] > tries:  # once for each, lest the hour pass meanwhile
                tries = row["attempts_count"]
                patient.parlour.clock.advance(LONGER_THAN_A_PAUSE)
    kept = [each["number"] for each in (await whole(patient, row["sid"]))["attempts"]]
    assert kept[:2] == [0, 1]
    assert len(kept) <= 6, "the one that is under way besides"
    sentences = (await patient.get("/parlour/v1/Explain", Sid=row["sid"])).row["sentences"]
    assert any("attempts the first and the newest" in each["text"] for each in sentences)


async def test_without_patience_nobody_waits_longer(told: AccountClient, receiver: Receiver) -> None:
    receiver.reply = replying(503)
    await made(told, "/Conversations")
    await attempted(told, 1)
    async with asyncio.timeout(30):
        while (row := (await told.listed(DELIVERIES))[0])["state"] == "waiting":
            told.parlour.clock.advance(timedelta(seconds=1))
    told.parlour.clock.release()
    assert (row["state"], row["attempts_count"]) == ("failed", 4)


REQUEST = prepare("POST", "https://hooks.example.test/", {}, "token", "token")


def came_back(status: int | None, fault: Fault | None = None) -> Exchange[SignedRequest]:
    return Exchange(REQUEST, status, {}, "", None, 1.0, fault)


def test_patience_is_for_receivers_that_are_not_there() -> None:
    retrying, young, old = Retrying(3, timedelta(hours=1)), timedelta(minutes=59), timedelta(minutes=61)
    not_there = [came_back(status) for status in (429, 502, 503, 504, 521, 522, 523, 524)]
    not_there += [came_back(None, fault) for fault in (Fault.TIMEOUT, Fault.UNREACHABLE)]
    for exchange in not_there:
        assert retrying.outcome(exchange, 100, young) is DeliveryState.WAITING
        assert retrying.outcome(exchange, 100, old) is DeliveryState.FAILED
    for status in (400, 404, 410, 500, 501):
        assert retrying.outcome(came_back(status), 0, young) is DeliveryState.FAILED
    assert retrying.outcome(came_back(None, Fault.FORBIDDEN), 0, young) is DeliveryState.FAILED
    assert retrying.outcome(came_back(503), 0, old) is DeliveryState.WAITING, "as often as without patience"
    assert Retrying(3).outcome(came_back(502), 0, timedelta()) is DeliveryState.FAILED, "as the original does"


def test_pauses_grow_up_to_a_bound() -> None:
    assert [pause(attempts).total_seconds() for attempts in (3, 4, 5, 6, 100_000)] == [8, 16, 20, 20, 20]
    assert Retrying(3).longest_pause.total_seconds() == 4
    assert Retrying(3, timedelta(hours=1)).longest_pause.total_seconds() == 20
