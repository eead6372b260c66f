"""Explanations: each sentence is true, and the facts beside it show that."""

import asyncio
from datetime import timedelta
from typing import Any

from aiohttp import web

from tests.account_client import NOT_FOUND, AccountClient
from tests.deliveries import DELIVERIES, recorded, relayed
from tests.receiver import Received, Receiver
from tests.webhooks.conftest import be_asked, listen, loudly, made, remove_loudly, replying

EXPLAIN = "/parlour/v1/Explain"
ASKED = "The call asked for webhooks (X-Twilio-Webhook-Enabled: true)."


async def explained(api: AccountClient, sid: str) -> list[dict[str, Any]]:
    row = (await api.get(EXPLAIN, Sid=sid)).row
    assert row["sid"] == sid
    assert row["url"].endswith(f"{EXPLAIN}?Sid={sid}")
    sentences: list[dict[str, Any]] = row["sentences"]
    return sentences


async def texts(api: AccountClient, sid: str) -> list[str]:
    return [each["text"] for each in await explained(api, sid)]


async def facts(api: AccountClient, sid: str, beginning: str) -> dict[str, Any]:
    """The facts of the one sentence that begins so."""
    (found,) = [each["facts"] for each in await explained(api, sid) if each["text"].startswith(beginning)]
    return dict(found)


async def test_a_message_says_when_it_came_and_what_was_told(told: AccountClient, receiver: Receiver) -> None:
    conversation = await told.made("/Conversations")
    answer = await loudly(told, f"/Conversations/{conversation['sid']}/Messages", Body="hello")
    (row,) = await recorded(told, State="delivered")
    message = answer.row["sid"]
    came, wanted, asked, delivered = await texts(told, message)
    assert came.startswith("MessageAdded on 20")
    assert came.endswith(" UTC, by a call over REST.")
    assert wanted == ASKED
    assert asked == (
        "The account's webhook was not asked before (onMessageAdd), because it has no PreWebhookUrl"
        " (as it is configured now)."
    )
    assert delivered == (
        f"The account's webhook was told of onMessageAdded: it answered 200 after {row['milliseconds']:.0f} ms."
    )
    assert (await facts(told, message, "MessageAdded"))["request_sid"] == answer.headers["Twilio-Request-Id"]
    assert (await facts(told, message, "The call"))["webhooks"] is True
    assert (await facts(told, message, "The account's webhook was told"))["delivery_sid"] == row["sid"]


async def test_without_the_header_no_hook_fires_and_it_says_so(told: AccountClient, receiver: Receiver) -> None:
    conversation = await told.made("/Conversations")
    message = await told.made(f"/Conversations/{conversation['sid']}/Messages", Body="hello")
    _, wanted, would = await texts(told, message["sid"])
    assert wanted.startswith("The call did not ask for webhooks: it came without the header")
    assert would == "The account's webhook would have been told of onMessageAdded."
    assert await facts(told, message["sid"], "The call") == {
        "event_id": (await facts(told, message["sid"], "MessageAdded"))["event_id"],
        "source": "API",
        "webhooks": False,
    }


async def test_each_hook_that_did_not_fire_says_why(api: AccountClient, receiver: Receiver) -> None:
    path = f"/Conversations/{(await api.made('/Conversations'))['sid']}"

    async def hook(target: str, **configuration: object) -> str:
        named = {f"Configuration.{name}": value for name, value in configuration.items()}
        return str((await api.made(f"{path}/Webhooks", Target=target, **named))["sid"])

    other = await hook("webhook", Url=receiver.url, Filters=["onParticipantAdded"])
    trigger = await hook("trigger", Url=receiver.url, Triggers=["help", "refund"])
    studio = await hook("studio", FlowSid=f"FW{'0' * 32}")
    firing = await hook("webhook", Url=receiver.url, Filters=["onMessageAdded"])
    message = (await made(api, f"{path}/Messages", Body="hello"))["sid"]
    await recorded(api)
    late = await hook("webhook", Url=receiver.url, Filters=["onMessageAdded"])
    said = await texts(api, message)
    now = "(as it is configured now)."
    untold = "was not told of onMessageAdded, because"
    wordless = f"The webhook {trigger} {untold} the body has none of its Triggers (help, refund)"
    flowing = f"The webhook {studio} {untold} for a Studio flow the setting studio_url"
    assert said[3:] == [
        f"The account's webhook was not told of onMessageAdded, because it has no PostWebhookUrl {now}",
        f"The webhook {other} was not told of onMessageAdded, because its Filters do not name onMessageAdded {now}",
        f"{wordless} {now}",
        f"{flowing} is needed.",
        f"The webhook {late} was not told of onMessageAdded, because it was made after the event {now}",
        said[-1],
    ]
    assert said[-1].startswith(f"The webhook {firing} was told of onMessageAdded: it answered 200")
    assert (await facts(api, message, f"The webhook {trigger}"))["triggers"] == ["help", "refund"]


