"""Pre-action webhooks: asked after validation and before anything is stored, they let pass, amend or refuse."""

import asyncio
import json
from collections.abc import Callable

import pytest
from aiohttp import web
from twilio.request_validator import RequestValidator

from parlour.outbound import client
from tests.account_client import AccountClient
from tests.receiver import Received, Receiver, receiving
from tests.webhooks.conftest import be_asked, loudly, made, remove_loudly, replying

REFUSED = (403, 50056)


@pytest.fixture
async def asked(api: AccountClient, receiver: Receiver) -> AccountClient:
    """An account that asks the receiver before every change."""
    await be_asked(api, receiver.url + "/pre")
    return api


@pytest.fixture
async def conversation(api: AccountClient) -> str:
    """The path of a conversation, made before anybody is asked."""
    made = await api.made("/Conversations")
    return f"/Conversations/{made['sid']}"


async def bodies(api: AccountClient, conversation: str) -> list[str]:
    return [row["body"] for row in await api.listed(f"{conversation}/Messages")]


async def test_a_message_is_asked_for_before_it_has_a_sid(
    asked: AccountClient, receiver: Receiver, conversation: str
) -> None:
    participant = await asked.made(f"{conversation}/Participants", Identity="dana")
    await made(asked, f"{conversation}/Messages", Body="hello", Author="dana", Attributes='{"a":1}')
    received = await receiver.next()
    assert received.parameters == {
        "AccountSid": asked.account,
        "ChatServiceSid": asked.service,
        "EventType": "onMessageAdd",
        "Source": "API",
        "RetryCount": "0",
        "ConversationSid": conversation.rpartition("/")[2],
        "ParticipantSid": participant["sid"],
        "Body": "hello",
        "Author": "dana",
        "Attributes": '{"a":1}',
    }
    validator = RequestValidator(asked.token)
    assert validator.validate(received.url, received.parameters, received.headers["X-Twilio-Signature"])


async def test_without_the_header_nobody_is_asked(asked: AccountClient, receiver: Receiver, conversation: str) -> None:
    receiver.reply = replying(403)
    await asked.made(f"{conversation}/Messages", Body="hello")
    assert receiver.received == []


async def test_nobody_is_asked_about_what_is_wrong_anyway(
    asked: AccountClient, receiver: Receiver, conversation: str
) -> None:
    assert (await loudly(asked, f"{conversation}/Messages", Body="x" * 40_000)).refusal == (400, 50504)
    assert (await loudly(asked, "/Conversations/CH" + "0" * 32 + "/Messages", Body="x")).refusal == (404, 20404)
    await asked.post(conversation, State="closed")
    assert (await loudly(asked, f"{conversation}/Messages", Body="x")).refusal == (400, 50377)
    assert receiver.received == []


ALLOWED: dict[str, Callable[[], object]] = {
    "nothing": lambda: replying(200),
    "an empty object": lambda: replying(200, "{}"),
    "no content": lambda: replying(204),
    "created, whatever it says": lambda: replying(201, '{"body": "not this"}'),
    "text": lambda: replying(200, "OK"),
    "a list": lambda: replying(200, '["body"]'),
    "an object that names nothing known": lambda: replying(200, '{"index": 7, "colour": "red"}'),
    "a null": lambda: replying(200, '{"body": null}'),
}


@pytest.mark.parametrize("reply", ALLOWED.values(), ids=ALLOWED)
async def test_a_change_goes_ahead_as_it_is_when_the_answer_is(
    asked: AccountClient, receiver: Receiver, conversation: str, reply: Callable[[], object]
) -> None:
    receiver.reply = reply()  # type: ignore[assignment]
    message = await made(asked, f"{conversation}/Messages", Body="hello")
    assert (message["body"], message["index"]) == ("hello", 0)
    assert len(receiver.received) == 1


@pytest.mark.parametrize("status", [301, 302, 304, 400, 403, 404, 500, 503])
async def test_a_change_is_refused_when_the_answer_is(
    asked: AccountClient, receiver: Receiver, conversation: str, status: int
) -> None:
    receiver.reply = replying(status, '{"body": "no matter"}')
    assert (await loudly(asked, f"{conversation}/Messages", Body="hello")).refusal == REFUSED
    assert await bodies(asked, conversation) == []
    assert len(receiver.received) == 1, "a webhook that refuses is not asked again"
    receiver.reply = None
    assert (await made(asked, f"{conversation}/Messages", Body="hello"))["index"] == 0, "no index was used"


