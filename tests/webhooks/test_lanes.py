"""Lanes: what is sent at the same time and what waits, when it is tried again, and whom a slow receiver holds up."""

import asyncio
import gc
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from aiohttp import web

from parlour.contract.delivery import Delivery, DeliveryState
from parlour.contract.output import Output, Sent
from parlour.core.actor import SYSTEM
from parlour.core.errors import Unavailable
from parlour.core.scope import Scope
from parlour.delivery import deliverer, keeping
from parlour.delivery.queries import deliveries, lanes
from parlour.outbound import client
from parlour.outbound.client import Exchange, Fault
from parlour.outbound.guard import Guard
from parlour.runtime.metrics import LANES
from parlour.runtime.node import Node
from parlour.storage.transaction import Record, Transaction
from parlour.webhooks import retrying
from parlour.webhooks.output import Webhooks
from parlour.webhooks.plan import Planner
from parlour.webhooks.request import SignedRequest, attempt, prepare
from parlour.webhooks.retrying import Retrying
from parlour.webhooks.secrets import SigningSecrets
from tests.account_client import AccountClient, new_account
from tests.database import migrated_database
from tests.metrics import scraped_until, total
from tests.receiver import Received, Receiver, Reply, receiving
from tests.server import MovableClock, serving
from tests.webhooks.conftest import attempted, listen, loudly, made, replying


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow machine makes no call time out, and no claim run out: what is deaf here stays so until it is told."""
    monkeypatch.setattr(client, "CALL_TIMEOUT_SECONDS", 100.0)
    monkeypatch.setattr(lanes, "CLAIM_SECONDS", 200)


@asynccontextmanager
async def deaf(receiver: Receiver) -> AsyncIterator[asyncio.Event]:
    """A receiver that answers nothing during the block, unless the event is set."""
    over = asyncio.Event()

    async def wait(received: Received) -> web.StreamResponse:
        await over.wait()
        return web.Response()

    receiver.reply = wait
    try:
        yield over
    finally:
        over.set()


async def test_a_slow_receiver_does_not_hold_up_another(api: AccountClient, receiver: Receiver) -> None:
    await listen(api, receiver.url + "/slow")
    path = f"/Conversations/{(await api.made('/Conversations'))['sid']}"
    async with receiving() as quick, deaf(receiver):
        scoped = {"Configuration.Url": quick.url, "Configuration.Filters": ["onMessageAdded"]}
        await api.made(f"{path}/Webhooks", Target="webhook", **scoped)
        for body in ("one", "two"):
            await made(api, f"{path}/Messages", Body=body)
        assert (await receiver.next()).parameters["Body"] == "one"
        assert [each.parameters["Body"] for each in await quick.take(2)] == ["one", "two"]
        assert receiver.is_idle, "one at a time, the first waits"
    assert (await receiver.next()).parameters["Body"] == "two"


async def test_conversations_do_not_wait_for_each_other(told: AccountClient, receiver: Receiver) -> None:
    async with deaf(receiver):
        for name in ("one", "two", "three"):
            await made(told, "/Conversations", FriendlyName=name)
        names = {each.parameters["FriendlyName"] for each in await receiver.take(3)}
        assert names == {"one", "two", "three"}


async def test_a_slow_receiver_with_many_conversations_leaves_room_for_others(
    api: AccountClient, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliverer, "MAX_LANES", 6)
    monkeypatch.setattr(deliverer, "MAX_PER_RECEIVER", 3)
    monkeypatch.setattr(deliverer, "CLAIM_BATCH", 2)
    await listen(api, receiver.url)
    async with receiving() as quick, deaf(receiver):
        for number in range(12):
            await made(api, "/Conversations", FriendlyName=str(number))
        await receiver.take(3)
        while len(await api.listed("/parlour/v1/Webhooks/Deliveries")) < 12:
            pass
        await listen(api, quick.url)
        for number in range(12):
            await made(api, "/Conversations", FriendlyName=str(number))
        assert len(await quick.take(12)) == 12
        assert len(receiver.received) < 6, "the rest of the lanes was never its own"
    names = {each.parameters["FriendlyName"] for each in receiver.received + await receiver.take(9)}
    assert names == {str(number) for number in range(12)}


FAILING: dict[str, tuple[Reply | None, bool]] = {
    "429": (replying(429), True),
    "503": (replying(503), True),
    "504": (replying(504), True),
    "500": (replying(500), False),
    "502": (replying(502), False),
    "404": (replying(404), False),
    "410": (replying(410), False),
    "302": (replying(302, headers={"Location": "/elsewhere"}), False),
    "200": (replying(200), False),
    "204": (replying(204), False),
}


@pytest.mark.parametrize(("reply", "is_retried"), FAILING.values(), ids=FAILING)
async def test_an_answer_is_followed_by_another_try_or_not(
    told: AccountClient, receiver: Receiver, clock: MovableClock, reply: Reply, is_retried: bool
) -> None:
    clock.freeze()
    receiver.reply = reply
    row = await made(told, "/Conversations", FriendlyName="first")
    await receiver.next()
    await attempted(told, 1)
    clock.advance(timedelta(seconds=1))
    await loudly(told, f"/Conversations/{row['sid']}", FriendlyName="second")
    following = await receiver.next()
    assert following.parameters["FriendlyName"] == ("first" if is_retried else "second")
    assert following.parameters["RetryCount"] == ("1" if is_retried else "0")


async def test_no_answer_in_time_is_followed_by_another_try(
    told: AccountClient, receiver: Receiver, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.freeze()
    monkeypatch.setattr(client, "CALL_TIMEOUT_SECONDS", 0.05)
    async with deaf(receiver):
        await made(told, "/Conversations")
        await receiver.next()
        await attempted(told, 1)
    clock.advance(timedelta(seconds=1))
    assert (await receiver.next()).parameters["RetryCount"] == "1"


async def test_a_refused_connection_is_followed_by_another_try(api: AccountClient, clock: MovableClock) -> None:
    clock.freeze()
    async with receiving() as gone:
        await listen(api, gone.url)
    await made(api, "/Conversations")
    for tries, seconds in ((1, 1), (2, 2), (3, 4)):
        await attempted(api, tries)
        (waiting,) = (await api.get("/parlour/v1/Webhooks/Deliveries")).rows
        assert waiting["state"] == "waiting"
        clock.advance(timedelta(seconds=seconds))
    await attempted(api, 4)
    (failed,) = (await api.get("/parlour/v1/Webhooks/Deliveries")).rows
    assert failed["state"] == "failed"


REQUEST = prepare("POST", "https://hooks.example.test/", {}, "token", "token")


def came_back(status: int | None, fault: Fault | None = None) -> Exchange[SignedRequest]:
    return Exchange(REQUEST, status, {}, "", None, 1.0, fault)


@pytest.mark.parametrize("retries", [0, 1, 2, 3])
def test_a_call_is_tried_again_as_often_as_is_set(retries: int) -> None:
    for tries in range(5):
        wanted = DeliveryState.WAITING if tries < retries else DeliveryState.FAILED
        for exchange in (came_back(503), came_back(None, Fault.TIMEOUT), came_back(None, Fault.UNREACHABLE)):
            assert Retrying(retries).outcome(exchange, tries, timedelta()) is wanted
        forbidden = came_back(None, Fault.FORBIDDEN)
        assert Retrying(retries).outcome(forbidden, tries, timedelta()) is DeliveryState.FAILED


def test_tries_are_one_two_and_four_seconds_apart() -> None:
    assert [retrying.pause(tries).total_seconds() for tries in range(3)] == [1, 2, 4]


@pytest.fixture
async def impatient(postgres: str, receiver: Receiver) -> AsyncIterator[AccountClient]:
    """An account, telling the receiver everything, in a parlour that never tries again."""
    async with migrated_database(postgres) as url, serving(url, webhook_retries=0) as parlour:
        api = await new_account(parlour)
        await listen(api, receiver.url)
        yield api


async def test_where_nothing_is_tried_again_the_next_comes_at_once(
    impatient: AccountClient, receiver: Receiver
) -> None:
    receiver.reply = replying(503)
    row = await made(impatient, "/Conversations")
    await loudly(impatient, f"/Conversations/{row['sid']}", FriendlyName="next")
    assert [each.event for each in await receiver.take(2)] == ["onConversationAdded", "onConversationUpdated"]


async def test_a_lane_that_is_due_though_nothing_waits_in_it_is_put_to_rest(
    told: AccountClient, receiver: Receiver
) -> None:
    row = await made(told, "/Conversations")
    await receiver.next()
    await attempted(told, 1)
    async with told.parlour.inside.database.session() as reading:
        await reading.execute("update delivery_lanes set due_at = now() where account_sid = $1", told.account)
        while await reading.fetchval(
            "select due_at < 'infinity' or claimed_until is not null from delivery_lanes where account_sid = $1",
            told.account,
        ):
            pass
    await loudly(told, f"/Conversations/{row['sid']}", FriendlyName="next")
    assert (await receiver.next()).parameters["FriendlyName"] == "next"


async def test_who_was_too_slow_does_not_undo_what_another_has_kept(told: AccountClient, receiver: Receiver) -> None:
    await made(told, "/Conversations")
    await receiver.next()
    await attempted(told, 1)
    (row,) = (await told.get("/parlour/v1/Webhooks/Deliveries")).rows
    inside = told.parlour.inside
    async with inside.database.session() as reading:
        delivery = await deliveries.get(reading, told.account, row["sid"])
    now = inside.clock.now()
    late = attempt(came_back(503), told.account, delivery.sid, 0, "retry", now)
    sent = Sent(attempt=late, state=DeliveryState.WAITING, answer=503, next_at=now)
    before = msgspec.structs.replace(delivery, attempts=0)
    async with client.Client(Guard(allow_private=True)) as unused:
        output = Webhooks(inside.clock, unused, SigningSecrets(inside), Retrying(0), Planner(None))
        await keeping.keep(inside, output, before, sent, leaves=True)
    assert (await told.get(f"/parlour/v1/Webhooks/Deliveries/{delivery.sid}")).row["state"] == "delivered"
    await made(told, "/Conversations", FriendlyName="another")
    assert (await receiver.next()).parameters.get("FriendlyName") == "another"


async def test_two_more_calls_are_made_while_earlier_ones_are_being_kept(
    told: AccountClient, receiver: Receiver
) -> None:
    path = f"/Conversations/{(await told.made('/Conversations'))['sid']}/Messages"
    database = told.parlour.inside.database
    async with deaf(receiver) as over:
        sids = await _claimed_together(told, receiver, path, 4)
        async with database.transaction(Scope(told.account, None), SYSTEM, told.parlour.clock.now(), {}) as tx:
            await tx.execute("select from deliveries where subject_sid = $1 for update", sids[0])
            over.set()
            assert [each.parameters["MessageSid"] for each in await receiver.take(3)] == sids[:3]
            await made(told, "/Conversations", FriendlyName="another")
            assert (await receiver.next()).parameters.get("FriendlyName") == "another", (
                "not the fourth before it is kept"
            )
        assert (await receiver.next()).parameters["MessageSid"] == sids[3]


async def test_a_lane_that_cannot_be_kept_is_left_without_a_sound_of_what_came_after(
    told: AccountClient, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = asyncio.get_running_loop()
    kept: list[asyncio.Future[Record | None]] = []
    really_keep = keeping.keep

    def keep(
        node: Node, output: Output[Transaction], delivery: Delivery, *what: Any, **more: Any
    ) -> asyncio.Future[Record | None]:
        if delivery.subject_sid not in sids:
            return really_keep(node, output, delivery, *what, **more)
        kept.append(loop.create_future())
        for each in kept if len(kept) == Webhooks.max_unconfirmed else []:
            each.set_exception(Unavailable())
        return kept[-1]

    path = f"/Conversations/{(await told.made('/Conversations'))['sid']}/Messages"
    async with deaf(receiver) as over:
        sids = await _claimed_together(told, receiver, path, Webhooks.max_unconfirmed + 2)
        monkeypatch.setattr(keeping, "keep", keep)
        over.set()
        await receiver.take(Webhooks.max_unconfirmed + 1)
        await scraped_until(told, lambda samples: total(samples, LANES.name) == 0)
    with _unheard(loop) as messages:
        kept.clear()
        gc.collect()
    assert messages == []


@contextmanager
def _unheard(loop: asyncio.AbstractEventLoop) -> Iterator[list[str]]:
    """What the loop is told of errors during the block for which nobody asked."""
    messages: list[str] = []
    loop.set_exception_handler(lambda loop, context: messages.append(context["message"]))
    try:
        yield messages
    finally:
        loop.set_exception_handler(None)


async def _claimed_together(told: AccountClient, receiver: Receiver, path: str, number: int) -> list[str]:
    """The SIDs of so many messages whose deliveries wait in one lane behind a receiver that is deaf."""
    await made(told, path, Body="claimed alone, so that the others are claimed together")
    await receiver.next()
    sids = [(await made(told, path, Body=str(each)))["sid"] for each in range(number)]
    async with told.parlour.inside.database.session() as reading:
        planned = "select count(*) from deliveries where account_sid = $1"
        while await reading.fetchval(planned, told.account) <= number:
            pass
    return sids
