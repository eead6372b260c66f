"""The webhooks of an account: what they are at first and what they may become."""

from collections.abc import Mapping

import pytest

from parlour.core.webhook_events import EVENTS
from tests.house import House

WEBHOOKS = "/v1/Configuration/Webhooks"
INVALID_FORMAT = (400, 50054)
INVALID_METHOD = (400, 50055)
HOOK = "https://hooks.example.org/"


async def test_an_account_begins_without_webhooks(house: House) -> None:
    assert (await house.get(WEBHOOKS)).row == {
        "account_sid": house.account,
        "pre_webhook_url": None,
        "post_webhook_url": None,
        "method": "POST",
        "filters": None,
        "target": "webhook",
        "url": f"{house.url}{WEBHOOKS}",
    }


async def test_everything_can_be_set_at_once(house: House) -> None:
    answer = await house.post(
        WEBHOOKS,
        PreWebhookUrl=f"{HOOK}before?a=b",
        PostWebhookUrl=f"{HOOK}after",
        Method="GET",
        Filters=["onMessageAdd", "onMessageAdded", "onConversationStateUpdated"],
        Target="flex",
    )
    assert answer.status == 200
    assert answer.row == {
        "account_sid": house.account,
        "pre_webhook_url": f"{HOOK}before?a=b",
        "post_webhook_url": f"{HOOK}after",
        "method": "GET",
        "filters": ["onMessageAdd", "onMessageAdded", "onConversationStateUpdated"],
        "target": "flex",
        "url": f"{house.url}{WEBHOOKS}",
    }
    assert (await house.get(WEBHOOKS)).row == answer.row


async def test_only_what_was_sent_changes(house: House) -> None:
    await house.post(WEBHOOKS, PreWebhookUrl=HOOK, Filters=["onMessageAdd"], Method="GET", Target="flex")
    before = (await house.get(WEBHOOKS)).row
    after = (await house.post(WEBHOOKS, PostWebhookUrl=HOOK)).row
    assert after == {**before, "post_webhook_url": HOOK}
    assert (await house.post(WEBHOOKS)).row == after
    assert (await house.post(WEBHOOKS, Unknown="1")).row == after


@pytest.mark.parametrize("nothing", ["", "null"])
@pytest.mark.parametrize("name", ["PreWebhookUrl", "PostWebhookUrl"])
async def test_a_url_is_removed(house: House, name: str, nothing: str) -> None:
    key = {"PreWebhookUrl": "pre_webhook_url", "PostWebhookUrl": "post_webhook_url"}[name]
    before = (await house.post(WEBHOOKS, PreWebhookUrl=HOOK, PostWebhookUrl=HOOK)).row
    assert (await house.post(WEBHOOKS, **{name: nothing})).row == {**before, key: None}


@pytest.mark.parametrize(
    ("name", "code", "text"),
    [("PreWebhookUrl", 50077, "Invalid pre-webhook url"), ("PostWebhookUrl", 50078, "Invalid post-webhook url")],
)
async def test_a_url_is_absolute_and_of_http(house: House, name: str, code: int, text: str) -> None:
    for url in ("http://127.0.0.1:8080/hook", "https://name:secret@example.org/é?x=%20", HOOK.ljust(2048, "a")):
        assert url in (await house.post(WEBHOOKS, **{name: url})).row.values()
    before = (await house.get(WEBHOOKS)).row
    for url in (
        "hooks.example.org",
        "ftp://example.org",
        "not a url",
        "http://",
        "http://a b",
        " ",
        HOOK.ljust(2049, "a"),
    ):
        answer = await house.post(WEBHOOKS, **{name: url})
        assert (answer.refusal, answer.message) == ((400, code), text)
    assert (await house.get(WEBHOOKS)).row == before


async def test_a_method_is_get_or_post_and_shown_in_upper_case(house: House) -> None:
    for sent, shown in (("get", "GET"), ("POST", "POST"), ("Get", "GET")):
        assert (await house.post(WEBHOOKS, Method=sent)).row["method"] == shown
    for method in ("", "PUT", "null", "GET "):
        answer = await house.post(WEBHOOKS, Method=method)
        assert (answer.refusal, answer.message) == (INVALID_METHOD, "Invalid webhook method")
    assert (await house.get(WEBHOOKS)).row["method"] == "GET"


async def test_a_target_is_webhook_or_flex(house: House) -> None:
    for sent, shown in (("flex", "flex"), ("Webhook", "webhook")):
        assert (await house.post(WEBHOOKS, Target=sent)).row["target"] == shown
    for target in ("", "studio", "trigger"):
        answer = await house.post(WEBHOOKS, Target=target)
        assert (answer.refusal, answer.message) == ((400, 20001), "Invalid parameter Target")


async def test_filters_may_name_all_23_events_and_stay_in_the_order_given(house: House) -> None:
    names = [str(event) for event in reversed(EVENTS)]
    assert (await house.post(WEBHOOKS, Filters=names)).row["filters"] == names
    assert len(names) == 23


async def test_filters_replace_those_before(house: House) -> None:
    await house.post(WEBHOOKS, Filters=["onMessageAdded", "onMessageUpdated"])
    sent = ["onUserAdded", "onMessageAdded", "onUserAdded"]
    assert (await house.post(WEBHOOKS, Filters=sent)).row["filters"] == ["onUserAdded", "onMessageAdded"]
    assert (await house.post(WEBHOOKS, Filters="")).row["filters"] == []
    assert (await house.get(WEBHOOKS)).row["filters"] == []


@pytest.mark.parametrize("name", ["onMessageSend", "onMessageSent", "onConversationDestroyed", "onUserRemoved", "x"])
async def test_a_filter_that_names_no_event_refuses_the_update(house: House, name: str) -> None:
    before = (await house.post(WEBHOOKS, Filters=["onMessageAdded"])).row
    answer = await house.post(WEBHOOKS, Filters=["onMessageAdd", name], Method="GET")
    assert answer.refusal == INVALID_FORMAT
    assert (await house.get(WEBHOOKS)).row == before


@pytest.mark.parametrize(
    ("wrong", "code"), [({"Filters": ["", "onMessageAdd"]}, 50054), ({"PreWebhookUrl": "x", "Method": "GET"}, 50077)]
)
async def test_a_refused_update_changes_nothing_at_all(house: House, wrong: Mapping[str, object], code: int) -> None:
    before = (await house.get(WEBHOOKS)).row
    assert (await house.post(WEBHOOKS, Target="flex", **wrong)).refusal == (400, code)
    assert (await house.get(WEBHOOKS)).row == before


async def test_each_account_has_webhooks_of_its_own(house: House, other_house: House) -> None:
    before = (await other_house.get(WEBHOOKS)).row
    await house.post(WEBHOOKS, PreWebhookUrl=HOOK, Filters=["onMessageAdd"], Method="GET")
    assert (await other_house.get(WEBHOOKS)).row == before


async def test_webhooks_are_neither_made_nor_deleted_nor_found_below_a_service(house: House) -> None:
    assert (await house.delete(WEBHOOKS)).refusal == (405, 20004)
    assert (await house.get(f"{WEBHOOKS}/1")).refusal == (404, 20404)
    await house.post(WEBHOOKS, PostWebhookUrl=HOOK)
    inside = house.in_service(house.service)
    assert (await inside.get("/Configuration/Webhooks")).row["post_webhook_url"] is None
