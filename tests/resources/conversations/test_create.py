"""Creating conversations: what they are when nothing is said, every parameter at its limit and one step beyond."""

import json
from datetime import timedelta

import pytest

from tests.account_client import AccountClient
from tests.server import MovableClock

pytestmark = pytest.mark.both_forms

HEX = "0123456789abcdef" * 2
PATH = "/Conversations"


async def test_a_conversation_is_created_with_what_is_usual(api: AccountClient, clock: MovableClock) -> None:
    now = clock.freeze()
    made = await api.made(PATH)
    url = f"{api.root}/Conversations/{made['sid']}"
    shown = f"{now:%Y-%m-%dT%H:%M:%SZ}"
    assert made == {
        "sid": made["sid"],
        "account_sid": api.account,
        "chat_service_sid": api.service,
        "messaging_service_sid": (await api.get("/v1/Configuration")).row["default_messaging_service_sid"],
        "friendly_name": None,
        "unique_name": None,
        "attributes": "{}",
        "state": "active",
        "date_created": shown,
        "date_updated": shown,
        "timers": {},
        "bindings": None,
        "url": url,
        "links": {
            "participants": f"{url}/Participants",
            "messages": f"{url}/Messages",
            "webhooks": f"{url}/Webhooks",
            "export": f"{url}/Export",
        },
    }


async def test_a_conversation_is_created_with_everything_given(api: AccountClient) -> None:
    made = await api.made(
        PATH,
        FriendlyName="Order 8812",
        UniqueName="order 8812/1",
        DateCreated="2024-02-29T12:30:15.9+01:00",
        DateUpdated="2024-03-01",
        MessagingServiceSid=f"MG{HEX}",
        Attributes='{"a" : 1}',
        State="InActive",
        **{"Bindings.Email.Address": "a@example.org", "Bindings.Email.Name": "Desk"},
    )
    assert {name: made[name] for name in made.keys() - {"sid", "account_sid", "chat_service_sid", "url", "links"}} == {
        "friendly_name": "Order 8812",
        "unique_name": "order 8812/1",
        "date_created": "2024-02-29T11:30:15Z",
        "date_updated": "2024-03-01T00:00:00Z",
        "messaging_service_sid": f"MG{HEX}",
        "attributes": '{"a" : 1}',
        "state": "inactive",
        "timers": {},
        "bindings": {"email": {"projected_address": "a@example.org", "name": "Desk"}},
    }
    for reference in (made["sid"], "order%208812%2F1"):
        assert (await api.get(f"{PATH}/{reference}")).row == made


async def test_a_date_of_creation_is_the_date_of_update_unless_that_is_given(api: AccountClient) -> None:
    made = await api.made(PATH, DateCreated="2024-02-29T12:00:00Z")
    assert made["date_updated"] == made["date_created"] == "2024-02-29T12:00:00Z"


@pytest.mark.parametrize(("name", "code"), [("DateCreated", 50308), ("DateUpdated", 50309)])
async def test_a_date_must_be_a_moment(api: AccountClient, name: str, code: int) -> None:
    for text in ("", "yesterday", "2024-02-30", "29.02.2024"):
        assert (await api.post(PATH, **{name: text})).refusal == (400, code)


async def test_a_friendly_name_has_at_most_256_characters(api: AccountClient) -> None:
    assert (await api.post(PATH, FriendlyName="é" * 256)).row["friendly_name"] == "é" * 256
    assert (await api.post(PATH, FriendlyName="é" * 257)).refusal == (400, 50003)


async def test_a_unique_name_has_at_most_256_characters_and_does_not_look_like_a_sid(api: AccountClient) -> None:
    for name in ("é" * 256, f"ch{HEX}", f"CH{HEX[:-1]}", f"US{HEX}", " "):
        assert (await api.post(PATH, UniqueName=name)).row["unique_name"] == name
    assert (await api.post(PATH, UniqueName="é" * 257)).refusal == (400, 50004)
    for name in (f"CH{HEX}", f"CH{HEX.upper()}"):
        assert (await api.post(PATH, UniqueName=name)).refusal == (400, 50390)


@pytest.mark.parametrize("nothing", ["", "null"])
async def test_an_empty_name_is_none(api: AccountClient, nothing: str) -> None:
    for _ in range(2):  # nothing is not unique
        made = await api.made(PATH, UniqueName=nothing, FriendlyName=nothing)
        assert (made["unique_name"], made["friendly_name"]) == (None, None)