async def test_an_answer_may_amend_a_message(asked: AccountClient, receiver: Receiver, conversation: str) -> None:
    participant = await asked.made(f"{conversation}/Participants", Identity="lee")
    receiver.reply = replying(200, json.dumps({"body": "hi", "author": "lee", "attributes": {"seen": True}}))
    message = await made(asked, f"{conversation}/Messages", Body="hello", Author="dana")
    assert (message["body"], message["author"], message["participant_sid"]) == ("hi", "lee", participant["sid"])
    assert json.loads(message["attributes"]) == {"seen": True}
    receiver.reply = replying(200, json.dumps({"body": "edited twice"}))
    edited = await loudly(asked, f"{conversation}/Messages/{message['sid']}", Body="edited")
    assert edited.row["body"] == "edited twice"
    assert (await receiver.take(2))[1].parameters["Body"] == "edited", "it is told what the change would make"


@pytest.mark.parametrize(
    ("amendment", "refusal", "error"),
    [
        ({"body": "x" * 40_000}, (400, 50504), "Message body parameter is too long (50504)"),
        ({"attributes": "{"}, (400, 50304), "Attributes not valid JSON (50304)"),
        ({"author": "x" * 257}, (400, 50310), "Author parameter is too long (50310)"),
    ],
)
async def test_an_amendment_that_is_wrong_is_told_to_the_caller(
    asked: AccountClient,
    receiver: Receiver,
    conversation: str,
    amendment: dict[str, str],
    refusal: tuple[int, int],
    error: str,
) -> None:
    receiver.reply = replying(200, json.dumps(amendment))
    answer = await loudly(asked, f"{conversation}/Messages", Body="hello")
    assert answer.refusal == refusal
    assert await bodies(asked, conversation) == []
    request = answer.headers["Twilio-Request-Id"]
    (row,) = (await asked.get("/parlour/v1/Webhooks/Deliveries", RequestSid=request)).rows
    assert (row["answer_status"], row["verdict"], row["error"]) == (200, "invalid", error)
    (sentence,) = (await asked.get("/parlour/v1/Explain", Sid=request)).row["sentences"]
    wanted = f"which wanted something else as {next(iter(amendment))}, and the caller was refused for that: {error}."
    assert sentence["text"].endswith(wanted)


async def test_a_change_does_not_wait_for_a_webhook_that_is_silent(
    asked: AccountClient, receiver: Receiver, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "CALL_TIMEOUT_SECONDS", 0.05)
    over = asyncio.Event()

    async def silent(received: Received) -> web.StreamResponse:
        await over.wait()
        return web.Response(status=403)

    receiver.reply = silent
    message = await made(asked, f"{conversation}/Messages", Body="hello")
    over.set()
    assert message["body"] == "hello"


async def test_a_change_does_not_wait_for_a_webhook_that_is_not_there(api: AccountClient, conversation: str) -> None:
    async with receiving() as gone:
        await be_asked(api, gone.url)
    assert (await made(api, f"{conversation}/Messages", Body="hello"))["body"] == "hello"


async def test_a_redirect_is_followed_where_it_keeps_the_method(
    asked: AccountClient, receiver: Receiver, conversation: str
) -> None:
    async def elsewhere(received: Received) -> web.StreamResponse:
        if received.url.endswith("/pre"):
            return web.Response(status=307, headers={"Location": "/there"})
        return web.Response(status=403)

    receiver.reply = elsewhere
    assert (await loudly(asked, f"{conversation}/Messages", Body="hello")).refusal == REFUSED
    first, second = receiver.received
    assert second.parameters == first.parameters
    validator = RequestValidator(asked.token)
    assert validator.validate(second.url, second.parameters, second.headers["X-Twilio-Signature"])


async def test_a_redirect_in_circles_is_a_refusal(asked: AccountClient, receiver: Receiver, conversation: str) -> None:
    receiver.reply = replying(308, headers={"Location": "/pre"})
    assert (await loudly(asked, f"{conversation}/Messages", Body="hello")).refusal == REFUSED
    assert len(receiver.received) == 1 + client.MAX_REDIRECTS


