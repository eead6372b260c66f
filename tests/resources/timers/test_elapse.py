"""Timers run out: what becomes of a conversation then, in which order, and what keeps it from happening."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from parlour.core.scope import Scope
from parlour.resources.conversations.model import Conversation
from parlour.resources.timers import actions, queries
from parlour.resources.timers.actions import elapse_all
from parlour.storage.transaction import Transaction
from tests.account_client import AccountClient
from tests.deliveries import FOR_WEBHOOKS
from tests.journeys.plain import contradictions
from tests.server import MovableClock

START = datetime(2026, 5, 1, 12, tzinfo=UTC)
BOTH = {"Timers.Inactive": "PT1M", "Timers.Closed": "PT10M"}
PAIR = {"MessagingBinding.Address": "+15550001111", "MessagingBinding.ProxyAddress": "+15550002222"}


@pytest.fixture(autouse=True)
def noon(clock: MovableClock) -> None:
    clock.freeze(START)


def shown(minutes: float) -> str:
    return f"{START + timedelta(minutes=minutes):%Y-%m-%dT%H:%M:%SZ}"


async def at(api: AccountClient, minutes: float) -> None:
    """It is so many minutes after the start, and everything that has run out took effect."""
    api.parlour.clock.freeze(START + timedelta(minutes=minutes))
    await elapse_all(api.parlour.inside)


async def changes(*accounts: AccountClient) -> list[tuple[str, str, str, str]]:
    """What timers made of the conversations of these accounts, in the order of the log: friendly name, from, to."""
    async with accounts[0].parlour.inside.database.session() as reading:
        rows = await reading.fetch(
            """select payload from events where service_sid = any($1) and type = 'ConversationStateUpdated'
               order by id""",
            [each.service for each in accounts],
        )
    payloads = [row["payload"] for row in rows]
    return [
        (each["conversation"]["friendly_name"], each["state_from"], each["conversation"]["state"], each["reason"])
        for each in payloads
    ]


async def facts(api: AccountClient, sid: str) -> Sequence[dict[str, Any]]:
    async with api.parlour.inside.database.session() as reading:
        rows = await reading.fetch(
            f"select *, {FOR_WEBHOOKS} from events where service_sid = $1 and conversation_sid = $2 order by id",
            api.service,
            sid,
        )
    return [dict(row) for row in rows]


@pytest.mark.both_forms
async def test_a_conversation_becomes_inactive_and_then_closed(api: AccountClient) -> None:
    before = await api.made("/Conversations", UniqueName="talk", **BOTH)
    await at(api, 0.99)
    assert (await api.get("/Conversations/talk")).row == before
    await at(api, 1)
    inactive = (await api.get("/Conversations/talk")).row
    changed = {"state": "inactive", "timers": {"date_closed": shown(10)}, "date_updated": shown(1)}
    assert inactive == before | changed
    await at(api, 9.99)
    assert (await api.get("/Conversations/talk")).row == inactive
    await at(api, 12)
    closed = (await api.get("/Conversations/talk")).row
    assert closed == before | {"state": "closed", "timers": {}, "date_updated": shown(12)}
    assert (await api.post("/Conversations/talk/Messages", Body="late")).refusal == (400, 50377)


async def test_a_turn_during_which_the_clock_is_put_back_lets_nothing_run_out(
    api: AccountClient, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await api.made("/Conversations", UniqueName="talk", **BOTH)
    take_over = queries.take_over

    async def put_back(tx: Transaction, *, wait: bool) -> bool:
        if clock.now() > START:
            clock.freeze(START)
        return await take_over(tx, wait=wait)

    monkeypatch.setattr(queries, "take_over", put_back)
    await at(api, 60)
    assert (await api.get("/Conversations/talk")).row == before


async def test_a_turn_during_which_the_clock_is_put_back_and_on_again_keeps_the_order(
    api: AccountClient, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await api.made("/Conversations", FriendlyName="later", **{"Timers.Inactive": "PT2M"})
    lock_due = queries.lock_due

    async def interrupted(tx: Transaction, limit: int) -> list[tuple[Scope, Conversation]]:
        locked = await lock_due(tx, limit)
        if locked:
            monkeypatch.setattr(queries, "lock_due", lock_due)
            clock.freeze(START)
            await api.made("/Conversations", FriendlyName="earlier", **{"Timers.Inactive": "PT1M"})
            clock.freeze(START + timedelta(minutes=60))
        return locked

    monkeypatch.setattr(queries, "lock_due", interrupted)
    await at(api, 60)
    assert [name for name, *_ in await changes(api)] == ["earlier", "later"]


async def test_only_a_closed_timer_closes_an_active_conversation(api: AccountClient) -> None:
    await api.made("/Conversations", FriendlyName="talk", **{"Timers.Closed": "PT10M"})
    await at(api, 10)
    assert await changes(api) == [("talk", "active", "closed", "TIMER")]


@pytest.mark.parametrize("inactive", ["PT10M", "PT11M"])
async def test_a_conversation_that_is_to_be_closed_first_never_becomes_inactive(
    api: AccountClient, inactive: str
) -> None:
    await api.made("/Conversations", FriendlyName="talk", **{"Timers.Inactive": inactive, "Timers.Closed": "PT10M"})
    await at(api, 60)
    assert await changes(api) == [("talk", "active", "closed", "TIMER")]


async def test_time_that_was_slept_through_brings_both_changes_in_their_order(api: AccountClient) -> None:
    sid = (await api.made("/Conversations", FriendlyName="talk", **BOTH))["sid"]
    await at(api, 24 * 60)
    assert await changes(api) == [("talk", "active", "inactive", "TIMER"), ("talk", "inactive", "closed", "TIMER")]
    told = (await facts(api, sid))[1:]
    updated, changed = "ConversationUpdated", "ConversationStateUpdated"
    assert [each["type"] for each in told] == [updated, changed, updated, changed]
    assert [each["payload"]["conversation"]["state"] for each in told] == ["inactive"] * 2 + ["closed"] * 2
    for each in told:
        assert (each["source"], each["webhooks"], each["account_sid"]) == ("SYSTEM", True, api.account)
        assert each["created_at"] == START + timedelta(days=1)
    assert await contradictions(api.parlour.inside.database, api.service) == {}


async def test_what_has_happened_does_not_happen_again(api: AccountClient) -> None:
    await api.made("/Conversations", FriendlyName="talk", **BOTH)
    for minutes in (1, 1, 2, 10, 10, 11):
        await at(api, minutes)
    assert len(await changes(api)) == 2


async def test_a_message_puts_both_moments_off(api: AccountClient) -> None:
    await api.made("/Conversations", UniqueName="talk", **BOTH)
    await at(api, 0.5)
    await api.made("/Conversations/talk/Messages", Body="still here")
    await at(api, 1.4)
    assert (await api.get("/Conversations/talk")).row["state"] == "active"
    await at(api, 1.5)
    row = (await api.get("/Conversations/talk")).row
    assert (row["state"], row["timers"]) == ("inactive", {"date_closed": shown(10.5)})


async def test_a_message_revives_an_inactive_conversation(api: AccountClient) -> None:
    await api.made("/Conversations", UniqueName="talk", FriendlyName="talk", **BOTH)
    await at(api, 1)
    api.parlour.clock.freeze(START + timedelta(minutes=5))
    await api.made("/Conversations/talk/Messages", Body="I am back")
    row = (await api.get("/Conversations/talk")).row
    assert (row["state"], row["date_updated"]) == ("active", shown(5))
    assert row["timers"] == {"date_inactive": shown(6), "date_closed": shown(15)}
    await at(api, 60)
    assert await changes(api) == [
        ("talk", "active", "inactive", "TIMER"),
        ("talk", "inactive", "active", "EVENT"),
        ("talk", "active", "inactive", "TIMER"),
        ("talk", "inactive", "closed", "TIMER"),
    ]


async def test_nothing_but_a_message_puts_a_timer_off(api: AccountClient) -> None:
    await api.made("/Conversations", UniqueName="talk", **BOTH)
    message = await api.made("/Conversations/talk/Messages", Body="hello")
    await at(api, 0.5)
    assert (await api.post("/Conversations/talk", FriendlyName="our talk")).status == 200
    assert (await api.post(f"/Conversations/talk/Messages/{message['sid']}", Body="hello!")).status == 200
    await api.made("/Conversations/talk/Participants", Identity="dana")
    assert (await api.post("/Users/dana/Conversations/talk", LastReadMessageIndex=0)).status == 200
    await at(api, 1)
    assert (await api.get("/Conversations/talk")).row["state"] == "inactive"


async def test_a_timer_that_was_removed_never_runs_out(api: AccountClient) -> None:
    await api.made("/Conversations", UniqueName="talk", **BOTH)
    await api.post("/Conversations/talk", **{"Timers.Inactive": "", "Timers.Closed": "PT0S"})
    await at(api, 60 * 24 * 365)
    assert (await api.get("/Conversations/talk")).row["state"] == "active"
    assert await changes(api) == []


async def test_a_timer_that_was_shortened_runs_out_earlier(api: AccountClient) -> None:
    await api.made("/Conversations", UniqueName="talk", **{"Timers.Inactive": "P30D"})
    await at(api, 1)
    await api.post("/Conversations/talk", **{"Timers.Inactive": "PT2M"})
    await at(api, 3)
    assert (await api.get("/Conversations/talk")).row["state"] == "inactive"


async def test_the_timers_of_the_configuration_are_those_of_later_conversations(api: AccountClient) -> None:
    await api.made("/Conversations", UniqueName="before")
    await api.post("/v1/Configuration", DefaultInactiveTimer="PT1M", DefaultClosedTimer="PT10M")
    await api.made("/Conversations", UniqueName="after")
    await api.made("/Conversations", UniqueName="own", **{"Timers.Inactive": "PT2M"})
    states = []
    for minutes in (1, 2, 10):
        await at(api, minutes)
        names = ("before", "after", "own")
        states.append([(await api.get(f"/Conversations/{name}")).row["state"] for name in names])
    assert states == [
        ["active", "inactive", "active"],
        ["active", "inactive", "inactive"],
        ["active", "closed", "closed"],
    ]


async def test_the_addresses_of_a_conversation_that_a_timer_closed_are_free(api: AccountClient) -> None:
    for name in ("first", "second"):
        await api.made("/Conversations", UniqueName=name, **({"Timers.Closed": "PT10M"} if name == "first" else {}))
    await api.made("/Conversations/first/Participants", **PAIR)
    assert (await api.post("/Conversations/second/Participants", **PAIR)).refusal == (409, 50416)
    await at(api, 10)
    assert (await api.post("/Conversations/second/Participants", **PAIR)).status == 201
    assert await contradictions(api.parlour.inside.database, api.service) == {}


async def test_changes_come_in_the_order_in_which_they_were_due_whoever_they_belong_to(
    api: AccountClient, other_api: AccountClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "BATCH_SIZE", 3)
    wanted = []
    for number in (4, 0, 6, 2, 5, 1, 3):
        of, inactive, closed = (api, other_api)[number % 2], 2 + number, 14 - number
        timers = {"Timers.Inactive": f"PT{inactive}M", "Timers.Closed": f"PT{closed + 10}M"}
        await of.made("/Conversations", FriendlyName=str(number), **timers)
        wanted += [(inactive, str(number), "inactive"), (closed + 10, str(number), "closed")]
    await at(api, 60)
    assert [(name, state) for name, _, state, _ in await changes(api, other_api)] == [
        (name, state) for _, name, state in sorted(wanted)
    ]
    for each in (api, other_api):
        assert await contradictions(each.parlour.inside.database, each.service) == {}


async def test_a_conversation_that_somebody_holds_is_left_for_later(api: AccountClient) -> None:
    for name in ("held", "free"):
        await api.made("/Conversations", UniqueName=name, **{"Timers.Inactive": "PT1M"})
    database = api.parlour.inside.database
    async with database.session() as holder:
        await holder.execute("begin")
        await holder.fetchrow(
            "select from conversations where service_sid = $1 and unique_name = 'held' for update", api.service
        )
        await at(api, 1)
        assert (await api.get("/Conversations/free")).row["state"] == "inactive"
        assert (await api.get("/Conversations/held")).row["state"] == "active"
        await holder.execute("rollback")
    await at(api, 1)
    assert (await api.get("/Conversations/held")).row["state"] == "inactive"
