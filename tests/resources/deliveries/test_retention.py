"""Housekeeping: what is done and old goes with all that belongs to it; what still waits stays."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from parlour.core.actor import SYSTEM
from parlour.core.audience import Audience
from parlour.core.facts import LoggedEvent
from parlour.core.scope import Scope
from parlour.delivery.retention import forget
from parlour.storage import log
from tests.account_client import AccountClient, new_account
from tests.database import migrated_database
from tests.deliveries import DELIVERIES, recorded
from tests.receiver import Receiver
from tests.server import serving
from tests.webhooks.conftest import be_asked, listen, loudly, made, replying


@pytest.fixture
async def own_api(postgres: str) -> AsyncIterator[AccountClient]:
    """An account in a parlour of its own, whose clock may go far ahead."""
    async with migrated_database(postgres) as url, serving(url, delivery_retention="P2D", event_retention="3") as own:
        yield await new_account(own)


async def tidy(api: AccountClient, days: float = 0) -> None:
    """So many days pass, and what may go then is gone."""
    api.parlour.clock.advance(timedelta(days=days))
    while await forget(api.parlour.inside):
        pass


@asynccontextmanager
async def held(api: AccountClient, sql: str) -> AsyncIterator[None]:
    """Nobody else can lock these rows during the block."""
    inside = api.parlour.inside
    async with inside.transaction(Scope(api.account, None), SYSTEM) as tx:
        assert await tx.fetch(sql)
        yield


async def count(api: AccountClient, table: str) -> int:
    async with api.parlour.inside.database.session() as reading:
        number: int = await reading.fetchval(f"select count(*) from {table} where account_sid = $1", api.account)
    return number


async def facts(api: AccountClient) -> list[LoggedEvent]:
    async with api.parlour.inside.database.session() as reading:
        return (await log.read(reading, log.BEGINNING, account=api.account)).events


async def test_deliveries_go_with_their_attempts_when_their_time_is_over(
    own_api: AccountClient, receiver: Receiver
) -> None:
    await listen(own_api, receiver.url)
    await made(own_api, "/Conversations", FriendlyName="old")
    await recorded(own_api)
    await be_asked(own_api, receiver.url)
    await loudly(own_api, "/Conversations", FriendlyName="asked and told")
    await recorded(own_api, 3)
    await listen(own_api, receiver.url)
    await tidy(own_api, 1.5)
    await made(own_api, "/Conversations", FriendlyName="young")
    assert len(await recorded(own_api, 4)) == await count(own_api, "attempts") == 4
    await tidy(own_api, 1)
    (left,) = (await own_api.get(DELIVERIES)).rows
    assert left["parameters"]["FriendlyName"] == "young"
    assert await count(own_api, "attempts") == 1
    await tidy(own_api, 3)
    assert await count(own_api, "deliveries") == await count(own_api, "attempts") == 0


async def test_what_waits_is_kept_and_sent_however_old_it_is(own_api: AccountClient, receiver: Receiver) -> None:
    receiver.reply = replying(503)
    own_api.parlour.clock.freeze()
    await listen(own_api, receiver.url)
    await made(own_api, "/Conversations")
    await receiver.next()
    async with held(own_api, "select 1 from delivery_lanes where due_at < 'infinity' for update"):
        receiver.reply = None
        await tidy(own_api, 100)
        (waiting,) = (await own_api.get(DELIVERIES)).rows
        assert waiting["state"] == "waiting"
    (row,) = await recorded(own_api)
    assert (row["sid"], row["state"]) == (waiting["sid"], "delivered")
    await tidy(own_api, 1)
    assert await count(own_api, "deliveries") == 1, "its time begins when it is done"
    await tidy(own_api, 2)
    assert await count(own_api, "deliveries") == 0


async def test_lanes_in_which_nothing_waits_go_and_come_back(own_api: AccountClient, receiver: Receiver) -> None:
    await listen(own_api, receiver.url)
    conversation = await made(own_api, "/Conversations")
    await recorded(own_api)
    await tidy(own_api)
    assert await count(own_api, "delivery_lanes") == 0
    await loudly(own_api, f"/Conversations/{conversation['sid']}", FriendlyName="again")
    assert [each.event for each in await receiver.take(2)] == ["onConversationAdded", "onConversationUpdated"]


async def test_facts_go_when_their_time_is_over(own_api: AccountClient) -> None:
    await own_api.made("/Conversations")
    await tidy(own_api, 2)
    await own_api.made("/Users", Identity="dana")
    assert len(await facts(own_api)) > 1
    await tidy(own_api, 2)
    assert [fact.type for fact in await facts(own_api)] == ["UserAdded"]
    await tidy(own_api, 2)
    assert await facts(own_api) == []


async def test_a_fact_that_webhooks_are_still_to_be_told_of_stays(own_api: AccountClient, receiver: Receiver) -> None:
    await listen(own_api, receiver.url)
    async with held(own_api, "select 1 from log_positions for update"):
        await own_api.made("/Users", Identity="dana")
        await made(own_api, "/Conversations")
        await tidy(own_api, 10)
        assert [fact.type for fact in await facts(own_api)] == ["ConversationAdded"]
    await receiver.next()
    await recorded(own_api)
    await tidy(own_api)
    assert await facts(own_api) == []


async def test_a_reader_that_is_slow_loses_nothing_of_what_its_audience_learns(own_api: AccountClient) -> None:
    """Nobody asked for webhooks, so that only this reader is waited for."""
    inside = own_api.parlour.inside
    conversation = (await own_api.made("/Conversations"))["sid"]
    async with inside.transaction(Scope("", None), SYSTEM) as tx:
        await log.resume(tx, Audience.CARRIER)
    for body in ("one", "two", "three"):
        await own_api.made(f"/Conversations/{conversation}/Messages", Body=body)
    await own_api.made("/Users", Identity="dana")
    await tidy(own_api, 10)
    bodies: list[str] = []
    while len(bodies) < 3:
        async with inside.transaction(Scope("", None), SYSTEM) as tx:
            batch = await log.read(tx, await log.resume(tx, Audience.CARRIER), limit=2, audience=Audience.CARRIER)
            await log.remember(tx, Audience.CARRIER, batch.position)
        bodies += [event.payload["message"]["body"] for event in batch.events]
        await tidy(own_api)
    assert bodies == ["one", "two", "three"]
    async with inside.transaction(Scope("", None), SYSTEM) as tx:
        batch = await log.read(tx, await log.resume(tx, Audience.CARRIER), audience=Audience.CARRIER)
        await log.remember(tx, Audience.CARRIER, batch.position)
    await tidy(own_api)
    assert await facts(own_api) == [], "then nobody is waited for"


async def test_a_reader_starts_where_it_came_first(own_api: AccountClient) -> None:
    inside = own_api.parlour.inside
    found: list[LoggedEvent] = []
    for _ in range(2):
        async with inside.transaction(Scope("", None), SYSTEM) as tx:
            position = await log.resume(tx, Audience.CARRIER)
            found = (await log.read(tx, position, audience=Audience.CARRIER)).events
        conversation = (await own_api.made("/Conversations"))["sid"]
        await own_api.made(f"/Conversations/{conversation}/Messages", Body="hello")
    assert [event.type for event in found] == ["MessageAdded"], "what came before it was known is not its business"
