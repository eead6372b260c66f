"""The machine with an output that is nothing like a webhook: order, takeover, effects, replay, waiting, retention."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from parlour.contract.delivery import Delivery
from parlour.core.actor import SYSTEM
from parlour.core.audience import Audience
from parlour.core.scope import Scope
from parlour.delivery.deliverer import Deliverer
from parlour.delivery.notice import Notice
from parlour.delivery.queries import deliveries, lanes
from parlour.delivery.relay import Relay
from parlour.delivery.replaying import replay
from parlour.delivery.retention import forget
from parlour.resources.explanations import actions as explanations
from parlour.resources.explanations.model import ExplanationQuery
from parlour.runtime.signals import DELIVER, PROBE
from parlour.runtime.work import Work
from parlour.storage import log
from tests.account_client import AccountClient
from tests.deliveries import DELIVERIES
from tests.delivery.conftest import delivering
from tests.delivery.recorder import PAUSE, Recorder
from tests.metrics import scraped_until, total


@pytest.fixture(autouse=True)
def _claims_that_do_not_run_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow machine makes none run out; where one has to, the test says so."""
    monkeypatch.setattr(lanes, "CLAIM_SECONDS", 200)


async def room(api: AccountClient) -> str:
    return f"/Conversations/{(await api.made('/Conversations'))['sid']}"


async def say(api: AccountClient, path: str, *texts: str) -> None:
    """Messages without ``X-Twilio-Webhook-Enabled``."""
    for text in texts:
        await api.made(f"{path}/Messages", Body=text)


async def query(api: AccountClient, sql: str) -> list[Any]:
    async with api.parlour.inside.database.session() as reading:
        return await reading.fetch(sql)


async def until(api: AccountClient, sql: str, wanted: list[Any], *, waking: str | None = None) -> None:
    """Returns when the rows of *sql* are those. A loop named *waking* is woken until then: one that is still busy when
    it is woken does not see what has become due."""
    async with asyncio.timeout(60):
        while [tuple(row) for row in await query(api, sql)] != wanted:
            if waking is not None:
                api.parlour.inside.signals.wake(waking)


STATES = "select payload->>'text', state, attempts from deliveries order by number"
IS_ONE_DELIVERED = "select exists (select from deliveries where state = 'delivered')"
TRIED = "select attempt, is_delivered from effects order by attempt"


async def test_a_change_without_webhooks_is_delivered_at_once_and_in_order(
    own_api: AccountClient, recorder: Recorder
) -> None:
    path = await room(own_api)
    async with delivering(own_api.parlour.inside, recorder):
        await say(own_api, path, "one", "two", "three")
        assert await recorder.take(3) == ["one", "two", "three"]
        await until(own_api, STATES, [(text, "delivered", 1) for text in ("one", "two", "three")])
    (row,) = await query(own_api, "select verdict, status, record from attempts where number = 0 limit 1")
    assert (row["verdict"], row["status"], list(row["record"])) == ("delivered", 1, ["dialled"])


async def test_what_is_no_webhook_is_not_shown_as_one(own_api: AccountClient, recorder: Recorder) -> None:
    async with delivering(own_api.parlour.inside, recorder):
        await say(own_api, await room(own_api), "one")
        await until(own_api, STATES, [("one", "delivered", 1)])
    assert (await own_api.get(DELIVERIES)).rows == []
    (row,) = await query(own_api, "select sid from deliveries")
    assert (await own_api.get(f"{DELIVERIES}/{row['sid']}")).status == 404
    assert (await own_api.post(f"{DELIVERIES}/{row['sid']}/Replay")).status == 404


async def test_a_process_without_the_output_leaves_its_lanes_alone(own_api: AccountClient, recorder: Recorder) -> None:
    inside = own_api.parlour.inside
    recorder.is_there.clear()
    async with delivering(inside, recorder):
        await say(own_api, await room(own_api), "one")
        await recorder.next()
    # That process has ended and given the lane back; the server goes on with webhooks only.
    await query(own_api, "update delivery_lanes set due_at = now() - interval '1 hour'")
    async with inside.database.session() as reading:
        now = inside.clock.now()
        claims = await lanes.claim(reading, now, "me", limit=9, busy=[], audiences=[Audience.WEBHOOK])
        assert claims == []
        assert len(await lanes.claim(reading, now, "me", limit=9, busy=[], audiences=[Audience.CARRIER])) == 1


