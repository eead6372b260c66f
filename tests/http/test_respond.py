"""Responding: headers, dates and the one shape of an error."""

import re
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from tempfile import TemporaryDirectory

import pytest
import structlog

from parlour.compat.differences import DIFFERENCES
from parlour.observe import health
from tests.account_client import AccountClient, new_account
from tests.database import migrated_database
from tests.relay import relayed
from tests.server import MovableClock, serving


async def test_every_answer_has_a_number_of_its_own(api: AccountClient) -> None:
    answers = [
        await api.get("/Users"),
        await api.get("/Users"),
        await api.get("/Users/nobody"),
        await api.send("PUT", "/Users"),
        await api.post("/Users"),
        await api.get("/v1/Nothing"),
    ]
    numbers = [answer.headers["Twilio-Request-Id"] for answer in answers]
    assert all(re.fullmatch("RQ[0-9a-f]{32}", number) for number in numbers)
    assert len(set(numbers)) == len(numbers)


async def test_the_list_of_differences_names_the_headers_that_are_sent(api: AccountClient) -> None:
    told = next(each.text.lower() for each in DIFFERENCES if each.name == "Informational headers")
    sent = [name.lower() for name in (await api.get("/Users")).headers if name.lower().startswith("twilio-")]
    assert [name for name in sent if f"`{name}`" in told] == sent != []


async def test_every_answer_may_be_read_by_a_browser(api: AccountClient) -> None:
    user = await api.post("/Users", Identity="dana")
    assert user.status == 201
    gone = await api.delete("/Users/dana")
    assert gone.status == 204
    for answer in (user, gone, await api.get("/Users"), await api.get("/Users/nobody"), await api.post("/Users")):
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Twilio-Request-Id" in answer.headers["Access-Control-Expose-Headers"]


@pytest.mark.both_forms
async def test_a_deletion_answers_with_nothing(api: AccountClient) -> None:
    await api.made("/Users", Identity="dana")
    answer = await api.delete("/Users/dana")
    assert (answer.status, answer.body) == (204, b"")


async def test_an_error_has_exactly_four_keys(api: AccountClient) -> None:
    answer = await api.get("/Users/nobody")
    assert answer.json == {
        "code": 20404,
        "message": "The requested resource /Users/nobody was not found",
        "more_info": "https://www.twilio.com/docs/errors/20404",
        "status": 404,
    }
    assert list(answer.json) == ["code", "message", "more_info", "status"]


async def test_dates_are_shown_in_utc_without_a_fraction(api: AccountClient, clock: MovableClock) -> None:
    clock.freeze(datetime(2026, 5, 1, 10, 11, 12, 987654, tzinfo=UTC))
    user = await api.made("/Users", Identity="dana")
    assert (user["date_created"], user["date_updated"]) == ("2026-05-01T10:11:12Z", "2026-05-01T10:11:12Z")


async def test_text_comes_back_as_it_was_sent(api: AccountClient) -> None:
    text = 'é 😀 " \\ \n </script> \u2028 \x7f'
    user = await api.made("/Users", Identity="dana", FriendlyName=text, Attributes='{ "a" : "\\u00e9é" }')
    assert user["friendly_name"] == text
    assert user["attributes"] == '{ "a" : "\\u00e9é" }'


@pytest.mark.both_forms
async def test_addresses_begin_where_the_client_came_in(api: AccountClient) -> None:
    await api.made("/Users", Identity="dana")
    answer = await api.send("GET", "/Users/dana", headers={"Host": "conversations.example.org:8443"})
    assert answer.row["url"].startswith(f"http://conversations.example.org:8443/v1{api.prefix}/Users/US")


async def test_a_public_address_that_was_set_wins(postgres: str) -> None:
    async with migrated_database(postgres) as url, serving(url, "https://chat.example.org/") as parlour:
        api = await new_account(parlour)
        user = await api.made("/Users", Identity="dana")
        page = await api.get("/Users")
    assert user["url"] == f"https://chat.example.org/v1/Users/{user['sid']}"
    assert page.meta["url"] == "https://chat.example.org/v1/Users?PageSize=50&Page=0"


async def test_a_fault_of_our_own_is_told_without_its_inside(postgres: str) -> None:
    async with migrated_database(postgres) as url, serving(url) as parlour:
        api = await new_account(parlour)
        async with parlour.inside.database.session() as connection:
            await connection.execute("drop table users cascade")
        with structlog.testing.capture_logs() as logs:
            answer = await api.get("/Users")
    assert answer.refusal == (500, 20500)
    assert answer.message == "Internal Server Error"
    (logged,) = logs
    assert logged["request_id"] == answer.headers["Twilio-Request-Id"]
    assert "users" in str(logged["exc_info"])


async def test_while_the_database_is_away_the_process_lives_but_is_not_ready(postgres: str) -> None:
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(migrated_database(postgres))
        folder = stack.enter_context(TemporaryDirectory(dir="/tmp", prefix="parlour-relay-"))
        relay = await stack.enter_async_context(relayed(url, folder))
        api = await new_account(await stack.enter_async_context(serving(relay.url)))

        async def state() -> tuple[object, object, object]:
            users = await api.get("/Users")
            ready = await api.send("GET", f"{api.url}/readyz")
            alive = await api.send("GET", f"{api.url}/healthz")
            return users.json.get("users", users.status), ready.json.get("status"), alive.json

        assert await state() == ([], "ready", {"status": "ok"})
        await relay.cut()
        assert (await api.get("/Users")).refusal == (503, 20503)
        assert await state() == (503, 503, {"status": "ok"})
        await relay.mend()
        assert await state() == ([], "ready", {"status": "ok"})


async def test_a_database_that_keeps_silent_is_not_ready(postgres: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(migrated_database(postgres))
        folder = stack.enter_context(TemporaryDirectory(dir="/tmp", prefix="parlour-relay-"))
        relay = await stack.enter_async_context(relayed(url, folder))
        parlour = await stack.enter_async_context(serving(relay.url))
        api = await new_account(parlour)
        with monkeypatch.context() as patched:
            patched.setattr(health, "TIMEOUT_SECONDS", 0.1)
            relay.hush()
            answer = await api.send("GET", f"{api.url}/readyz")
        assert (answer.refusal, answer.message) == ((503, 20503), "Service unavailable")
        assert (await api.send("GET", f"{api.url}/healthz")).status == 200
        relay.speak()
        assert (await api.send("GET", f"{api.url}/readyz")).json == {"status": "ready"}