async def test_a_removal_is_asked_for(asked: AccountClient, receiver: Receiver, conversation: str) -> None:
    message = await asked.made(f"{conversation}/Messages", Body="stay")
    path = f"{conversation}/Messages/{message['sid']}"
    receiver.reply = replying(403)
    refused = await asked.send("DELETE", path, headers={"X-Twilio-Webhook-Enabled": "true"})
    assert refused.refusal == REFUSED
    assert await bodies(asked, conversation) == ["stay"]
    receiver.reply = None
    await remove_loudly(asked, path)
    assert await bodies(asked, conversation) == []
    event = (await receiver.take(2))[0]
    assert (event.event, event.parameters["MessageSid"], event.parameters["Index"]) == (
        "onMessageRemove",
        message["sid"],
        "0",
    )


async def test_a_conversation_is_asked_for_without_a_sid_and_may_be_named(
    asked: AccountClient, receiver: Receiver
) -> None:
    receiver.reply = replying(200, json.dumps({"friendly_name": "As it should be", "unique_name": "no matter"}))
    conversation = await made(asked, "/Conversations", FriendlyName="As it is", UniqueName="mine")
    assert (conversation["friendly_name"], conversation["unique_name"]) == ("As it should be", "mine")
    assert (await receiver.next()).parameters == {
        "AccountSid": asked.account,
        "ChatServiceSid": asked.service,
        "EventType": "onConversationAdd",
        "Source": "API",
        "RetryCount": "0",
        "FriendlyName": "As it is",
        "UniqueName": "mine",
        "Attributes": "{}",
        "MessagingServiceSid": conversation["messaging_service_sid"],
        "State": "active",
    }


async def test_a_conversation_is_asked_for_as_it_would_be(
    asked: AccountClient, receiver: Receiver, conversation: str
) -> None:
    receiver.reply = replying(403)
    refused = await loudly(asked, conversation, FriendlyName="New", State="inactive")
    assert refused.refusal == REFUSED
    asked_for = (await receiver.next()).parameters
    assert (asked_for["FriendlyName"], asked_for["State"]) == ("New", "inactive")
    unchanged = (await asked.get(conversation)).row
    assert (unchanged["friendly_name"], unchanged["state"]) == (None, "active")
    removal = await asked.send("DELETE", conversation, headers={"X-Twilio-Webhook-Enabled": "true"})
    assert removal.refusal == REFUSED
    assert (await asked.get(conversation)).status == 200
    assert (await receiver.next()).event == "onConversationRemove"


async def test_a_user_is_asked_for_when_it_changes_only(asked: AccountClient, receiver: Receiver) -> None:
    receiver.reply = replying(403)
    user = await made(asked, "/Users", Identity="dana")
    assert receiver.received == [], "there is no event before a user is made"
    refused = await loudly(asked, f"/Users/{user['sid']}", FriendlyName="Dana")
    assert refused.refusal == REFUSED
    told = (await receiver.next()).parameters
    assert (told["EventType"], told["UserSid"], told["FriendlyName"]) == ("onUserUpdate", user["sid"], "Dana")
    assert (await asked.get("/Users/dana")).row["friendly_name"] is None


@pytest.mark.parametrize("body", [b"\0", b"\xff\xfe", b'{"body": "a\\u0000b"}', b'{"body": "a\\ud800b"}'])
async def test_no_answer_makes_a_fault(
    asked: AccountClient, receiver: Receiver, conversation: str, body: bytes
) -> None:
    async def odd(received: Received) -> web.StreamResponse:
        return web.Response(body=body, headers={"X-Odd": "caf\u00e9"})

    receiver.reply = odd
    assert (await loudly(asked, f"{conversation}/Messages", Body="hello")).status in (201, 400)


async def test_a_participant_is_asked_for_and_its_user_is_not_left_behind(
    asked: AccountClient, receiver: Receiver, conversation: str
) -> None:
    receiver.reply = replying(403)
    refused = await loudly(asked, f"{conversation}/Participants", Identity="dana")
    assert refused.refusal == REFUSED
    told = (await receiver.next()).parameters
    role = told.pop("RoleSid")
    assert told == {
        "AccountSid": asked.account,
        "ChatServiceSid": asked.service,
        "EventType": "onParticipantAdd",
        "Source": "API",
        "RetryCount": "0",
        "ConversationSid": conversation.rpartition("/")[2],
        "Identity": "dana",
        "Attributes": "{}",
        "MessagingBinding.Type": "CHAT",
    }
    assert await asked.listed(f"{conversation}/Participants") == []
    assert await asked.listed("/Users") == []
    receiver.reply = None
    participant = await made(asked, f"{conversation}/Participants", Identity="dana")
    assert participant["role_sid"] == role


