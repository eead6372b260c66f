"""The webhooks of a service: unset until configured, and apart from the account's and those of other services."""

import asyncio

import pytest

from parlour.core.webhook_events import EVENTS
from tests.account_client import NOT_FOUND, AccountClient

WEBHOOKS = "/Configuration/Webhooks"
HOOK = "https://hooks.example.org/"
UNSET = {"pre_webhook_url": None, "post_webhook_url": None, "filters": None, "method": "POST"}


@pytest.fixture
def service(api: AccountClient) -> AccountClient:
    """The account's default service, which is always named here."""
    return api.in_service(api.service)


def whole(service: AccountClient, **settings: object) -> dict[str, object]:
    """The row with *settings*."""
    named = {"account_sid": service.account, "chat_service_sid": service.service, "url": service.at(WEBHOOKS)}
    return {**named, **settings}


async def test_nothing_is_set_at_first(service: AccountClient) -> None:
    assert (await service.get(WEBHOOKS)).row == whole(service, **UNSET)


async def test_everything_can_be_set_at_once(service: AccountClient) -> None:
    answer = await service.post(
        WEBHOOKS,
        PreWebhookUrl=f"{HOOK}before",
        PostWebhookUrl=f"{HOOK}after",
        Method="get",
        Filters=["onMessageAdded", "onParticipantRemoved"],
    )
    assert answer.status == 200
    assert answer.row == whole(
        service,
        pre_webhook_url=f"{HOOK}before",
        post_webhook_url=f"{HOOK}after",
        filters=["onMessageAdded", "onParticipantRemoved"],
        method="GET",
    )
    assert (await service.get(WEBHOOKS)).row == answer.row


async def test_the_method_is_post_until_another_is_set(service: AccountClient) -> None:
    assert (await service.post(WEBHOOKS)).row == whole(service, **UNSET)
    row = (await service.post(WEBHOOKS, Filters="onMessageAdded")).row
    assert row == whole(service, **{**UNSET, "filters": ["onMessageAdded"]})
    assert (await service.post(WEBHOOKS, Method="GET")).row["method"] == "GET"
    assert (await service.post(WEBHOOKS, PostWebhookUrl=HOOK)).row["method"] == "GET"


async def test_a_method_that_is_set_meanwhile_stays(service: AccountClient) -> None:
    for number in range(6):
        each = service.in_service((await service.made("/v1/Services", FriendlyName=str(number)))["sid"])
        answers = await asyncio.gather(
            each.post(WEBHOOKS, PreWebhookUrl=HOOK), each.post(WEBHOOKS, Method="GET"), each.post(WEBHOOKS, Filters="")
        )
        assert [answer.status for answer in answers] == [200] * 3
        shown = whole(each, pre_webhook_url=HOOK, post_webhook_url=None, filters=[], method="GET")
        assert (await each.get(WEBHOOKS)).row == shown


@pytest.mark.parametrize("nothing", ["", "null"])
async def test_a_url_is_removed(service: AccountClient, nothing: str) -> None:
    before = (await service.post(WEBHOOKS, PreWebhookUrl=HOOK, PostWebhookUrl=HOOK)).row
    assert (await service.post(WEBHOOKS, PreWebhookUrl=nothing)).row == {**before, "pre_webhook_url": None}
    assert (await service.post(WEBHOOKS, PostWebhookUrl=nothing)).row["post_webhook_url"] is None


async def test_filters_may_name_all_23_events(service: AccountClient) -> None:
    names = [str(event) for event in EVENTS]
    assert (await service.post(WEBHOOKS, Filters=names)).row["filters"] == names
    assert (await service.post(WEBHOOKS, Filters=["onUserUpdated"])).row["filters"] == ["onUserUpdated"]
    assert (await service.post(WEBHOOKS, Filters="")).row["filters"] == []


async def test_wrong_values_have_the_errors_of_the_accounts_webhooks(service: AccountClient) -> None:
    before = (await service.post(WEBHOOKS, PostWebhookUrl=HOOK, Filters="onMessageAdd")).row
    for name, wrong, code in (
        ("PreWebhookUrl", "nowhere", 50077),
        ("PreWebhookUrl", HOOK.ljust(2049, "a"), 50077),
        ("PostWebhookUrl", "ftp://example.org", 50078),
        ("PostWebhookUrl", HOOK.ljust(2049, "a"), 50078),
        ("Filters", "onMessageSent", 50054),
    ):
        assert (await service.post(WEBHOOKS, **{name: wrong, "Method": "GET"})).refusal == (400, code)
    for method in ("", "PATCH"):
        assert (await service.post(WEBHOOKS, Method=method, PostWebhookUrl="")).refusal == (400, 50055)
    assert (await service.get(WEBHOOKS)).row == before


async def test_there_is_no_target(service: AccountClient) -> None:
    row = (await service.post(WEBHOOKS, Target="nonsense", PostWebhookUrl=HOOK)).row
    assert row["post_webhook_url"] == HOOK
    assert "target" not in row


async def test_each_service_has_webhooks_of_its_own(service: AccountClient) -> None:
    other = service.in_service((await service.made("/v1/Services", FriendlyName="another"))["sid"])
    account = (await service.get("/v1/Configuration/Webhooks")).row
    await service.post(WEBHOOKS, PostWebhookUrl=HOOK, Method="GET", Filters="onMessageAdd")
    assert (await other.get(WEBHOOKS)).row == whole(other, **UNSET)
    assert (await service.get("/v1/Configuration/Webhooks")).row == account


async def test_webhooks_go_with_their_service(service: AccountClient) -> None:
    other = service.in_service((await service.made("/v1/Services", FriendlyName="another"))["sid"])
    assert (await other.post(WEBHOOKS, PostWebhookUrl=HOOK)).status == 200
    assert (await service.delete(f"/v1/Services/{other.service}")).status == 204
    for answer in (await other.get(WEBHOOKS), await other.post(WEBHOOKS, PostWebhookUrl="nowhere")):
        assert answer.refusal == NOT_FOUND
