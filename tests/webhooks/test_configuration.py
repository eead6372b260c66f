"""Which webhook fires: account, service and conversation, filters, the header, and what is configured meanwhile."""

from datetime import timedelta

import pytest
from twilio.request_validator import RequestValidator

from parlour.core.webhook_events import PostEvent, PreEvent
from parlour.resources.services.actions import first_account
from parlour.webhooks import secrets
from tests.account_client import FORM, AccountClient, encoded
from tests.receiver import Receiver
from tests.server import MovableClock
from tests.webhooks.conftest import attempted, be_asked, fired, listen, loudly, made, remove_loudly, replying

ACCOUNT = "/v1/Configuration/Webhooks"


async def configure(api: AccountClient, path: str, **form: object) -> None:
    answer = await api.post(path, **form)
    assert answer.status in (200, 201), answer.body


def of_service(api: AccountClient) -> str:
    return f"/v1/Services/{api.service}/Configuration/Webhooks"


async def test_a_service_with_a_url_of_its_own_hears_nothing_by_way_of_the_account(
    api: AccountClient, receiver: Receiver
) -> None:
    await configure(api, ACCOUNT, PreWebhookUrl=receiver.url + "/account/pre", Filters=list(PreEvent))
    await configure(
        api, of_service(api), PostWebhookUrl=receiver.url + "/service/post", Filters=["onConversationAdded"]
    )
    await made(api, "/Conversations")
    received = await receiver.next()
    assert received.url == receiver.url + "/service/post", "the account's other URL is not mixed in"
    assert receiver.is_idle


async def test_filters_of_a_service_without_a_url_mean_nothing(api: AccountClient, receiver: Receiver) -> None:
    await listen(api, receiver.url + "/account")
    await configure(api, of_service(api), Filters=["onMessageAdded"], Method="GET")
    await made(api, "/Conversations")
    received = await receiver.next()
    assert (received.method, received.event) == ("POST", "onConversationAdded")


async def test_a_service_whose_urls_are_cleared_is_the_accounts_again(api: AccountClient, receiver: Receiver) -> None:
    await listen(api, receiver.url + "/account")
    await configure(api, of_service(api), PostWebhookUrl=receiver.url + "/own", Filters=list(PostEvent))
    await made(api, "/Conversations")
    assert (await receiver.next()).url.endswith("/own")
    await configure(api, of_service(api), PostWebhookUrl="")
    await made(api, "/Conversations")
    assert (await receiver.next()).url.endswith("/account")


async def test_the_flex_target_of_the_account_leaves_a_service_with_its_own_alone(
    api: AccountClient, receiver: Receiver
) -> None:
    await configure(api, ACCOUNT, PostWebhookUrl=receiver.url, Filters=list(PostEvent), Target="flex")
    await configure(api, of_service(api), PostWebhookUrl=receiver.url + "/own", Filters=list(PostEvent))
    await made(api, "/Conversations")
    assert (await receiver.next()).url.endswith("/own")


async def test_the_webhooks_of_a_conversation_fire_beside_the_others(told: AccountClient, receiver: Receiver) -> None:
    path = f"/Conversations/{(await told.made('/Conversations'))['sid']}"
    for name in ("one", "two"):
        await told.made(
            f"{path}/Webhooks",
            Target="webhook",
            **{
                "Configuration.Url": f"{receiver.url}/{name}?of=conversation",
                "Configuration.Filters": ["onMessageAdded"],
                "Configuration.Method": "get" if name == "two" else "post",
            },
        )
    await made(told, f"{path}/Messages", Body="hello")
    received = {(each.method, each.url.removeprefix(receiver.url)[:5]) for each in await receiver.take(3)}
    assert received == {("POST", "/post"), ("POST", "/one?"), ("GET", "/two?")}
    assert len({each.headers["I-Twilio-Idempotency-Token"] for each in receiver.received}) == 3


async def test_only_what_the_filters_name_fires(api: AccountClient, receiver: Receiver) -> None:
    url = receiver.url + "/all"
    await configure(api, ACCOUNT, PreWebhookUrl=url, PostWebhookUrl=url, Filters=["onMessageAdd", "onMessageRemoved"])
    path = f"/Conversations/{(await made(api, '/Conversations'))['sid']}"
    message = await made(api, f"{path}/Messages", Body="hello")
    await loudly(api, f"{path}/Messages/{message['sid']}", Body="edited")
    await remove_loudly(api, f"{path}/Messages/{message['sid']}")
    assert await fired(api, receiver) == ["onMessageAdd", "onMessageRemoved"]