async def test_a_unique_name_is_taken_once_and_letter_case_counts(api: AccountClient) -> None:
    first = await api.made(PATH, UniqueName="talk")
    answer = await api.post(PATH, UniqueName="talk")
    assert (answer.refusal, answer.message) == (
        (409, 50353),
        "Conversation with provided unique name already exists",
    )
    assert (await api.post(PATH, UniqueName="Talk")).status == 201
    await api.post(f"{PATH}/talk", State="closed")
    assert (await api.post(PATH, UniqueName="talk")).refusal == (409, 50353)
    await api.delete(f"{PATH}/talk")
    second = await api.made(PATH, UniqueName="talk")
    assert second["sid"] != first["sid"]


async def test_attributes_are_json_of_at_most_16_kilobytes(api: AccountClient) -> None:
    largest = json.dumps("é" * 8191, ensure_ascii=False)
    assert len(largest.encode()) == 16384
    assert (await api.post(PATH, Attributes=largest)).row["attributes"] == largest
    assert (await api.post(PATH, Attributes=largest + " ")).refusal == (400, 50303)
    for text in ("", "{", "{'a': 1}", "hello"):
        assert (await api.post(PATH, Attributes=text)).refusal == (400, 50304)


async def test_a_conversation_begins_active_or_inactive(api: AccountClient) -> None:
    for state in ("active", "INACTIVE"):
        assert (await api.post(PATH, State=state)).row["state"] == state.lower()
    assert (await api.post(PATH, State="closed")).refusal == (400, 50384)
    for state in ("initializing", "open"):
        assert (await api.post(PATH, State=state)).refusal == (400, 50378)
    assert (await api.post(PATH, State="")).refusal == (400, 50374)


async def test_a_messaging_service_must_look_like_one(api: AccountClient) -> None:
    assert (await api.post(PATH, MessagingServiceSid=f"MG{HEX}")).row["messaging_service_sid"] == f"MG{HEX}"
    assert (await api.post(PATH, MessagingServiceSid="")).row["messaging_service_sid"] is None
    for sid in ("MG", f"IS{HEX}", f"MG{HEX}0"):
        assert (await api.post(PATH, MessagingServiceSid=sid)).refusal == (400, 50341)


@pytest.mark.parametrize("part", ["Address", "Name"])
async def test_the_parts_of_an_email_binding_have_at_most_256_characters(api: AccountClient, part: str) -> None:
    name = f"Bindings.Email.{part}"
    key = {"Address": "projected_address", "Name": "name"}[part]
    assert (await api.post(PATH, **{name: "é" * 256})).row["bindings"]["email"][key] == "é" * 256
    assert (await api.post(PATH, **{name: "é" * 257})).refusal == (400, 20001)


async def test_both_timers_count_from_the_creation(api: AccountClient, clock: MovableClock) -> None:
    now = clock.freeze()
    timers = {"Timers.Inactive": "PT1M", "Timers.Closed": "P1DT1S"}
    made = await api.made(PATH, DateCreated="2020-01-01", **timers)
    assert made["timers"] == {
        "date_inactive": f"{now + timedelta(minutes=1):%Y-%m-%dT%H:%M:%SZ}",
        "date_closed": f"{now + timedelta(days=1, seconds=1):%Y-%m-%dT%H:%M:%SZ}",
    }


async def test_an_inactive_conversation_only_waits_to_be_closed(api: AccountClient) -> None:
    timers = {"Timers.Inactive": "PT1M", "Timers.Closed": "PT10M"}
    assert set((await api.made(PATH, State="inactive", **timers))["timers"]) == {"date_closed"}


@pytest.mark.parametrize(
    ("name", "least", "too_short", "codes"),
    [("Timers.Inactive", "PT1M", "PT59S", (50375, 50379)), ("Timers.Closed", "PT10M", "PT9M59S", (50376, 50380))],
)
async def test_a_timer_has_a_least_length_and_a_form(
    api: AccountClient, name: str, least: str, too_short: str, codes: tuple[int, int]
) -> None:
    assert len((await api.post(PATH, **{name: least})).row["timers"]) == 1
    assert (await api.post(PATH, **{name: too_short})).refusal == (400, codes[0])
    for text in ("soon", "60", "P", "PT", "PT1.5H", "-PT1H", "P1Y1", "null"):
        assert (await api.post(PATH, **{name: text})).refusal == (400, codes[1])
    for text in ("", "PT0S"):
        assert (await api.post(PATH, **{name: text})).row["timers"] == {}


async def test_a_conversation_that_is_refused_is_not_there(api: AccountClient) -> None:
    assert (await api.post(PATH, UniqueName="talk", State="closed")).status == 400
    assert await api.listed(PATH) == []
    assert (await api.post(PATH, UniqueName="talk")).status == 201
