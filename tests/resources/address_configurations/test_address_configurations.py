"""Address configurations: what each type needs and shows, and that an address has one and names it."""

import asyncio
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest

from parlour.core.webhook_events import PostEvent, PreEvent
from tests.account_client import NOT_FOUND, AccountClient
from tests.server import MovableClock

PATH = "/v1/Configuration/Addresses"
INVALID = (400, 20001)
TAKEN = (409, 20409)
LINE = "+15551230000"
URL = "https://shop.example/hook"
FLOW = "FW" + "0123456789abcdef" * 2
WEBHOOK = {"AutoCreation.Type": "webhook", "AutoCreation.WebhookUrl": URL}
STUDIO = {"AutoCreation.Type": "studio", "AutoCreation.StudioFlowSid": FLOW}

DEFAULT: dict[str, object] = {
    "enabled": False,
    "type": "default",
    "conversation_service_sid": None,
    "binding_name": None,
    "webhook_url": None,
    "webhook_method": None,
    "webhook_filters": None,
    "studio_flow_sid": None,
    "studio_retry_count": None,
}
"""Of autocreation that nothing was said of."""


async def make(api: AccountClient, address: str = LINE, /, **form: object) -> dict[str, Any]:
    """A new address configuration."""
    return await api.made(PATH, **{"Type": "sms", "Address": address, **form})


async def another_service(api: AccountClient) -> str:
    return str((await api.made("/v1/Services", FriendlyName="another"))["sid"])


async def test_type_and_address_are_enough(api: AccountClient, clock: MovableClock) -> None:
    now = clock.freeze()
    made = await make(api)
    shown = f"{now:%Y-%m-%dT%H:%M:%SZ}"
    assert made == {
        "sid": made["sid"],
        "account_sid": api.account,
        "type": "sms",
        "address": LINE,
        "friendly_name": None,
        "address_country": None,
        "auto_creation": DEFAULT,
        "date_created": shown,
        "date_updated": shown,
        "url": f"{api.url}{PATH}/{made['sid']}",
    }
    assert made["sid"].startswith("IG")
    assert (await api.get(f"{PATH}/{made['sid']}")).row == made


@pytest.mark.parametrize("missing", ["Type", "Address"])
async def test_type_and_address_are_required(api: AccountClient, missing: str) -> None:
    given = {"Type": "sms", "Address": LINE}
    del given[missing]
    answer = await api.post(PATH, **given)
    assert (answer.refusal, answer.message) == (INVALID, f"Missing required parameter {missing} in the post body")
    assert (await api.post(PATH, **given, **{missing: ""})).refusal == INVALID


@pytest.mark.parametrize("type", ["sms", "whatsapp", "messenger", "gbm", "email", "rcs", "apple", "chat"])
async def test_a_type_is_one_of_eight_in_any_letter_case(api: AccountClient, type: str) -> None:
    assert (await make(api, "any address", Type=type.title()))["type"] == type


async def test_another_type_is_refused(api: AccountClient) -> None:
    for type in ("", "fax", "mms"):
        assert (await api.post(PATH, Type=type, Address=LINE)).refusal == INVALID


async def test_a_webhook_shows_what_it_uses(api: AccountClient) -> None:
    service = await another_service(api)
    made = await make(
        api,
        **WEBHOOK,
        **{
            "AutoCreation.Enabled": True,
            "AutoCreation.ConversationServiceSid": service,
            "AutoCreation.WebhookMethod": "gEt",
            "AutoCreation.WebhookFilters": ["onMessageAdded", "onConversationAdded", "onMessageAdded"],
            "AutoCreation.StudioFlowSid": FLOW,
        },
    )
    assert made["auto_creation"] == {
        **DEFAULT,
        "enabled": True,
        "type": "webhook",
        "conversation_service_sid": service,
        "webhook_url": URL,
        "webhook_method": "GET",
        "webhook_filters": ["onMessageAdded", "onConversationAdded"],
    }


