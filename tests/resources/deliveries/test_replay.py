"""Replays: the same event once more, to where its webhook points now."""

from typing import Any

from tests.account_client import NOT_FOUND, AccountClient
from tests.deliveries import DELIVERIES, recorded, whole
from tests.receiver import Receiver
from tests.webhooks.conftest import be_asked, listen, loudly, made, replying

CONFLICT = (409, 20409)


async def failed(api: AccountClient, receiver: Receiver) -> dict[str, Any]:
    """A delivery that its receiver would not have."""
    receiver.reply = replying(500)
    await made(api, "/Conversations", FriendlyName="once more")
    await receiver.next()
    (row,) = await recorded(api)
    assert row["state"] == "failed"
    receiver.reply = None
    return row


async def test_a_replay_is_a_delivery_of_its_own_with_the_same_event_and_token(
    told: AccountClient, receiver: Receiver
) -> None:
    before = await failed(told, receiver)
    answer = await told.post(f"{DELIVERIES}/{before['sid']}/Replay")
    assert answer.status == 201
    again = answer.row
    assert again["sid"] != before["sid"]
    assert (again["replay_of"], again["state"], again["attempts"]) == (before["sid"], "waiting", [])
    assert again["request_sid"] == answer.headers["Twilio-Request-Id"]
    for name in ("subject_sid", "conversation_sid", "event_type", "event_id", "hook", "hook_url", "idempotency_token"):
        assert again[name] == before[name], name
    received = await receiver.next()
    assert received.parameters == {**before["parameters"], "RetryCount": "0"}
    assert received.headers["I-Twilio-Idempotency-Token"] == before["idempotency_token"]
    rows = await recorded(told, 2)
    assert [row["state"] for row in rows] == ["delivered", "failed"]
    assert (await whole(told, before["sid"]))["attempts_count"] == 1


async def test_what_was_delivered_can_be_replayed_too(told: AccountClient, receiver: Receiver) -> None:
    await made(told, "/Conversations")
    first = await receiver.next()
    (row,) = await recorded(told)
    await told.made(f"{DELIVERIES}/{row['sid']}/Replay")
    assert (await receiver.next()).parameters == first.parameters


async def test_a_replay_goes_to_where_the_webhook_points_now(told: AccountClient, receiver: Receiver) -> None:
    before = await failed(told, receiver)
    await listen(told, receiver.url + "/mended", Method="GET")
    again = await told.made(f"{DELIVERIES}/{before['sid']}/Replay")
    assert (again["hook_url"], again["hook_method"]) == (receiver.url + "/mended", "GET")
    received = await receiver.next()
    assert received.method == "GET"
    assert received.url.startswith(receiver.url + "/mended?")


async def test_the_webhook_of_a_conversation_is_replayed_while_it_is_there(
    api: AccountClient, receiver: Receiver
) -> None:
    path = f"/Conversations/{(await api.made('/Conversations'))['sid']}"
    called = {"Configuration.Url": receiver.url, "Configuration.Filters": ["onMessageAdded"]}
    webhook = await api.made(f"{path}/Webhooks", Target="webhook", **called)
    await made(api, f"{path}/Messages", Body="hello")
    first = await receiver.next()
    (row,) = await recorded(api)
    await api.made(f"{DELIVERIES}/{row['sid']}/Replay")
    assert (await receiver.next()).parameters == first.parameters
    await api.delete(f"{path}/Webhooks/{webhook['sid']}")
    refused = await api.post(f"{DELIVERIES}/{row['sid']}/Replay")
    assert refused.refusal == CONFLICT
    assert "removed" in refused.message


async def test_a_webhook_without_a_url_is_not_replayed(told: AccountClient, receiver: Receiver) -> None:
    before = await failed(told, receiver)
    await listen(told, "")
    assert (await told.post(f"{DELIVERIES}/{before['sid']}/Replay")).refusal == CONFLICT


async def test_what_still_waits_is_not_replayed(told: AccountClient, receiver: Receiver) -> None:
    told.parlour.clock.freeze()
    receiver.reply = replying(503)
    await made(told, "/Conversations")
    await receiver.next()
    (row,) = (await told.get(DELIVERIES)).rows
    refused = await told.post(f"{DELIVERIES}/{row['sid']}/Replay")
    told.parlour.clock.release()
    assert refused.refusal == CONFLICT
    assert "still to be sent" in refused.message


async def test_a_question_is_asked_once(api: AccountClient, receiver: Receiver) -> None:
    await be_asked(api, receiver.url)
    await loudly(api, "/Conversations")
    (row,) = (await api.get(DELIVERIES)).rows
    refused = await api.post(f"{DELIVERIES}/{row['sid']}/Replay")
    assert refused.refusal == CONFLICT
    assert "pre-action" in refused.message


async def test_what_is_unknown_is_not_found(api: AccountClient) -> None:
    assert (await api.post(f"{DELIVERIES}/WD{'0' * 32}/Replay")).refusal == NOT_FOUND
    assert (await api.get(f"{DELIVERIES}/WD{'0' * 32}")).refusal == NOT_FOUND
