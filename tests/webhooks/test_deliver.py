"""Deliveries: every committed event reaches its webhook, signed, in order, and again until it is taken."""

from datetime import timedelta

from aiohttp import web
from twilio.request_validator import RequestValidator

from parlour.core.webhook_events import PostEvent
from tests.account_client import AccountClient
from tests.receiver import Received, Receiver
from tests.server import MovableClock
from tests.webhooks.conftest import attempted, fired, listen, made, remove_loudly, replying


async def test_a_message_is_told_with_exactly_the_published_parameters(told: AccountClient, receiver: Receiver) -> None:
    conversation = await told.made("/Conversations")
    message = await made(told, f"/Conversations/{conversation['sid']}/Messages", Body="hé & hello", Author="dana")
    received = await receiver.next()
    created = received.parameters.pop("DateCreated")
    assert created.startswith(message["date_created"][:-1])
    assert len(created) == len("2021-08-10T18:00:58.111Z")
    assert received.parameters == {
        "AccountSid": told.account,
        "ChatServiceSid": told.service,
        "EventType": "onMessageAdded",
        "Source": "API",
        "RetryCount": "0",
        "ConversationSid": conversation["sid"],
        "MessageSid": message["sid"],
        "MessagingServiceSid": conversation["messaging_service_sid"],
        "Index": "0",
        "Body": "hé & hello",
        "Author": "dana",
        "Attributes": "{}",
    }


async def test_a_change_without_the_header_tells_nobody(told: AccountClient, receiver: Receiver) -> None:
    await told.made("/Conversations", FriendlyName="quietly")
    await made(told, "/Conversations", FriendlyName="loudly")
    assert (await receiver.next()).parameters["FriendlyName"] == "loudly"
    assert receiver.is_idle


async def test_the_official_library_accepts_the_signature(told: AccountClient, receiver: Receiver) -> None:
    await made(told, "/Conversations", FriendlyName="Ünïted & co", Attributes='{"a":"é"}')
    received = await receiver.next()
    validator = RequestValidator(told.token)
    signature = received.headers["X-Twilio-Signature"]
    assert received.url == receiver.url + "/post?tenant=7"
    assert validator.validate(received.url, received.parameters, signature)
    assert not validator.validate(received.url, {**received.parameters, "Index": "1"}, signature)


async def test_a_get_carries_the_same_in_its_query_and_signs_the_whole_url(
    api: AccountClient, receiver: Receiver
) -> None:
    await listen(api, receiver.url + "/hook?tenant=7", Method="GET")
    await made(api, "/Conversations", FriendlyName="a b")
    received = await receiver.next()
    assert received.method == "GET"
    assert received.parameters["tenant"] == "7"
    assert received.parameters["FriendlyName"] == "a b"
    assert RequestValidator(api.token).validate(received.url, {}, received.headers["X-Twilio-Signature"])


async def test_the_events_of_a_conversation_come_in_the_order_of_the_commits(
    told: AccountClient, receiver: Receiver
) -> None:
    conversation = await told.made("/Conversations")
    path = f"/Conversations/{conversation['sid']}/Messages"
    for number in range(20):
        await made(told, path, Body=str(number))
    assert [each.parameters["Body"] for each in await receiver.take(20)] == [str(number) for number in range(20)]


async def test_a_call_that_failed_is_made_again_with_the_same_token(
    told: AccountClient, receiver: Receiver, clock: MovableClock
) -> None:
    clock.freeze()
    receiver.reply = replying(503)
    await made(told, "/Conversations")
    first = await receiver.next()
    token = first.headers["I-Twilio-Idempotency-Token"]
    for number, seconds in enumerate((1, 2, 4), start=1):
        await attempted(told, number)
        clock.advance(timedelta(seconds=seconds))
        again = await receiver.next()
        assert again.parameters == {**first.parameters, "RetryCount": str(number)}
        assert again.headers["I-Twilio-Idempotency-Token"] == token
        assert RequestValidator(told.token).validate(again.url, again.parameters, again.headers["X-Twilio-Signature"])
    receiver.reply = None
    await made(told, "/Conversations", FriendlyName="the next")
    assert (await receiver.next()).parameters["FriendlyName"] == "the next", "three times, then it is given up"


async def test_an_answer_that_refuses_is_not_asked_again(told: AccountClient, receiver: Receiver) -> None:
    conversation = await told.made("/Conversations")
    receiver.reply = replying(500)
    for body in ("one", "two"):
        await made(told, f"/Conversations/{conversation['sid']}/Messages", Body=body)
    assert [each.parameters["Body"] for each in await receiver.take(2)] == ["one", "two"]


async def test_later_events_wait_for_the_one_that_is_tried_again(
    told: AccountClient, receiver: Receiver, clock: MovableClock
) -> None:
    clock.freeze()
    conversation = await told.made("/Conversations")

    async def busy_at_first(received: Received) -> web.StreamResponse:
        return web.Response(status=429 if received.parameters["RetryCount"] == "0" else 200)

    receiver.reply = busy_at_first
    path = f"/Conversations/{conversation['sid']}/Messages"
    await made(told, path, Body="one")
    await receiver.next()
    await attempted(told, 1)
    receiver.reply = None
    await made(told, path, Body="two")
    await made(told, "/Conversations", FriendlyName="elsewhere")
    assert (await receiver.next()).event == PostEvent.CONVERSATION_ADDED, "others do not wait"
    clock.advance(timedelta(seconds=1))
    assert [each.parameters["Body"] for each in await receiver.take(2)] == ["one", "two"]