async def test_a_webhook_is_posted_to_and_hears_nothing_unless_it_is_told(api: AccountClient) -> None:
    shown = (await make(api, **WEBHOOK))["auto_creation"]
    assert (shown["webhook_method"], shown["webhook_filters"]) == ("POST", [])


async def test_a_flow_shows_what_it_uses(api: AccountClient) -> None:
    made = await make(api, **STUDIO, **{"AutoCreation.WebhookUrl": URL})
    assert made["auto_creation"] == {
        **DEFAULT,
        "type": "studio",
        "studio_flow_sid": FLOW,
        "studio_retry_count": 0,
    }
    retried = await api.post(f"{PATH}/{made['sid']}", **{"AutoCreation.StudioRetryCount": 3})
    assert retried.row["auto_creation"]["studio_retry_count"] == 3


@pytest.mark.parametrize(("type", "needed"), [("webhook", "WebhookUrl"), ("studio", "StudioFlowSid")])
async def test_a_type_needs_what_it_attaches(api: AccountClient, type: str, needed: str) -> None:
    told = f"Missing required parameter AutoCreation.{needed} in the post body"
    answer = await api.post(PATH, Type="sms", Address=LINE, **{"AutoCreation.Type": type})
    assert (answer.refusal, answer.message) == (INVALID, told)
    await make(api)
    answer = await api.post(f"{PATH}/{LINE}", **{"AutoCreation.Type": type})
    assert (answer.refusal, answer.message) == (INVALID, told)
    complete = WEBHOOK if type == "webhook" else STUDIO
    assert (await api.post(f"{PATH}/{LINE}", **complete)).row["auto_creation"]["type"] == type
    answer = await api.post(f"{PATH}/{LINE}", **{f"AutoCreation.{needed}": ""})
    assert (answer.refusal, answer.message) == (INVALID, told)
    switched = await api.post(f"{PATH}/{LINE}", **{f"AutoCreation.{needed}": "", "AutoCreation.Type": "default"})
    assert switched.row["auto_creation"] == DEFAULT


@pytest.mark.parametrize(
    ("name", "code", "wrong"),
    [
        ("Enabled", 20001, ["", "1", "on"]),
        ("Type", 20001, ["", "trigger", "hook"]),
        ("ConversationServiceSid", 20001, ["IS12", "another", FLOW]),
        ("WebhookUrl", 50054, ["shop.example", "ftp://shop.example/", "/hook", "https://", "https://shop example/"]),
        ("WebhookUrl", 50372, ["https://shop.example/" + "x" * 500]),
        ("WebhookMethod", 50055, ["", "put", "GETS"]),
        ("WebhookFilters", 50365, ["onMessage", "onMessageAdd", "onUserAdded", "onUserUpdated"]),
        ("StudioFlowSid", 50367, ["FW12", "flow"]),
        ("StudioRetryCount", 50065, ["", "-1", "x", "4"]),
    ],
)
async def test_wrong_values_are_refused(api: AccountClient, name: str, code: int, wrong: list[str]) -> None:
    made = await make(api)
    for value in wrong:
        given = {**STUDIO, f"AutoCreation.{name}": value}
        for path, form in ((PATH, {"Type": "sms", "Address": "+15551230001"}), (f"{PATH}/{LINE}", {})):
            assert (await api.post(path, **form, **given)).refusal == (400, code), value
    assert await api.listed(PATH) == [made]


async def test_a_webhook_hears_of_all_that_has_happened_in_its_conversation(api: AccountClient) -> None:
    events = [event for event in PostEvent if not event.startswith("onUser")]
    assert (len(events), len(PreEvent)) == (11, 10)
    made = await make(api, **WEBHOOK, **{"AutoCreation.WebhookFilters": events})
    assert made["auto_creation"]["webhook_filters"] == events
    cleared = await api.post(f"{PATH}/{LINE}", **{"AutoCreation.WebhookFilters": ""})
    assert cleared.row["auto_creation"]["webhook_filters"] == []