async def test_the_filters_of_the_account_and_the_service_in_its_place(told: AccountClient, receiver: Receiver) -> None:
    filtered = await told.post("/v1/Configuration/Webhooks", Filters=["onMessageAdded"])
    assert filtered.status == 200
    conversation = (await made(told, "/Conversations"))["sid"]
    assert (
        "The account's webhook was not told of onConversationAdded, because its Filters do not name"
        " onConversationAdded (as it is configured now)."
    ) in await texts(told, conversation)
    assert (await told.post("/v1/Configuration/Webhooks", Target="flex")).status == 200
    assert "because its Target is flex" in " ".join(await texts(told, conversation))
    own = told.in_service(told.service)
    await own.post("/Configuration/Webhooks", PostWebhookUrl=receiver.url, Filters=["onUserAdded"])
    said = await texts(told, conversation)
    assert said[0] == "The service has webhooks of its own, which take the place of the account's."
    assert any(each.startswith("The service's own webhook was not told of onConversationAdded") for each in said)


async def test_a_hook_that_was_configured_later_is_told_from_one_that_fired(
    api: AccountClient, receiver: Receiver
) -> None:
    conversation = (await made(api, "/Conversations"))["sid"]
    await relayed(api)
    await listen(api, receiver.url)
    assert (
        "The account's webhook was not told of onConversationAdded. It would be today, so it was configured otherwise"
        " then."
    ) in await texts(api, conversation)


async def test_what_a_pre_action_webhook_did_is_told(api: AccountClient, receiver: Receiver) -> None:
    await be_asked(api, receiver.url)
    receiver.reply = replying(200, '{"friendly_name": "renamed"}')
    answer = await loudly(api, "/Conversations", FriendlyName="as sent")
    asked = next(each for each in await texts(api, answer.row["sid"]) if "was asked" in each)
    assert asked.startswith("The account's webhook was asked onConversationAdd: it answered 200 after ")
    assert asked.endswith(" ms, which changed friendly_name.")
    assert await texts(api, answer.headers["Twilio-Request-Id"]) == [asked]


async def test_a_refused_change_is_found_by_its_request(api: AccountClient, receiver: Receiver) -> None:
    await be_asked(api, receiver.url)
    receiver.reply = replying(418)
    refused = await loudly(api, "/Conversations")
    assert refused.refusal == (403, 50056)
    (text,) = await texts(api, refused.headers["Twilio-Request-Id"])
    assert text.startswith("The account's webhook was asked onConversationAdd: it answered 418 after ")
    assert text.endswith("which refused the change; the caller was answered 403 with the code 50056.")


async def attempted(api: AccountClient, attempts: int) -> list[dict[str, Any]]:
    """Two deliveries, as soon as the first of them has been tried so often."""
    async with asyncio.timeout(30):
        rows: list[dict[str, Any]] = []
        while len(rows) < 2 or rows[1]["attempts_count"] < attempts:
            rows = (await api.get(DELIVERIES)).rows
    return rows


