"""``/metrics``: what was asked of parlour and what waits to be done, for who may read it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import falcon.testing
import pytest

from parlour.observe.metrics import is_local
from parlour.runtime.metrics import ASKED, METRICS
from tests.access_tokens import token_for
from tests.account_client import FORM, NOT_FOUND, AccountClient, basic, new_account
from tests.database import migrated_database
from tests.metrics import Samples, names, scraped, scraped_until, total
from tests.receiver import receiving
from tests.relay import relayed
from tests.server import serving
from tests.twilsock import connected
from tests.webhooks.conftest import be_asked, listen, loudly, replying

REQUESTS = "parlour_requests_total"


@pytest.fixture
async def alone(postgres: str) -> AsyncIterator[AccountClient]:
    """The only account of a parlour of its own."""
    async with migrated_database(postgres) as url, serving(url) as parlour:
        yield await new_account(parlour)


async def test_requests_are_counted_by_operation_status_and_code(alone: AccountClient) -> None:
    sid = (await alone.made("/Users", Identity="dana"))["sid"]
    await alone.get(f"/Users/{sid}")
    await alone.get("/Users/dana")
    await alone.get("/Users/nobody")
    await alone.post("/Users", Identity="dana")
    found = await scraped(alone)
    assert total(found, REQUESTS, operation="CreateUser", method="POST", status="201", code="") == 1
    assert total(found, REQUESTS, operation="CreateUser", method="POST", status="409", code="50201") == 1
    assert total(found, REQUESTS, operation="FetchUser", method="GET", status="200", code="") == 2
    assert total(found, REQUESTS, operation="FetchUser", method="GET", status="404", code="20404") == 1
    assert total(found, "parlour_request_duration_seconds_count", operation="FetchUser") == 3
    assert total(found, "parlour_request_duration_seconds_bucket", operation="FetchUser", le="+Inf") == 3
    assert 0 < total(found, "parlour_request_duration_seconds_sum", operation="FetchUser") < 30


async def test_what_callers_make_up_becomes_no_label(alone: AccountClient) -> None:
    stranger = {"Authorization": basic("ACmadeup", "madeup")}
    for method, path in (
        ("GET", "/Madeup"),
        ("PUT", "/Users/madeup"),
        ("PROPFIND", "/Users"),
        ("GET", "/Users/madeup"),
    ):
        await alone.send(method, path)
    await alone.send("GET", "/Users/madeup", headers=stranger)
    await alone.get(f"{alone.url}/madeup")
    await alone.get(f"{alone.url}/healthz")
    found = await scraped(alone)
    labels = {label for _, pairs in found for label in pairs}
    assert not [label for label in labels if "madeup" in str(label).lower() or "propfind" in str(label).lower()]
    assert total(found, REQUESTS, operation="", status="401", code="20003") == 1
    assert total(found, REQUESTS, operation="", status="404") == 2
    assert total(found, REQUESTS, operation="", method="PUT", status="405") == 1
    assert total(found, REQUESTS, operation="/healthz", status="200") == 1
    assert total(found, "parlour_requests_in_flight") == 1, "the scrape"


async def test_every_metric_is_there_and_nothing_else(alone: AccountClient) -> None:
    async with receiving() as receiver:
        receiver.reply = replying(503)
        await listen(alone, receiver.url)
        await loudly(alone, "/Conversations", **{"Timers.Inactive": "PT1M"})
        alone.parlour.clock.advance(timedelta(minutes=1))
        await scraped_until(alone, lambda found: total(found, "parlour_timers_fired_total", state="inactive") == 1)
        found = await scraped_until(alone, lambda found: total(found, "parlour_webhook_calls_total") > 0)
        async with connected(alone.parlour, await token_for(alone, "alice")) as client:
            await client.get("/Client/v2/Configuration")
        found = await scraped(alone)
    published = {metric.name for metric in METRICS}
    assert names(found) <= {name + end for name in published for end in ("", "_bucket", "_count", "_sum")}
    assert names(found) >= {metric.name if not metric.bounds else f"{metric.name}_count" for metric in METRICS}
    assert total(found, "parlour_info") == 1
    assert total(found, "process_resident_memory_bytes", worker="0") > 1_000_000
    assert total(found, "process_start_time_seconds", worker="0") > 1_700_000_000
    assert total(found, "parlour_loop_turns_total", loop="timers", outcome="done") > 0
    assert total(found, "parlour_database_connections_most") == 10
    assert 1 <= total(found, "parlour_database_connections") <= 10


async def test_webhooks_are_counted_by_kind_verdict_and_answer(alone: AccountClient) -> None:
    calls = "parlour_webhook_calls_total"
    async with receiving() as receiver:
        await be_asked(alone, receiver.url)
        receiver.reply = replying(403)
        assert (await loudly(alone, "/Conversations")).status == 403
        receiver.reply = replying(200, '{"friendly_name": "other"}')
        assert (await loudly(alone, "/Conversations")).status == 201
        await relayed_so_far(alone)  # or what comes after the change to the configuration would be told of it
        receiver.reply = None
        await listen(alone, receiver.url, PreWebhookUrl="")
        await loudly(alone, "/Conversations")
        found = await scraped_until(alone, lambda found: total(found, calls, kind="post") == 1)
    assert total(found, calls, kind="pre", verdict="refused", answer="4xx") == 1
    assert total(found, calls, kind="pre", verdict="amended", answer="2xx") == 1
    assert total(found, calls, kind="post", verdict="delivered", answer="2xx") == 1
    assert total(found, "parlour_webhook_duration_seconds_count", kind="pre") == 2
    assert total(found, "parlour_relay_deliveries_total") == 1
    assert total(found, "parlour_relay_facts_total") >= 1


async def relayed_so_far(api: AccountClient) -> None:
    """Returns when what has happened until now has been given to the webhooks that are configured."""
    await scraped_until(api, lambda found: total(found, "parlour_relay_lag_seconds") == 0)


async def test_a_receiver_that_is_away_shows_as_deliveries_that_wait(alone: AccountClient) -> None:
    waiting = "parlour_webhook_deliveries_waiting"
    clock = alone.parlour.clock
    await listen(alone, "http://127.0.0.1:1/")
    await loudly(alone, "/Conversations")
    assert total(await scraped(alone), "parlour_database_up") == 1
    await scraped_until(alone, lambda found: total(found, waiting) == 1)

    def given_up(found: Samples) -> bool:
        clock.advance(timedelta(seconds=10))
        return total(found, "parlour_webhook_calls_total", verdict="failed") == 1

    found = await scraped_until(alone, given_up)
    assert total(found, "parlour_webhook_calls_total", verdict="retry", answer="unreachable") == 3
    await scraped_until(alone, lambda found: total(found, waiting) == 0)


async def test_facts_that_are_not_relayed_are_told_by_their_age(alone: AccountClient) -> None:
    async with alone.parlour.inside.database.session() as held:
        await held.execute("begin")
        await held.execute("select from log_positions for update")
        await loudly(alone, "/Conversations")
        alone.parlour.clock.advance(timedelta(minutes=2))
        assert 120 <= total(await scraped(alone), "parlour_relay_lag_seconds") < 180
        await held.execute("rollback")
    await scraped_until(alone, lambda found: total(found, "parlour_relay_lag_seconds") == 0)


async def test_deliveries_that_are_due_and_that_nobody_sends_are_told_by_their_age(alone: AccountClient) -> None:
    due, clock = "parlour_webhook_oldest_due_seconds", alone.parlour.clock
    clock.freeze()
    async with receiving() as receiver, alone.parlour.inside.database.session() as held:
        receiver.reply = replying(503)
        await listen(alone, receiver.url)
        await loudly(alone, "/Conversations")
        await receiver.next()
        async with asyncio.timeout(30):
            while await held.fetchval("select claimed_until is not null from delivery_lanes"):
                continue
        assert total(await scraped(alone), due) == 0, "its next try is yet to come"
        await held.execute("begin")
        await held.execute("select from delivery_lanes for update")
        clock.advance(timedelta(hours=1))
        assert total(await scraped(alone), due) == 3600 - 1
        receiver.reply = None
        await held.execute("rollback")
        await scraped_until(alone, lambda found: total(found, due) == 0)


async def test_timers_without_effect_are_told_by_number_and_age(alone: AccountClient) -> None:
    await alone.made("/Conversations", **{"Timers.Inactive": "PT1M"})
    async with alone.parlour.inside.database.session() as held:
        await held.execute("begin")
        await held.execute("select from conversations for update")
        alone.parlour.clock.advance(timedelta(minutes=3))
        found = await scraped(alone)
        assert total(found, "parlour_timers_overdue") == 1
        assert 120 <= total(found, "parlour_timers_oldest_overdue_seconds") < 180
        await held.execute("rollback")
    found = await scraped_until(alone, lambda found: total(found, "parlour_timers_overdue") == 0)
    assert total(found, "parlour_timers_fired_total", state="inactive") == 1


async def test_while_the_database_is_away_the_rest_is_still_told(postgres: str, tmp_path: Path) -> None:
    async with (
        migrated_database(postgres) as url,
        relayed(url, str(tmp_path)) as relay,
        serving(relay.url) as parlour,
    ):
        api = await new_account(parlour)
        assert (await api.get("/Users")).status == 200
        await relay.cut()
        found = await scraped(api)
        assert total(found, "parlour_database_up") == 0
        assert names(found) & {metric.name for metric in ASKED} == {"parlour_database_up"}
        assert total(found, REQUESTS, operation="ListUser", status="200") == 1
        await relay.mend()
        await scraped_until(api, lambda found: total(found, "parlour_database_up") == 1)


async def test_a_scrape_that_asks_for_openmetrics_gets_it(api: AccountClient) -> None:
    answer = await api.send(
        "GET", f"{api.url}/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"}
    )
    assert answer.headers["Content-Type"].startswith("application/openmetrics-text; version=1.0.0")
    assert answer.body.endswith(b"# EOF\n")
    plain = await api.get(f"{api.url}/metrics")
    assert plain.headers["Content-Type"].startswith("text/plain; version=0.0.4")


async def test_who_may_read_it_is_a_setting(database_url: str) -> None:
    elsewhere = {"X-Forwarded-For": "203.0.113.7"}
    for setting, here, there in (("local", 200, 404), ("open", 200, 200), ("off", 404, 404)):
        async with serving(database_url, metrics=setting) as parlour:
            api = await new_account(parlour)
            assert (await api.get(f"{parlour.url}/metrics")).status == here
            answer = await api.send("GET", f"{parlour.url}/metrics", headers=elsewhere)
            assert answer.status == there
            assert there == 200 or answer.refusal == NOT_FOUND


@pytest.mark.parametrize(
    ("address", "expected"),
    [("127.0.0.1", True), ("::1", True), ("::ffff:127.0.0.1", True), ("192.0.2.1", False), ("somewhere", False)],
)
def test_local_is_what_comes_from_this_machine(address: str, expected: bool) -> None:
    assert is_local(falcon.testing.create_asgi_req(remote_addr=address)) is expected


async def test_each_answer_says_how_long_it_took(api: AccountClient) -> None:
    for answer in (
        await api.get("/Users"),
        await api.get("/Users/nobody"),
        await api.send("POST", "/Users", b"", {**FORM, "Authorization": "Basic x"}),
    ):
        whole, point, part = answer.headers["Twilio-Request-Duration"].partition(".")
        assert (point, len(part)) == (".", 3)
        assert int(whole) < 30