async def test_a_service_must_be_the_accounts_own(api: AccountClient, other_api: AccountClient) -> None:
    name = "AutoCreation.ConversationServiceSid"
    await make(api)
    for sid in (other_api.service, "IS" + "0" * 32):
        answer = await api.post(PATH, Type="sms", Address="+15551230001", **{name: sid})
        assert answer.refusal == (404, 50050)
        assert (await api.post(f"{PATH}/{LINE}", **{name: sid})).refusal == (404, 50050)
    changed = await api.post(f"{PATH}/{LINE}", **{name: api.service})
    assert changed.row["auto_creation"]["conversation_service_sid"] == api.service
    cleared = await api.post(f"{PATH}/{LINE}", **{name: ""})
    assert cleared.row["auto_creation"] == DEFAULT


async def test_the_default_service_takes_over_from_one_that_is_deleted(api: AccountClient) -> None:
    service = await another_service(api)
    made = await make(api, **{"AutoCreation.ConversationServiceSid": service})
    assert made["auto_creation"]["conversation_service_sid"] == service
    assert (await api.delete(f"/v1/Services/{service}")).status == 204
    after = (await api.get(f"{PATH}/{LINE}")).row
    assert after == {**made, "auto_creation": DEFAULT}


async def test_names_and_addresses_have_at_most_256_characters(api: AccountClient) -> None:
    made = await make(api, "é" * 256, FriendlyName="é" * 256)
    assert (made["address"], made["friendly_name"]) == ("é" * 256, "é" * 256)
    assert (await api.post(PATH, Type="sms", Address="é" * 257)).refusal == INVALID
    assert (await api.post(PATH, Type="sms", Address=LINE, FriendlyName="é" * 257)).refusal == (400, 50003)
    assert (await api.post(f"{PATH}/{made['sid']}", FriendlyName="é" * 257)).refusal == (400, 50003)


async def test_a_country_has_two_letters_and_is_shown_in_upper_case(api: AccountClient) -> None:
    assert (await make(api, "12345", AddressCountry="us"))["address_country"] == "US"
    for country in ("U", "USA", "U1", "éé"):
        answer = await api.post(PATH, Type="sms", Address=LINE, AddressCountry=country)
        assert (answer.refusal, answer.message) == (INVALID, "Invalid parameter AddressCountry")


@pytest.mark.parametrize("address", [LINE, f"whatsapp:{LINE}", "desk+1@shop.example", "urn:mbid:Ab=%/c", "alpha beta"])
async def test_an_address_names_its_configuration(api: AccountClient, address: str, clock: MovableClock) -> None:
    clock.freeze()
    made = await make(api, address)
    path = f"{PATH}/{quote(address, safe=':+@')}"
    assert (await api.get(path)).row == made
    assert (await api.post(path, FriendlyName="the line")).row == {**made, "friendly_name": "the line"}
    assert (await api.delete(path)).status == 204
    assert (await api.get(f"{PATH}/{made['sid']}")).refusal == NOT_FOUND


async def test_an_address_has_one_configuration(api: AccountClient, other_api: AccountClient) -> None:
    await make(api)
    assert (await api.post(PATH, Type="whatsapp", Address=LINE)).refusal == TAKEN
    await make(api, f"whatsapp:{LINE}")
    await make(other_api)
    assert (await api.delete(f"{PATH}/{LINE}")).status == 204
    await make(api)


async def test_of_two_for_one_address_at_once_one_is_made(api: AccountClient) -> None:
    answers = await asyncio.gather(*(api.post(PATH, Type="sms", Address=LINE) for _ in range(5)))
    assert sorted(answer.status for answer in answers) == [201, 409, 409, 409, 409]


async def test_an_address_does_not_look_like_a_sid(api: AccountClient) -> None:
    answer = await api.post(PATH, Type="sms", Address="IG" + "0" * 32)
    assert (answer.refusal, answer.message) == (INVALID, "Invalid parameter Address")


