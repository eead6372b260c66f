"""Batches of replays: everything that failed once more, in order, each event once however often it is begun."""

from datetime import timedelta
from typing import Any

import pytest

from tests.account_client import NOT_FOUND, AccountClient
from tests.deliveries import DELIVERIES, recorded
from tests.receiver import Receiver
from tests.webhooks.conftest import listen, made, replying

REPLAYS = "/parlour/v1/Webhooks/Replays"


async def fail(api: AccountClient, receiver: Receiver, number: int) -> list[str]:
    """The bodies of so many messages in one conversation, of which the receiver would have none."""
    receiver.reply = replying(500)
    path = f"/Conversations/{(await api.made('/Conversations'))['sid']}/Messages"
    bodies = [str(each) for each in range(number)]
    for body in bodies:
        await made(api, path, Body=body)
    await recorded(api, number)
    await receiver.take(number)
    receiver.reply = None
    return bodies


async def batches(api: AccountClient, **draft: object) -> list[dict[str, Any]]:
    """All batches that it takes, each going on behind the one before."""
    found = [await api.made(REPLAYS, **draft)]
    while not found[-1]["done"]:
        going_on = {"AfterSid": found[-1]["after_sid"], "LastSid": found[-1]["last_sid"]}
        found.append(await api.made(REPLAYS, **draft, **going_on))
    return found


async def test_what_failed_is_replayed_in_order_through_all_batches(told: AccountClient, receiver: Receiver) -> None:
    bodies = await fail(told, receiver, 7)
    found = await batches(told, Limit=3)
    assert [each["replayed"] for each in found] == [3, 3, 1]
    assert [each.parameters["Body"] for each in await receiver.take(7)] == bodies
    rows = await recorded(told, 14)
    assert [row["state"] for row in rows] == ["delivered"] * 7 + ["failed"] * 7
    assert {row["replay_of"] for row in rows[:7]} == {row["sid"] for row in rows[7:]}
    assert {row["idempotency_token"] for row in rows[:7]} == {row["idempotency_token"] for row in rows[7:]}


async def test_what_was_replayed_is_left_out_so_that_it_can_be_begun_again(
    told: AccountClient, receiver: Receiver
) -> None:
    await fail(told, receiver, 4)
    first = await told.made(REPLAYS, Limit=3)
    assert (first["replayed"], first["done"]) == (3, False)
    second, third = await batches(told, Limit=3)
    assert (second["replayed"], second["already_replayed"]) == (0, 3)
    assert (third["replayed"], third["already_replayed"], third["done"]) == (1, 0, True)
    assert len({each.parameters["Body"] for each in await receiver.take(4)}) == 4
    assert receiver.is_idle


async def test_replays_that_fail_are_not_replayed_by_the_batches_that_made_them(
    told: AccountClient, receiver: Receiver
) -> None:
    await fail(told, receiver, 3)
    receiver.reply = replying(500)
    first = await told.made(REPLAYS, Limit=2)
    await recorded(told, 5)
    going_on = {"AfterSid": first["after_sid"], "LastSid": first["last_sid"]}
    assert (await told.made(REPLAYS, Limit=2, **going_on))["replayed"] == 1
    await recorded(told, 6)
    again = await told.made(REPLAYS)
    assert (again["replayed"], again["already_replayed"]) == (3, 3), "each event once: of its failures the last"


async def test_filters_say_which(told: AccountClient, receiver: Receiver) -> None:
    await made(told, "/Conversations", FriendlyName="taken")
    await receiver.next()
    await fail(told, receiver, 2)
    rows = await recorded(told, 3)
    day = timedelta(days=1)
    now = told.parlour.clock.now()
    for draft, number in (
        ({"Hook": "service"}, 0),
        ({"EventType": "onConversationAdded"}, 0),
        ({"ConversationSid": rows[2]["conversation_sid"]}, 0),
        ({"StartDate": (now + day).isoformat()}, 0),
        ({"EndDate": (now - day).isoformat()}, 0),
        ({"State": "delivered"}, 1),
        ({"StartDate": (now - day).isoformat(), "EndDate": (now + day).isoformat(), "Hook": "account"}, 2),
    ):
        assert (await told.made(REPLAYS, **draft))["replayed"] == number, draft


async def test_where_a_webhook_is_gone_its_deliveries_are_left_out(told: AccountClient, receiver: Receiver) -> None:
    await fail(told, receiver, 2)
    await listen(told, receiver.url)
    assert (await told.post("/v1/Configuration/Webhooks", PostWebhookUrl="")).status == 200
    batch = await told.made(REPLAYS)
    assert (batch["replayed"], batch["webhook_gone"], batch["done"]) == (0, 2, True)


async def test_an_account_without_deliveries_has_nothing_to_replay(api: AccountClient) -> None:
    assert await api.made(REPLAYS) == {
        "account_sid": api.account,
        "replayed": 0,
        "already_replayed": 0,
        "webhook_gone": 0,
        "after_sid": None,
        "last_sid": None,
        "done": True,
    }


@pytest.mark.parametrize(
    "wrong",
    [
        {"State": "waiting"},
        {"State": "asked"},
        {"Limit": "0"},
        {"Limit": "1001"},
        {"AfterSid": "x"},
        {"AfterSid": ""},
        {"LastSid": ""},
        {"Hook": "everybody"},
    ],
)
async def test_a_batch_that_cannot_be_is_refused(api: AccountClient, wrong: dict[str, str]) -> None:
    assert (await api.post(REPLAYS, **wrong)).refusal == (400, 20001)


async def test_a_delivery_of_another_account_is_no_place_to_go_on_from(
    told: AccountClient, other_api: AccountClient, receiver: Receiver
) -> None:
    await fail(told, receiver, 1)
    (row,) = (await told.get(DELIVERIES)).rows
    assert (await other_api.post(REPLAYS, AfterSid=row["sid"])).refusal == NOT_FOUND
    assert (await other_api.post(REPLAYS, LastSid=row["sid"])).refusal == NOT_FOUND
    assert (await other_api.made(REPLAYS))["replayed"] == 0


async def test_a_batch_takes_as_many_statements_however_many_it_replays(
    told: AccountClient, receiver: Receiver
) -> None:
    await fail(told, receiver, 1)
    with told.statements() as few:
        await told.made(REPLAYS)
    await fail(told, receiver, 9)
    with told.statements() as many:
        await told.made(REPLAYS)
    assert len(many) == len(few)


async def test_what_is_delivered_meanwhile_counts_for_no_call(told: AccountClient, receiver: Receiver) -> None:
    with told.statements() as sent:
        await fail(told, receiver, 1)
    assert [each for each in sent if "update delivery_lanes" in each] == []