async def test_an_address_pair_is_free_again_after_a_refusal(
    asked: AccountClient, receiver: Receiver, conversation: str
) -> None:
    pair = {"MessagingBinding.Address": "+15551230001", "MessagingBinding.ProxyAddress": "+15551230002"}
    receiver.reply = replying(403)
    assert (await loudly(asked, f"{conversation}/Participants", **pair)).refusal == REFUSED
    told = (await receiver.next()).parameters
    assert told["MessagingBinding.Type"] == "SMS"
    assert told["MessagingBinding.Address"] == "+15551230001"
    await asked.made(f"{conversation}/Participants", **pair)


async def test_a_participant_is_asked_for_when_it_changes_or_leaves(
    asked: AccountClient, receiver: Receiver, conversation: str
) -> None:
    participant = await asked.made(f"{conversation}/Participants", Identity="dana")
    path = f"{conversation}/Participants/dana"
    receiver.reply = replying(403)
    assert (await loudly(asked, path, Attributes='{"a":1}')).refusal == REFUSED
    removal = await asked.send("DELETE", path, headers={"X-Twilio-Webhook-Enabled": "true"})
    assert removal.refusal == REFUSED
    update, remove = await receiver.take(2)
    assert (update.event, update.parameters["Attributes"]) == ("onParticipantUpdate", '{"a":1}')
    assert (remove.event, remove.parameters["ParticipantSid"]) == ("onParticipantRemove", participant["sid"])
    assert (await asked.get(path)).row["attributes"] == "{}"


async def test_a_conversation_with_participants_is_asked_for_once(asked: AccountClient, receiver: Receiver) -> None:
    receiver.reply = replying(403)
    whole = {"FriendlyName": "Crew", "Participant": ['{"identity": "dana"}', '{"identity": "lee"}']}
    assert (await loudly(asked, "/ConversationWithParticipants", **whole)).refusal == REFUSED
    (only,) = receiver.received
    assert (only.event, only.parameters["FriendlyName"]) == ("onConversationAdd", "Crew")
    assert await asked.listed("/Conversations") == []


async def test_many_that_are_refused_at_once_do_not_wait_for_each_other(
    asked: AccountClient, receiver: Receiver, conversation: str
) -> None:
    """Each of them is tried in a transaction, of which there are fewer than of them."""
    await asked.post(conversation, State="closed")
    async with asyncio.timeout(30):
        answers = await asyncio.gather(*(loudly(asked, f"{conversation}/Messages", Body="x") for _ in range(60)))
    assert {answer.refusal for answer in answers} == {(400, 50377)}
    assert receiver.received == []


async def test_what_was_asked_before_is_checked_again_when_it_is_done(
    asked: AccountClient, receiver: Receiver, conversation: str
) -> None:
    async def meanwhile(received: Received) -> web.StreamResponse:
        receiver.reply = None
        assert (await asked.post(conversation, State="closed")).status == 200
        return web.Response()

    receiver.reply = meanwhile
    assert (await loudly(asked, f"{conversation}/Messages", Body="too late")).refusal == (400, 50377)
    assert await bodies(asked, conversation) == []


async def test_nothing_is_locked_while_a_webhook_thinks(
    asked: AccountClient, receiver: Receiver, conversation: str
) -> None:
    async def meanwhile(received: Received) -> web.StreamResponse:
        await asked.made(f"{conversation}/Messages", Body="first")
        assert (await asked.post(conversation, FriendlyName="renamed")).status == 200
        return web.Response()

    receiver.reply = meanwhile
    assert (await made(asked, f"{conversation}/Messages", Body="second"))["index"] == 1
    assert await bodies(asked, conversation) == ["first", "second"]


async def test_an_update_that_sends_nothing_is_asked_for_all_the_same(
    asked: AccountClient, receiver: Receiver, conversation: str
) -> None:
    assert (await loudly(asked, conversation)).status == 200
    assert (await receiver.next()).event == "onConversationUpdate"