@pytest.mark.parametrize("form", [{}, {"Filters": ""}], ids=["never set", "empty"])
async def test_without_filters_nothing_fires(api: AccountClient, receiver: Receiver, form: dict[str, str]) -> None:
    await configure(api, ACCOUNT, PreWebhookUrl=receiver.url, PostWebhookUrl=receiver.url, **form)
    await made(api, "/Conversations")
    assert await fired(api, receiver) == []


@pytest.mark.parametrize("value", ["true", "True", "TRUE"])
async def test_the_header_says_yes(told: AccountClient, receiver: Receiver, value: str) -> None:
    await post_with(told, value)
    assert (await receiver.next()).parameters["FriendlyName"] == "x"


@pytest.mark.parametrize("value", ["false", "1", "yes", "", "truely", "true, true"])
async def test_any_other_header_counts_as_none(told: AccountClient, receiver: Receiver, value: str) -> None:
    await post_with(told, value)
    assert await fired(told, receiver) == []


async def post_with(api: AccountClient, value: str) -> None:
    headers = {**FORM, "X-Twilio-Webhook-Enabled": value}
    assert (await api.send("POST", "/Conversations", b"FriendlyName=x", headers)).status == 201


async def test_operations_without_the_header_fire_nothing_though_it_is_sent(
    told: AccountClient, receiver: Receiver
) -> None:
    path = f"/Conversations/{(await told.made('/Conversations'))['sid']}"
    await told.made(f"{path}/Participants", Identity="dana")
    await told.made(f"{path}/Messages", Body="read this")
    mine = f"/Users/dana{path}"
    assert (await loudly(told, mine, LastReadMessageIndex=0, NotificationLevel="muted")).status == 200
    await remove_loudly(told, mine)
    assert await told.listed(f"{path}/Participants") == []
    role = await made(told, "/Roles", FriendlyName="r", Type="conversation", Permission="sendMessage")
    await remove_loudly(told, f"/Roles/{role['sid']}")
    hook = await made(
        told,
        f"{path}/Webhooks",
        Target="webhook",
        **{"Configuration.Url": receiver.url, "Configuration.Filters": ["onMessageAdded"]},
    )
    await remove_loudly(told, f"{path}/Webhooks/{hook['sid']}")
    other = await made(told, "/v1/Services", FriendlyName="other")
    await told.in_service(other["sid"]).made("/Conversations")
    await remove_loudly(told, f"/v1/Services/{other['sid']}")
    assert await fired(told, receiver) == []


WRITES: dict[str, list[str | None]] = {
    "Conversations": ["onConversationAdded", "onConversationUpdated", "onConversationRemoved"],
    "Users": ["onUserAdded", "onUserUpdated", None],
    "Messages": ["onMessageAdded", "onMessageUpdated", "onMessageRemoved"],
    "Participants": ["onParticipantAdded", "onParticipantUpdated", "onParticipantRemoved"],
}


NEEDED = {"Users": {"Identity": "new"}, "Participants": {"Identity": "dana"}, "Messages": {"Body": "x"}}


@pytest.mark.both_forms
@pytest.mark.parametrize("name", WRITES)
async def test_operations_with_the_header_fire_in_both_forms_of_the_paths(
    told: AccountClient, receiver: Receiver, name: str
) -> None:
    form: dict[str, str] = NEEDED.get(name, {})
    path = f"/{name}"
    if name in ("Messages", "Participants"):
        await told.made("/Users", Identity="dana")
        path = f"/Conversations/{(await told.made('/Conversations'))['sid']}/{name}"
    row = await made(told, path, **form)
    assert (await loudly(told, f"{path}/{row['sid']}", Attributes='{"a":1}')).status == 200
    await remove_loudly(told, f"{path}/{row['sid']}")
    wanted = [event for event in WRITES[name] if event is not None]
    assert [each.event for each in await receiver.take(len(wanted))] == wanted


