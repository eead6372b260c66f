"""The flight recorder over REST: what was sent and answered, found by what one looks for."""

from base64 import b64encode
from datetime import datetime, timedelta

from aiohttp import web

from parlour.webhooks.sign import signature
from tests.account_client import NOT_FOUND, AccountClient
from tests.deliveries import DELIVERIES, recorded, whole
from tests.receiver import Received, Receiver
from tests.webhooks.conftest import be_asked, listen, loudly, made, replying


async def test_a_delivery_shows_what_was_sent_signed_and_answered(told: AccountClient, receiver: Receiver) -> None:
    receiver.reply = replying(200, '{"thanks": "é"}', {"X-Seen": "yes"})
    answer = await loudly(told, "/Conversations", FriendlyName="Ünïted & co")
    received = await receiver.next()
    (row,) = await recorded(told)
    assert row["sid"].startswith("WD")
    assert (row["account_sid"], row["chat_service_sid"]) == (told.account, told.service)
    assert row["conversation_sid"] == row["subject_sid"] == answer.row["sid"]
    assert (row["event_type"], row["hook"], row["state"]) == ("onConversationAdded", "account", "delivered")
    assert (row["hook_url"], row["hook_method"]) == (receiver.url + "/post?tenant=7", "POST")
    assert (row["attempts_count"], row["answer_status"], row["error"], row["verdict"]) == (1, 200, None, "delivered")
    assert row["request_sid"] == answer.headers["Twilio-Request-Id"]
    assert row["idempotency_token"] == received.headers["I-Twilio-Idempotency-Token"]
    assert "attempts" not in row
    delivery = await whole(told, row["sid"])
    (attempt,) = delivery.pop("attempts")
    assert delivery == row
    request = attempt["request"]
    assert (request["method"], request["url"]) == ("POST", receiver.url + "/post?tenant=7")
    assert request["headers"]["X-Twilio-Signature"] == received.headers["X-Twilio-Signature"]
    assert request["headers"]["X-Twilio-Signature"] == signature(told.token, request["signed"])
    assert "FriendlyName=%C3%9Cn%C3%AFted+%26+co" in request["body"]
    assert attempt["answer"]["status"] == 200
    assert attempt["answer"]["body"] == '{"thanks": "é"}'
    assert attempt["answer"]["headers"]["X-Seen"] == "yes"
    assert (attempt["number"], attempt["error"], attempt["changed"]) == (0, None, None)
    assert attempt["milliseconds"] > 0


async def test_every_attempt_is_there_with_its_verdict(told: AccountClient, receiver: Receiver) -> None:
    async def busy_at_first(received: Received) -> web.StreamResponse:
        return web.Response(status=503 if received.parameters["RetryCount"] == "0" else 200)

    receiver.reply = busy_at_first
    await made(told, "/Conversations")
    await receiver.next()
    told.parlour.clock.advance(timedelta(seconds=2))
    await receiver.next()
    (row,) = await recorded(told)
    told.parlour.clock.release()
    first, second = (await whole(told, row["sid"]))["attempts"]
    assert (first["number"], first["verdict"], first["answer"]["status"]) == (0, "retry", 503)
    assert (second["number"], second["verdict"], second["answer"]["status"]) == (1, "delivered", 200)
    assert "RetryCount=1" in second["request"]["body"]


async def test_a_call_that_reached_nobody_says_why(api: AccountClient) -> None:
    await listen(api, "http://127.0.0.1:9/", Method="GET")
    await made(api, "/Conversations")
    rows = (await api.get(DELIVERIES)).rows
    for _ in range(4):
        api.parlour.clock.advance(timedelta(seconds=10))
        rows = await recorded(api, 0) if rows and rows[0]["state"] == "waiting" else rows
    (row,) = await recorded(api)
    api.parlour.clock.release()
    assert (row["state"], row["answer_status"]) == ("failed", None)
    attempt = (await whole(api, row["sid"]))["attempts"][0]
    assert attempt["answer"] is None
    assert attempt["error"].startswith("ClientConnectorError: ")
    assert attempt["request"]["body"] == ""
    assert (attempt["request"]["method"], row["hook_method"]) == ("GET", "GET")


async def test_credentials_are_neither_kept_nor_shown(api: AccountClient, receiver: Receiver) -> None:
    secret = receiver.url.replace("://", "://dana:s3cret@")
    receiver.reply = replying(302, headers={"Location": secret})
    await listen(api, secret)
    await made(api, "/Conversations")
    sent = (await receiver.next()).headers["Authorization"]
    assert sent == "Basic " + b64encode(b"dana:s3cret").decode()
    (row,) = await recorded(api)
    answer = await api.get(f"{DELIVERIES}/{row['sid']}")
    assert b"s3cret" not in answer.body
    assert sent.partition(" ")[2].encode() not in answer.body
    assert row["hook_url"] == receiver.url.replace("://", "://***@")
    assert answer.row["attempts"][0]["request"]["headers"]["Authorization"] == "Basic ***"
    async with api.parlour.inside.database.session() as reading:
        kept = await reading.fetchval(
            "select string_agg(attempts::text, '') from attempts where account_sid = $1", api.account
        )
    assert "s3cret" not in kept
    assert sent.partition(" ")[2] not in kept


