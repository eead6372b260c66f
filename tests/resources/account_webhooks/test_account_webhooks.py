"""The webhooks of an account: what they are at first and what they may become."""

from collections.abc import Mapping

import pytest

from parlour.core.webhook_events import EVENTS
from tests.account_client import AccountClient

WEBHOOKS = "/v1/Configuration/Webhooks"
INVALID_FORMAT = (400, 50054)
INVALID_METHOD = (400, 50055)
HOOK = "https://hooks.example.org/"


async def test_an_account_begins_without_webhooks(api: AccountClient) -> None:
    assert (await api.get(WEBHOOKS)).row == {
        "account_sid": api.account,
        "pre_webhook_url": None,
        "post_webhook_url": None,
        "method": "POST",
        "filters": None,
        "target": "webhook",
        "url": f"{api.url}{WEBHOOKS}",
    }


async def test_everything_can_be_set_at_once(api: AccountClient) -> None:
    answer = await api.post(
        WEBHOOKS,
        PreWebhookUrl=f"{HOOK}before?a=b",
        PostWebhookUrl=f"{HOOK}after",
        Method="GET",
        Filters=["onMessageAdd", "onMessageAdded", "onConversationStateUpdated"],
        Target="flex",
    )
    assert answer.status == 200
    assert answer.row == {
        "account_sid": api.account,
        "pre_webhook_url": f"{HOOK}before?a=b",
        "post_webhook_url": f"{HOOK}after",
        "method": "GET",
        "filters": ["onMessageAdd", "onMessageAdded", "onConversationStateUpdated"],
        "target": "flex",
        "url": f"{api.url}{WEBHOOKS}",
    }
    assert (await api.get(WEBHOOKS)).row == answer.row


async def test_only_what_was_sent_changes(api: AccountClient) -> None:
    await api.post(WEBHOOKS, PreWebhookUrl=HOOK, Filters=["onMessageAdd"], Method="GET", Target="flex")
    before = (await api.get(WEBHOOKS)).row
    after = (await api.post(WEBHOOKS, PostWebhookUrl=HOOK)).row
    assert after == {**before, "post_webhook_url": HOOK}
    assert (await api.post(WEBHOOKS)).row == after
    assert (await api.post(WEBHOOKS, Unknown="1")).row == after


@pytest.mark.parametrize("nothing", ["", "null"])
@pytest.mark.parametrize("name", ["PreWebhookUrl", "PostWebhookUrl"])
async def test_a_url_is_removed(api: AccountClient, name: str, nothing: str) -> None:
    key = {"PreWebhookUrl": "pre_webhook_url", "PostWebhookUrl": "post_webhook_url"}[name]
    before = (await api.post(WEBHOOKS, PreWebhookUrl=HOOK, PostWebhookUrl=HOOK)).row
    assert (await api.post(WEBHOOKS, **{name: nothing})).row == {**before, key: None}


@pytest.mark.parametrize(
    ("name", "code", "text"),
    [("PreWebhookUrl", 50077, "Invalid pre-webhook url"), ("PostWebhookUrl", 50078, "Invalid post-webhook url")],
)
async def test_a_url_is_absolute_and_of_http(api: AccountClient, name: str, code: int, text: str) -> None:
    for url in ("http://127.0.0.1:8080/hook", "https://name:secret@example.org/é?x=%20", HOOK.ljust(2048, "a")):
        assert url in (await api.post(WEBHOOKS, **{name: url})).row.values()
    before = (await api.get(WEBHOOKS)).row
    for url in (
        "hooks.example.org",
        "ftp://example.org",
        "not a url",
        "http://",
        "http://a b",
        " ",
        HOOK.ljust(2049, "a"),
    ):
        answer = await api.post(WEBHOOKS, **{name: url})
        assert (answer.refusal, answer.message) == ((400, code), text)
    assert (await api.get(WEBHOOKS)).row == before


async def test_a_method_is_get_or_post_and_shown_in_upper_case(api: AccountClient) -> None:
    for sent, shown in (("get", "GET"), ("POST", "POST"), ("Get", "GET")):
        assert (await api.post(WEBHOOKS, Method=sent)).row["method"] == shown
    for method in ("", "PUT", "null", "GET "):
        answer = await api.post(WEBHOOKS, Method=method)
        assert (answer.refusal, answer.message) == (INVALID_METHOD, "Invalid webhook method")
    assert (await api.get(WEBHOOKS)).row["method"] == "GET"


async def test_a_target_is_webhook_or_flex(api: AccountClient) -> None:
    for sent, shown in (("flex", "flex"), ("Webhook", "webhook")):
        assert (await api.post(WEBHOOKS, Target=sent)).row["target"] == shown
    for target in ("", "studio", "trigger"):
        answer = await api.post(WEBHOOKS, Target=target)
        assert (answer.refusal, answer.message) == ((400, 20001), "Invalid parameter Target")


async def test_filters_may_name_all_23_events_and_stay_in_the_order_given(api: AccountClient) -> None:
    names = [str(event) for event in reversed(EVENTS)]
    assert (await api.post(WEBHOOKS, Filters=names)).row["filters"] == names
    assert len(names) == 23


async def test_filters_replace_those_before(api: AccountClient) -> None:
    await api.post(WEBHOOKS, Filters=["onMessageAdded", "onMessageUpdated"])
    sent = ["onUserAdded", "onMessageAdded", "onUserAdded"]
    assert (await api.post(WEBHOOKS, Filters=sent)).row["filters"] == ["onUserAdded", "onMessageAdded"]
    assert (await api.post(WEBHOOKS, Filters="")).row["filters"] == []
    assert (await api.get(WEBHOOKS)).row["filters"] == []


@pytest.mark.parametrize("name", ["onMessageSend", "onMessageSent", "onConversationDestroyed", "onUserRemoved", "x"])
async def test_a_filter_that_names_no_event_refuses_the_update(api: AccountClient, name: str) -> None:
    before = (await api.post(WEBHOOKS, Filters=["onMessageAdded"])).row
    answer = await api.post(WEBHOOKS, Filters=["onMessageAdd", name], Method="GET")
    assert answer.refusal == INVALID_FORMAT
    assert (await api.get(WEBHOOKS)).row == before


@pytest.mark.parametrize(
    ("wrong", "code"), [({"Filters": ["", "onMessageAdd"]}, 50054), ({"PreWebhookUrl": "x", "Method": "GET"}, 50077)]
)
async def test_a_refused_update_changes_nothing_at_all(
    api: AccountClient, wrong: Mapping[str, object], code: int
) -> None:
    before = (await api.get(WEBHOOKS)).row
    assert (await api.post(WEBHOOKS, Target="flex", **wrong)).refusal == (400, code)
    assert (await api.get(WEBHOOKS)).row == before


async def test_each_account_has_webhooks_of_its_own(api: AccountClient, other_api: AccountClient) -> None:
    before = (await other_api.get(WEBHOOKS)).row
    await api.post(WEBHOOKS, PreWebhookUrl=HOOK, Filters=["onMessageAdd"], Method="GET")
    assert (await other_api.get(WEBHOOKS)).row == before


async def test_webhooks_are_neither_made_nor_deleted_nor_found_below_a_service(api: AccountClient) -> None:
    assert (await api.delete(WEBHOOKS)).refusal == (405, 20004)
    assert (await api.get(f"{WEBHOOKS}/1")).refusal == (404, 20404)
    await api.post(WEBHOOKS, PostWebhookUrl=HOOK)
    inside = api.in_service(api.service)
    assert (await inside.get("/Configuration/Webhooks")).row["post_webhook_url"] is None