async def test_what_waits_goes_where_it_was_going_and_what_comes_goes_where_it_is_configured_now(
    told: AccountClient, receiver: Receiver, clock: MovableClock
) -> None:
    clock.freeze()
    receiver.reply = replying(503)
    path = f"/Conversations/{(await told.made('/Conversations'))['sid']}"
    await made(told, f"{path}/Messages", Body="one")
    assert (await receiver.next()).url == receiver.url + "/post?tenant=7"
    await attempted(told, 1)
    receiver.reply = None
    await listen(told, receiver.url + "/new", Method="GET")
    await made(told, f"{path}/Messages", Body="two")
    second = await receiver.next()
    assert (second.method, second.url.partition("?")[0], second.parameters["Body"]) == (
        "GET",
        receiver.url + "/new",
        "two",
    )
    clock.advance(timedelta(seconds=1))
    again = await receiver.next()
    assert (again.method, again.url, again.parameters["Body"]) == ("POST", receiver.url + "/post?tenant=7", "one")


async def test_what_waits_is_sent_though_its_webhook_is_deleted(
    api: AccountClient, receiver: Receiver, clock: MovableClock
) -> None:
    clock.freeze()
    receiver.reply = replying(503)
    path = f"/Conversations/{(await api.made('/Conversations'))['sid']}"
    scoped = {"Configuration.Url": receiver.url, "Configuration.Filters": ["onMessageAdded"]}
    hook = await api.made(f"{path}/Webhooks", Target="webhook", **scoped)
    await made(api, f"{path}/Messages", Body="waits")
    await receiver.next()
    await attempted(api, 1)
    receiver.reply = None
    assert (await api.delete(f"{path}/Webhooks/{hook['sid']}")).status == 204
    await made(api, f"{path}/Messages", Body="comes too late")
    clock.advance(timedelta(seconds=1))
    assert (await receiver.next()).parameters["Body"] == "waits"
    assert receiver.is_idle


async def test_what_waits_is_sent_though_its_service_is_deleted(
    told: AccountClient, receiver: Receiver, clock: MovableClock
) -> None:
    clock.freeze()
    receiver.reply = replying(503)
    other = told.in_service((await told.made("/v1/Services", FriendlyName="other"))["sid"])
    await made(other, "/Conversations", FriendlyName="waits")
    await receiver.next()
    await attempted(told, 1)
    receiver.reply = None
    assert (await told.delete(f"/v1/Services/{other.service}")).status == 204
    clock.advance(timedelta(seconds=1))
    again = await receiver.next()
    assert (again.parameters["FriendlyName"], again.parameters["RetryCount"]) == ("waits", "1")
    assert again.parameters["ChatServiceSid"] == other.service


async def test_a_changed_auth_token_signs_from_then_on(
    told: AccountClient, receiver: Receiver, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secrets, "TTL_SECONDS", 0.0)
    clock.freeze()
    receiver.reply = replying(503)
    await made(told, "/Conversations")
    first = await receiver.next()
    assert RequestValidator(told.token).validate(first.url, first.parameters, first.headers["X-Twilio-Signature"])
    await attempted(told, 1)
    receiver.reply = None
    await first_account(told.parlour.inside, told.account, "a new token")
    clock.advance(timedelta(seconds=1))
    again = await receiver.next()
    signature = again.headers["X-Twilio-Signature"]
    assert RequestValidator("a new token").validate(again.url, again.parameters, signature)
    assert not RequestValidator(told.token).validate(again.url, again.parameters, signature)


async def test_who_asks_before_and_listens_after_is_called_twice(api: AccountClient, receiver: Receiver) -> None:
    await be_asked(api, receiver.url + "/pre")
    await configure(api, ACCOUNT, PostWebhookUrl=receiver.url + "/post")
    await made(api, "/Conversations")
    before, after = await receiver.take(2)
    assert (before.event, before.url) == ("onConversationAdd", receiver.url + "/pre")
    assert (after.event, after.url) == ("onConversationAdded", receiver.url + "/post")


async def test_a_get_asks_in_its_query(api: AccountClient, receiver: Receiver) -> None:
    await be_asked(api, receiver.url + "/pre?tenant=7", Method="GET")
    receiver.reply = replying(200, '{"friendly_name": "amended"}')
    row = await made(api, "/Conversations", FriendlyName="a & b")
    assert row["friendly_name"] == "amended"
    asked = await receiver.next()
    assert (asked.method, asked.parameters["FriendlyName"], asked.parameters["tenant"]) == ("GET", "a & b", "7")
    assert RequestValidator(api.token).validate(asked.url, {}, asked.headers["X-Twilio-Signature"])
    assert encoded({"FriendlyName": "a & b"}) in asked.url