async def test_a_question_is_kept_with_what_its_answer_changed(api: AccountClient, receiver: Receiver) -> None:
    await be_asked(api, receiver.url)
    receiver.reply = replying(200, '{"friendly_name": "renamed"}')
    answer = await loudly(api, "/Conversations", FriendlyName="as sent")
    (row,) = (await api.get(DELIVERIES, RequestSid=answer.headers["Twilio-Request-Id"])).rows
    assert (row["state"], row["verdict"], row["event_type"]) == ("asked", "amended", "onConversationAdd")
    assert row["event_id"] is None
    assert (await whole(api, row["sid"]))["attempts"][0]["changed"] == {"friendly_name": "renamed"}
    receiver.reply = replying(403)
    refused = await loudly(api, "/Conversations")
    assert refused.refusal == (403, 50056)
    (row,) = (await api.get(DELIVERIES, RequestSid=refused.headers["Twilio-Request-Id"])).rows
    assert (row["verdict"], row["answer_status"]) == ("refused", 403)


async def test_an_answer_that_may_change_nothing_of_what_it_names_is_kept_as_allowed(
    api: AccountClient, receiver: Receiver
) -> None:
    await be_asked(api, receiver.url)
    receiver.reply = replying(200, '{"ok": true, "body": "of no message"}')
    answer = await loudly(api, "/Conversations", FriendlyName="as sent")
    (row,) = (await api.get(DELIVERIES, RequestSid=answer.headers["Twilio-Request-Id"])).rows
    assert (answer.row["friendly_name"], row["verdict"]) == ("as sent", "allowed")
    assert (await whole(api, row["sid"]))["attempts"][0]["changed"] == {}
    (text,) = (await api.get("/parlour/v1/Explain", Sid=answer.headers["Twilio-Request-Id"])).row["sentences"]
    assert text["text"].endswith("as it was: nothing in its body is a change that it may make.")


async def test_the_newest_come_first_through_all_pages(told: AccountClient, receiver: Receiver) -> None:
    names = [(await made(told, "/Conversations"))["sid"] for _ in range(5)]
    await recorded(told, 5)
    rows = await told.listed(DELIVERIES, PageSize=2)
    assert [row["subject_sid"] for row in rows] == names[::-1]


async def test_a_filter_leaves_what_it_names(told: AccountClient, receiver: Receiver) -> None:
    one = await made(told, "/Conversations", FriendlyName="one")
    message = await made(told, f"/Conversations/{one['sid']}/Messages", Body="hello")
    await receiver.take(2)
    receiver.reply = replying(500)
    two = await loudly(told, "/Conversations", FriendlyName="two")
    await receiver.next()
    scoped = await told.made(
        f"/Conversations/{one['sid']}/Webhooks",
        Target="webhook",
        **{"Configuration.Url": receiver.url, "Configuration.Filters": ["onConversationUpdated"]},
    )
    receiver.reply = None
    await loudly(told, f"/Conversations/{one['sid']}", FriendlyName="three")
    every = await recorded(told, 5)

    async def found(**query: object) -> list[tuple[str, str]]:
        return [(row["event_type"], row["hook"]) for row in await told.listed(DELIVERIES, PageSize=1, **query)]

    added, updated = ("onConversationAdded", "account"), ("onConversationUpdated", "account")
    of_message, of_hook = ("onMessageAdded", "account"), ("onConversationUpdated", scoped["sid"])
    assert await found(SubjectSid=message["sid"]) == [of_message]
    assert sorted(await found(ConversationSid=one["sid"])) == sorted([of_hook, updated, of_message, added])
    assert await found(EventType="onConversationAdded") == [added, added]
    assert await found(State="failed") == [added]
    assert await found(Hook=scoped["sid"]) == [of_hook]
    assert len(await found(Hook="account")) == 4
    assert await found(Hook="service") == []
    assert await found(RequestSid=two.headers["Twilio-Request-Id"]) == [added]
    assert await found(State="waiting") == []
    assert await found(ConversationSid=one["sid"], EventType="onConversationAdded") == [added]
    newest = datetime.fromisoformat(every[0]["date_created"])
    assert len(await found(EndDate=newest.isoformat())) == 5
    assert await found(StartDate=(newest + timedelta(seconds=1)).isoformat()) == []
    assert await found(EndDate=(newest - timedelta(days=1)).isoformat()) == []


async def test_a_filter_that_cannot_be_is_refused(api: AccountClient) -> None:
    for wrong in (
        {"State": "lost"},
        {"EventType": "onLunch"},
        {"ConversationSid": "x"},
        {"StartDate": "soon"},
        {"SubjectSid": "IS" + "0" * 32},
        {"Hook": "everybody"},
        {"Hook": "CH" + "0" * 32},
    ):
        assert (await api.get(DELIVERIES, **wrong)).refusal == (400, 20001), wrong


async def test_another_account_sees_nothing_of_it(
    told: AccountClient, other_api: AccountClient, receiver: Receiver
) -> None:
    await made(told, "/Conversations")
    (row,) = await recorded(told)
    assert (await other_api.get(DELIVERIES)).rows == []
    assert (await other_api.get(f"{DELIVERIES}/{row['sid']}")).refusal == NOT_FOUND
    assert (await other_api.post(f"{DELIVERIES}/{row['sid']}/Replay")).refusal == NOT_FOUND


async def test_a_list_costs_one_statement_and_a_delivery_two(told: AccountClient, receiver: Receiver) -> None:
    for _ in range(3):
        await made(told, "/Conversations")
    rows = await recorded(told, 3)
    with told.statements() as sent:
        await told.get(DELIVERIES, State="delivered")
    assert len(sent) == 1
    with told.statements() as sent:
        await whole(told, rows[0]["sid"])
    assert len(sent) == 2