async def test_a_service_with_webhooks_of_its_own_takes_the_place_of_the_account(
    told: AccountClient, receiver: Receiver
) -> None:
    other = await told.made("/v1/Services", FriendlyName="its own")
    inside = told.in_service(other["sid"])
    own = await inside.post(
        f"/v1/Services/{other['sid']}/Configuration/Webhooks",
        PostWebhookUrl=receiver.url + "/own",
        Filters=["onMessageAdded"],
    )
    assert own.status == 200, own.body
    conversation = await made(inside, "/Conversations")
    await made(inside, f"/Conversations/{conversation['sid']}/Messages", Body="hello")
    received = await receiver.next()
    assert (received.event, received.url) == ("onMessageAdded", receiver.url + "/own")
    await made(told, "/Conversations")
    assert (await receiver.next()).url == receiver.url + "/post?tenant=7"


async def test_a_message_that_wakes_a_conversation_tells_of_the_state_first(
    told: AccountClient, receiver: Receiver
) -> None:
    conversation = await told.made("/Conversations", State="inactive")
    await made(told, f"/Conversations/{conversation['sid']}/Messages", Body="wake up")
    updated, state, added = await receiver.take(3)
    assert [updated.event, state.event, added.event] == [
        "onConversationUpdated",
        "onConversationStateUpdated",
        "onMessageAdded",
    ]
    assert (state.parameters["StateFrom"], state.parameters["StateTo"]) == ("inactive", "active")
    assert state.parameters["Reason"] == "EVENT"


async def test_a_scoped_webhook_hears_of_the_end_of_its_conversation(api: AccountClient, receiver: Receiver) -> None:
    conversation = await api.made("/Conversations")
    path = f"/Conversations/{conversation['sid']}"
    await api.made(
        f"{path}/Webhooks",
        Target="webhook",
        **{"Configuration.Url": receiver.url, "Configuration.Filters": ["onConversationRemoved"]},
    )
    await remove_loudly(api, path)
    received = await receiver.next()
    assert received.event == "onConversationRemoved"
    assert "DateRemoved" in received.parameters


async def test_a_new_webhook_is_told_of_the_messages_before_it_first(api: AccountClient, receiver: Receiver) -> None:
    path = f"/Conversations/{(await api.made('/Conversations'))['sid']}"
    for number in range(6):
        await api.made(f"{path}/Messages", Body=str(number))
    fourth = (await api.listed(f"{path}/Messages"))[4]
    await api.delete(f"{path}/Messages/{fourth['sid']}")
    await api.made(
        f"{path}/Webhooks",
        Target="webhook",
        **{
            "Configuration.Url": receiver.url,
            "Configuration.Filters": ["onMessageAdded"],
            "Configuration.ReplayAfter": 2,
        },
    )
    await made(api, f"{path}/Messages", Body="live")
    received = await receiver.take(4)
    assert [each.parameters["Body"] for each in received] == ["2", "3", "5", "live"]
    assert [each.parameters["Index"] for each in received] == ["2", "3", "5", "6"]
    assert {each.event for each in received} == {"onMessageAdded"}


async def test_a_webhook_without_replay_hears_of_nothing_before_it(api: AccountClient, receiver: Receiver) -> None:
    path = f"/Conversations/{(await api.made('/Conversations'))['sid']}"
    await made(api, f"{path}/Messages", Body="before")
    scoped = {"Configuration.Url": receiver.url, "Configuration.Filters": ["onMessageAdded"]}
    await api.made(f"{path}/Webhooks", Target="webhook", **scoped)
    await made(api, f"{path}/Messages", Body="after")
    assert (await receiver.next()).parameters["Body"] == "after"
    assert receiver.is_idle


async def test_a_trigger_fires_on_its_words_only(api: AccountClient, receiver: Receiver) -> None:
    path = f"/Conversations/{(await api.made('/Conversations'))['sid']}"
    scoped = {"Configuration.Url": receiver.url, "Configuration.Triggers": ["Refund", "help"]}
    await api.made(f"{path}/Webhooks", Target="trigger", **scoped)
    for body in ("hello", "a REFUND, please", "nothing", "Helpless"):
        await made(api, f"{path}/Messages", Body=body)
    await api.made(f"{path}/Messages", Body="help, quietly")
    assert [each.parameters["Body"] for each in await receiver.take(2)] == ["a REFUND, please", "Helpless"]
    assert receiver.is_idle


async def test_the_target_flex_is_stored_and_nothing_is_sent(told: AccountClient, receiver: Receiver) -> None:
    assert (await told.post("/v1/Configuration/Webhooks", Target="flex")).status == 200
    await made(told, "/Conversations", FriendlyName="unheard")
    assert await fired(told, receiver) == []
    assert (await told.post("/v1/Configuration/Webhooks", Target="webhook")).status == 200
    await made(told, "/Conversations", FriendlyName="heard")
    assert (await receiver.next()).parameters["FriendlyName"] == "heard"


async def test_an_event_that_cannot_be_told_holds_up_nobody(told: AccountClient, receiver: Receiver) -> None:
    async with told.parlour.inside.database.session() as reading:
        await reading.execute(
            """insert into events (service_sid, id, account_sid, type, source, audiences, payload, created_at)
               values ($1, nextval('event_ids'), $2, 'ConversationAdded', 'API', 1, '{}', now())""",
            told.service,
            told.account,
        )
    await made(told, "/Conversations", FriendlyName="the next")
    assert (await receiver.next()).parameters["FriendlyName"] == "the next"