async def test_a_delivery_tells_its_attempts_and_what_it_waits_for(told: AccountClient, receiver: Receiver) -> None:
    told.parlour.clock.freeze()
    receiver.reply = replying(503)
    conversation = await made(told, "/Conversations")
    await receiver.next()
    await loudly(told, f"/Conversations/{conversation['sid']}", FriendlyName="second")
    rows = await attempted(told, 1)
    told_once, attempt, waits = await texts(told, rows[1]["sid"])
    assert told_once.endswith(" ms, and will be tried again (attempts so far: 1).")
    assert attempt.startswith("Attempt 1 on 20")
    assert "it answered 503 after" in attempt
    assert waits.startswith("It waits as the next of its conversation, not before 20")
    behind = await texts(told, rows[0]["sid"])
    assert behind[0] == "The account's webhook is still to be told of onConversationUpdated."
    assert behind[1].startswith("It waits behind 1 that have to be done first")
    for attempts in (2, 3):
        told.parlour.clock.advance(timedelta(seconds=5))
        await attempted(told, attempts)
    told.parlour.clock.advance(timedelta(seconds=5))
    await receiver.take(3)
    receiver.reply = None
    failed = await recorded(told, State="failed")
    told.parlour.clock.release()
    assert (await texts(told, failed[0]["sid"]))[0].endswith("and it was given up after 4 attempts.")


async def test_a_call_that_failed_for_good_says_which_are_tried_again(told: AccountClient, receiver: Receiver) -> None:
    receiver.reply = replying(500)
    conversation = await made(told, "/Conversations")
    await recorded(told)
    failed = (await texts(told, conversation["sid"]))[3]
    assert "it answered 500 after" in failed
    assert failed.endswith(
        "and that was the end of it. Only 429, 503, 504 and calls without an answer are tried again."
    )


async def test_a_call_without_an_answer_is_not_said_to_be_tried_again_where_it_is_not(
    told: AccountClient, receiver: Receiver
) -> None:
    async def elsewhere(_: Received) -> web.Response:
        return web.Response(status=307, headers={"Location": "ftp://files.example.org/"})

    receiver.reply = elsewhere
    conversation = await told.made("/Conversations")
    message = (await made(told, f"/Conversations/{conversation['sid']}/Messages", Body="hello"))["sid"]
    await recorded(told, State="failed")
    assert (await texts(told, message))[3] == (
        "The account's webhook was told of onMessageAdded: it gave no answer (Not a URL that can be called: ftp), and"
        " that was the end of it."
    )


async def test_a_revival_is_told_unasked_and_nobody_was_asked_before(told: AccountClient, receiver: Receiver) -> None:
    conversation = (await told.made("/Conversations", State="inactive"))["sid"]
    await told.made(f"/Conversations/{conversation}/Messages", Body="quietly")
    await recorded(told, 2)
    said = await texts(told, conversation)
    at = next(place for place, text in enumerate(said) if text.startswith("ConversationStateUpdated on 20"))
    assert said[at].endswith(" UTC, by a call over REST, with a message that woke the conversation.")
    assert said[at + 1] == "Webhooks are told of that without being asked for."
    assert said[at + 2].startswith("The account's webhook was told of onConversationUpdated")
    assert said[at + 3].startswith("The account's webhook was told of onConversationStateUpdated")
    assert ASKED not in said


async def test_an_unread_count_is_null_for_a_reason(api: AccountClient) -> None:
    path = f"/Conversations/{(await api.made('/Conversations'))['sid']}"
    dana = await api.made(f"{path}/Participants", Identity="dana")
    phone = await api.made(f"{path}/Participants", **{"MessagingBinding.Address": "+15551230009"})
    user = (await api.get("/Users/dana")).row["sid"]
    for body in "abc":
        await api.made(f"{path}/Messages", Body=body)
    assert (await api.get(f"/Users/dana{path}")).row["unread_messages_count"] is None
    assert (await texts(api, dana["sid"]))[-1] == (
        "unread_messages_count is null where dana has this conversation: no read horizon was set, or it was cleared."
        " LastReadMessageIndex sets one."
    )
    assert (await facts(api, dana["sid"], "unread"))["last_read_index"] is None
    assert (await texts(api, user))[-1] == (
        "It takes part in 1 conversation; unread_messages_count is null everywhere, since no read horizon was set."
    )
    assert (await texts(api, phone["sid"]))[-1].startswith("It has no identity, so no user has its conversation")
    await api.post(f"/Users/dana{path}", LastReadMessageIndex=0)
    assert (await texts(api, dana["sid"]))[-1] == (
        "unread_messages_count is 2 where dana has this conversation: of 3 messages that exist, 1 lies at or before its"
        " read horizon, Index 0."
    )
    assert (await texts(api, user))[-1] == "It takes part in 1 conversation, with 2 unread messages in all."
    await api.made(f"{path}/Participants", Identity="kim")
    assert (await texts(api, path.rpartition("/")[2]))[-1] == (
        "2 users can read it; unread_messages_count is null for 1, since no read horizon was set, and the others have 2"
        " unread messages in all."
    )