async def test_an_attempt_and_what_follows_from_it_are_kept_together_or_not_at_all(
    own_api: AccountClient, recorder: Recorder
) -> None:
    inside = own_api.parlour.inside
    recorder.on_settle = RuntimeError("what follows cannot be written")
    async with delivering(inside, recorder) as first:
        await say(own_api, await room(own_api), "one")
        await recorder.next()
        async with asyncio.timeout(60):
            while first.busy:
                await query(own_api, "select 1")
        assert await query(own_api, TRIED) == await query(own_api, "select from attempts") == []
    recorder.on_settle = None
    async with delivering(inside, recorder):
        assert await recorder.next() == "one", "nothing of it was kept, so it is sent again"
        await until(own_api, TRIED, [(0, True)])
        assert len(await query(own_api, "select from attempts")) == 1


async def test_another_process_takes_over_and_effects_come_once(own_api: AccountClient, recorder: Recorder) -> None:
    inside = own_api.parlour.inside
    late, quick = recorder, Recorder(own_api.parlour.clock)
    late.is_there.clear()
    relay, slow = (
        Relay(inside, late),
        Deliverer(inside, {late.audience: late}, Notice(inside.metrics, access_log=False)),
    )
    await relay.run_once()
    await say(own_api, await room(own_api), "one", "two")
    while await relay.run_once():
        pass
    await slow.run_once()
    assert await late.next() == "one"
    await query(own_api, "update delivery_lanes set claimed_until = clock_timestamp() - interval '1 second'")
    async with delivering(inside, quick, relays=False):
        assert await quick.take(2) == ["one", "two"]
        await until(own_api, STATES, [("one", "delivered", 1), ("two", "delivered", 1)])
    late.refuses = {"one"}
    late.is_there.set()  # it was thought to be dead, and has something else to say now
    async with asyncio.timeout(60):
        while slow.busy:
            await query(own_api, "select 1")
    await slow.close()
    assert [tuple(row) for row in await query(own_api, TRIED)] == [(0, True), (0, True)], "one for each message"
    assert [tuple(row) for row in await query(own_api, STATES)] == [("one", "delivered", 1), ("two", "delivered", 1)]


async def test_without_any_ahead_an_attempt_is_kept_before_the_next_is_made(
    own_api: AccountClient, recorder: Recorder
) -> None:
    recorder.has_effects = False
    inside = own_api.parlour.inside
    path = await room(own_api)
    recorder.is_there.clear()
    async with delivering(inside, recorder):
        await say(own_api, path, "zero")
        await recorder.next()
        await say(own_api, path, "one", "two")
        await until(own_api, "select count(*) from deliveries", [(3,)])
        recorder.is_there.set()
        await recorder.next()
        await recorder.next()
        kept = await query(own_api, "select from deliveries where state = 'delivered'")
        assert len(kept) >= 2, "of three the first two are kept before the third is sent"


async def test_what_was_refused_is_tried_again_before_what_comes_later(
    own_api: AccountClient, recorder: Recorder
) -> None:
    clock = own_api.parlour.clock
    clock.freeze()
    recorder.refuses = {"one"}
    async with delivering(own_api.parlour.inside, recorder):
        await say(own_api, await room(own_api), "one", "two")
        assert await recorder.next() == "one"
        await until(own_api, TRIED, [(0, False)])
        recorder.refuses.clear()
        clock.advance(PAUSE)
        own_api.parlour.inside.signals.wake(DELIVER)
        assert await recorder.take(2) == ["one", "two"]
        await until(own_api, STATES, [("one", "delivered", 2), ("two", "delivered", 1)])


async def test_lanes_wait_apart_for_a_receiver_that_is_away(own_api: AccountClient, recorder: Recorder) -> None:
    clock, signals = own_api.parlour.clock, own_api.parlour.inside.signals
    clock.freeze()
    recorder.is_away = True
    async with delivering(own_api.parlour.inside, recorder):
        for number in range(5):
            await say(own_api, await room(own_api), f"to {number}")
        await recorder.take(5)
        await until(own_api, "select count(*) from delivery_lanes where away_since is not null", [(5,)])
        clock.advance(PAUSE)
        signals.wake(DELIVER, PROBE)
        await recorder.take(lanes.PROBES)
        await until(own_api, "select sum(attempts)::int from deliveries", [(5 + lanes.PROBES,)])
        recorder.is_away = False
        clock.advance(PAUSE)
        await until(own_api, IS_ONE_DELIVERED, [(True,)], waking=PROBE)
        assert len(set(await recorder.take(5))) == 5, "the first that is answered wakes all"
        await until(own_api, "select distinct state from deliveries", [("delivered",)])