async def test_an_update_changes_what_was_sent(api: AccountClient, clock: MovableClock) -> None:
    clock.freeze()
    before = await make(api, FriendlyName="the line", AddressCountry="US", **WEBHOOK)
    clock.advance(timedelta(seconds=7))
    path = f"{PATH}/{before['sid']}"
    assert (await api.post(path)).row == before
    after = (await api.post(path, **{"AutoCreation.Enabled": True, "AutoCreation.WebhookMethod": "get"})).row
    assert after["date_updated"] > before["date_updated"]
    expected = {**before["auto_creation"], "enabled": True, "webhook_method": "GET"}
    assert after == {**before, "auto_creation": expected, "date_updated": after["date_updated"]}
    assert (await api.post(path, FriendlyName="")).row["friendly_name"] is None


async def test_an_update_changes_neither_type_nor_address_nor_country(api: AccountClient) -> None:
    made = await make(api)
    given = {"Type": "email", "Address": "desk@shop.example", "AddressCountry": "US"}
    assert (await api.post(f"{PATH}/{LINE}", **given)).row == made


async def test_what_one_type_does_not_show_is_there_for_the_next(api: AccountClient) -> None:
    await make(api, **WEBHOOK, **{"AutoCreation.StudioFlowSid": FLOW})
    flow = (await api.post(f"{PATH}/{LINE}", **{"AutoCreation.Type": "studio"})).row["auto_creation"]
    assert flow["studio_flow_sid"] == FLOW
    assert flow["webhook_url"] is None
    again = (await api.post(f"{PATH}/{LINE}", **{"AutoCreation.Type": "webhook"})).row["auto_creation"]
    assert again["webhook_url"] == URL


async def test_the_list_is_in_the_order_of_creation_and_can_be_of_one_type(
    api: AccountClient, clock: MovableClock
) -> None:
    clock.freeze()
    made = [await make(api, f"+1555123000{number}") for number in range(3)]
    clock.advance(timedelta(seconds=1))
    mailbox = await make(api, "desk@shop.example", Type="email")
    assert await api.listed(PATH, PageSize=2) == [*made, mailbox]
    assert await api.listed(PATH, PageSize=2, Type="SMS") == made
    assert await api.listed(PATH, Type="email") == [mailbox]
    assert await api.listed(PATH, Type="rcs") == []
    assert len(await api.listed(PATH, Type="")) == 4
    assert (await api.get(PATH, Type="fax")).refusal == INVALID


async def test_the_filter_stays_in_the_addresses_of_the_pages(api: AccountClient) -> None:
    for number in range(3):
        await make(api, f"+1555123000{number}")
    page = await api.get(PATH, Type="sms", PageSize=1)
    assert page.meta["url"] == f"{api.url}{PATH}?Type=sms&PageSize=1&Page=0"
    assert page.meta["next_page_url"].startswith(f"{api.url}{PATH}?Type=sms&PageSize=1&Page=1&PageToken=PT")


@pytest.mark.parametrize("reference", ["IG" + "0" * 32, "IG00", "+15559999999"])
async def test_what_is_not_configured_is_not_found(api: AccountClient, reference: str) -> None:
    await make(api)
    assert (await api.get(f"{PATH}/{reference}")).refusal == NOT_FOUND
    assert (await api.post(f"{PATH}/{reference}", **{"AutoCreation.Type": "nonsense"})).refusal == NOT_FOUND
    assert (await api.delete(f"{PATH}/{reference}")).refusal == NOT_FOUND


async def test_another_account_does_not_see_an_address_configuration(
    api: AccountClient, other_api: AccountClient
) -> None:
    made = await make(api)
    for reference in (made["sid"], LINE):
        assert (await other_api.get(f"{PATH}/{reference}")).refusal == NOT_FOUND
        assert (await other_api.post(f"{PATH}/{reference}", FriendlyName="theirs")).refusal == NOT_FOUND
        assert (await other_api.delete(f"{PATH}/{reference}")).refusal == NOT_FOUND
    assert await other_api.listed(PATH) == []
    assert await api.listed(PATH) == [made]