async def test_what_was_removed_is_still_explained(told: AccountClient, receiver: Receiver) -> None:
    conversation = await told.made("/Conversations")
    path = f"/Conversations/{conversation['sid']}"
    message = await told.made(f"{path}/Messages", Body="hello")
    later = await made(told, f"{path}/Messages", Body="later")
    await remove_loudly(told, f"{path}/Messages/{message['sid']}")
    await recorded(told, 2)
    said = await texts(told, message["sid"])
    assert [each.split(" ")[0] for each in said if each[:7] == "Message"] == ["MessageAdded", "MessageRemoved"]
    assert said[-1].startswith("The account's webhook was told of onMessageRemoved: it answered 200")
    await remove_loudly(told, path)
    await recorded(told, 3)
    assert (await texts(told, conversation["sid"]))[-1].startswith(
        "The account's webhook was told of onConversationRemoved"
    )
    gone, told_once = await texts(told, later["sid"])
    assert gone == "Nothing of it is stored any more but what webhooks were told."
    assert told_once.startswith("The account's webhook was told of onMessageAdded")


async def test_what_came_before_the_event_log_begins_says_so(api: AccountClient) -> None:
    conversation = await api.made("/Conversations")
    async with api.parlour.inside.database.session() as reading:
        await reading.execute("delete from events where account_sid = $1", api.account)
    (first, *_) = await texts(api, conversation["sid"])
    assert first == (
        "How the conversation came is not in the event log: it is older than event_retention (30 days), or was seeded."
    )


async def test_what_is_unknown_or_anothers_is_not_found(
    told: AccountClient, other_api: AccountClient, receiver: Receiver
) -> None:
    conversation = await told.made("/Conversations")
    path = f"/Conversations/{conversation['sid']}"
    participant = await told.made(f"{path}/Participants", Identity="dana")
    answer = await loudly(told, f"{path}/Messages", Body="hello")
    user = (await told.get("/Users/dana")).row
    (row,) = await recorded(told)
    request = answer.headers["Twilio-Request-Id"]
    for sid in (conversation["sid"], participant["sid"], answer.row["sid"], user["sid"], row["sid"], request):
        assert (await told.get(EXPLAIN, Sid=sid)).status == 200
        assert (await other_api.get(EXPLAIN, Sid=sid)).refusal == NOT_FOUND
        unknown = sid[:2] + "0" * 32
        assert (await told.get(EXPLAIN, Sid=unknown)).refusal == NOT_FOUND
    for sid in (" ", "dana", told.service, told.account):
        assert (await told.get(EXPLAIN, Sid=sid)).refusal == NOT_FOUND
    for nothing in ({}, {"Sid": ""}):
        assert (await told.get(EXPLAIN, **nothing)).refusal == (400, 20001)


async def test_it_costs_a_few_statements_whatever_there_is(told: AccountClient, receiver: Receiver) -> None:
    conversation = await made(told, "/Conversations")
    path = f"/Conversations/{conversation['sid']}"
    for name in ("dana", "lee", "kim"):
        await made(told, f"{path}/Participants", Identity=name)
        await loudly(told, path, FriendlyName=name)
    participants = await told.listed(f"{path}/Participants")
    message = await made(told, f"{path}/Messages", Body="hello")
    await recorded(told, 11)
    for sid, limit in ((conversation["sid"], 6), (participants[0]["sid"], 6), (message["sid"], 5)):
        with told.statements() as sent:
            await texts(told, sid)
        assert len(sent) <= limit, sent