async def test_a_replay_goes_to_where_its_target_is_now(own_api: AccountClient, recorder: Recorder) -> None:
    inside = own_api.parlour.inside
    async with delivering(inside, recorder):
        await say(own_api, await room(own_api), "kept")
        await say(own_api, await room(own_api), "lost")
        await recorder.take(2)
        await until(own_api, "select distinct state from deliveries", [("delivered",)])
        async with inside.database.session() as reading:
            rows = await reading.fetch(f"select {deliveries.DELIVERY} from deliveries order by number")
        before = [Delivery(*row) for row in rows]
        recorder.gone = {before[1].target}
        async with inside.transaction(Scope(own_api.account, None), SYSTEM) as tx:
            (planned,) = await replay({Audience.CARRIER: recorder}, tx, before, "RQ1")
        inside.signals.wake(DELIVER)
        assert await recorder.next() == "kept"
        assert (planned.replay_of, planned.request_sid) == (before[0].sid, "RQ1")
        await until(own_api, STATES, [(text, "delivered", 1) for text in ("kept", "lost", "kept")])


async def test_what_is_done_is_forgotten_when_its_time_is_over(own_api: AccountClient, recorder: Recorder) -> None:
    inside, clock = own_api.parlour.inside, own_api.parlour.clock
    async with delivering(inside, recorder):
        await say(own_api, await room(own_api), "one")
        await until(own_api, STATES, [("one", "delivered", 1)])
    clock.advance(timedelta(days=3))
    while await forget(inside):
        pass
    for table in ("deliveries", "attempts", "delivery_lanes"):
        assert await query(own_api, f"select from {table}") == []


async def test_an_output_that_is_slow_loses_nothing(own_api: AccountClient, recorder: Recorder) -> None:
    """Webhooks go on, facts get old, and what the recorder has not read yet stays."""
    inside, clock = own_api.parlour.inside, own_api.parlour.clock
    async with delivering(inside, recorder):
        pass
    await say(own_api, await room(own_api), "one", "two", "three")
    clock.advance(timedelta(days=10))
    while await forget(inside):
        pass
    async with delivering(inside, recorder):
        assert await recorder.take(3) == ["one", "two", "three"]
        await until(own_api, STATES, [(text, "delivered", 1) for text in ("one", "two", "three")])
        while await forget(inside):
            pass
    async with inside.database.session() as reading:
        assert (await log.read(reading, log.BEGINNING, account=own_api.account)).events == []


async def test_attempts_are_counted_and_shown_live(own_api: AccountClient, recorder: Recorder) -> None:
    inside = own_api.parlour.inside
    await inside.live.look_on(own_api.account)
    async with delivering(inside, recorder):
        await say(own_api, await room(own_api), "one")
        await until(own_api, STATES, [("one", "delivered", 1)])
        await scraped_until(
            own_api,
            lambda found: total(found, "parlour_webhook_calls_total", kind="recorder", verdict="delivered") == 1,
        )
        async with asyncio.timeout(60):
            while not (lines := await query(own_api, "select line from tail_lines where line->>'kind' = 'delivery'")):
                pass
    line = lines[0]["line"]
    assert line["phone"].startswith("phone of CH")
    assert (line["state"], line["status"], line["attempt"]) == ("delivered", 1, 0)


async def test_what_became_of_it_is_explained_in_the_words_of_its_output(
    own_api: AccountClient, recorder: Recorder
) -> None:
    inside = own_api.parlour.inside
    path = await room(own_api)
    async with delivering(inside, recorder):
        await say(own_api, path, "one")
        await until(own_api, STATES, [("one", "delivered", 1)])
    (row,) = await query(own_api, "select sid, subject_sid, target from deliveries")
    work = Work(inside, Scope(own_api.account, None), SYSTEM, outputs={recorder.audience: recorder})
    whole = [each.text for each in (await explanations.fetch(work, ExplanationQuery(sid=row["sid"]))).sentences]
    assert whole == [f"{row['target']}: delivered", "dialled: delivered"]
    life = [each.text for each in (await explanations.fetch(work, ExplanationQuery(sid=row["subject_sid"]))).sentences]
    assert life[0] == f"It is for the {row['target']}."
    assert life[1].startswith("MessageAdded on ")
    assert life[2] == f"The {row['target']} heard of it 1 times."
