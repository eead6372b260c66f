"""Transactions: a change and the facts about it are committed together or not at all."""

import asyncio
import json
import secrets
from datetime import UTC, datetime
from typing import Any, ClassVar

import asyncpg
import msgspec
import pytest

from parlour.core.actor import AccountKey, Actor, Source
from parlour.core.errors import ApiError, Conflict, NotFound
from parlour.core.facts import Fact
from parlour.core.scope import Scope
from parlour.core.sids import Prefix, new_sid
from parlour.storage.database import Database
from parlour.storage.transaction import Reactions, Transaction, check_reactions, refusing
from parlour.storage.vault import Vault
from tests.server import KEY

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
ACTOR = Actor(source=Source.API, principal=AccountKey("AC1", "SK1"), asks_webhooks=True)


@pytest.fixture
def scope() -> Scope:
    """A service that nobody else writes about."""
    return Scope(new_sid(Prefix.ACCOUNT), new_sid(Prefix.SERVICE))


class Thing(msgspec.Struct, frozen=True):
    name: str = "é"
    at: datetime = NOW


class ThingAdded(Fact, frozen=True, kw_only=True):
    """A fact about something that carries no number, in a room."""

    thing: Thing = Thing()
    room: str | None = None

    @property
    def conversation_sid(self) -> str | None:
        return self.room


class First(Fact, frozen=True, kw_only=True):
    """A fact about something that carries a number."""

    number: int

    @property
    def event_id(self) -> int:
        return self.number


class Second(Fact, frozen=True, kw_only=True):
    pass


class Third(Fact, frozen=True, kw_only=True):
    pass


class Cause(Fact, frozen=True, kw_only=True):
    pass


class Consequence(Fact, frozen=True, kw_only=True):
    pass


class Unrelated(Fact, frozen=True, kw_only=True):
    pass


class Appended(Fact, frozen=True, kw_only=True):
    """A fact that a statement tells."""

    is_told_by_sql: ClassVar[bool] = True


async def events(database: Database, scope: Scope) -> list[dict[str, Any]]:
    async with database.session() as reading:
        rows = await reading.fetch("select * from events where service_sid = $1 order by id", scope.service)
    return [dict(row) for row in rows]


async def write_account(tx: Transaction, scope: Scope) -> None:
    """With a token that the server of this run can open, since it looks at those of its database when it starts."""
    await tx.execute(
        "insert into accounts (sid, friendly_name, auth_token, created_at, updated_at) values ($1, 'x', $2, $3, $3)",
        scope.account,
        Vault(KEY).encrypt("token"),
        tx.now,
    )


async def accounts(database: Database, scope: Scope) -> int:
    async with database.session() as reading:
        found: int = await reading.fetchval("select count(*) from accounts where sid = $1", scope.account)
    return found


async def test_a_change_and_its_fact_are_committed_together(database: Database, scope: Scope) -> None:
    async with database.transaction(scope, ACTOR, NOW, {}) as tx:
        await write_account(tx, scope)
        await tx.tell(ThingAdded(room="CH1"))
        assert await events(database, scope) == []

    assert await accounts(database, scope) == 1
    (event,) = await events(database, scope)
    assert isinstance(event.pop("xid"), int)
    assert isinstance(event.pop("id"), int)
    assert event == {
        "service_sid": scope.service,
        "account_sid": scope.account,
        "conversation_sid": "CH1",
        "type": "ThingAdded",
        "source": "API",
        "audiences": 1,
        "payload": {"thing": {"name": "é", "at": "2026-05-01T12:00:00Z"}, "room": "CH1"},
        "created_at": NOW,
        "request_sid": None,
        "identity": None,
    }


@pytest.mark.parametrize("error", [NotFound, ValueError, asyncio.CancelledError])
async def test_an_exception_undoes_the_change_and_its_fact(
    database: Database, scope: Scope, error: type[BaseException]
) -> None:
    async def change() -> None:
        async with database.transaction(scope, ACTOR, NOW, {}) as tx:
            await write_account(tx, scope)
            await tx.tell(ThingAdded())
            raise error

    with pytest.raises(error):
        await change()
    assert await accounts(database, scope) == 0
    assert await events(database, scope) == []


async def test_facts_keep_their_order_and_the_numbers_they_bring(database: Database, scope: Scope) -> None:
    async with database.session() as reading:
        first = await reading.fetchval("select nextval('event_ids')")
    async with database.transaction(scope, ACTOR, NOW, {}) as tx:
        await tx.tell(First(number=first), Second())
        await tx.tell(Third())
    told = await events(database, scope)
    assert [event["type"] for event in told] == ["First", "Second", "Third"]
    assert told[0]["id"] == first


async def test_what_is_told_within_another_scope_belongs_to_that(database: Database, scope: Scope) -> None:
    other = Scope(scope.account, new_sid(Prefix.SERVICE))
    async with database.transaction(scope, ACTOR, NOW, {}) as tx:
        with tx.within(other):
            await tx.tell(ThingAdded())
    assert await events(database, scope) == []
    assert len(await events(database, other)) == 1


async def test_without_facts_nothing_is_sent_to_the_log(database: Database, scope: Scope) -> None:
    sent: list[str] = []
    database.on_statement = sent.append
    try:
        async with database.transaction(scope, ACTOR, NOW, {}) as tx:
            await write_account(tx, scope)
    finally:
        database.on_statement = None
    assert len(sent) == 1


async def test_reactions_are_part_of_the_transaction_and_may_tell_more(database: Database, scope: Scope) -> None:
    seen: list[tuple[Scope, type[Fact]]] = []

    async def follow(tx: Transaction, seen_scope: Scope, told: Fact) -> None:
        seen.append((seen_scope, type(told)))
        await tx.tell(Consequence())

    async def note(tx: Transaction, seen_scope: Scope, told: Fact) -> None:
        seen.append((seen_scope, type(told)))
        await write_account(tx, scope)

    reactions: Reactions = {Cause: [follow], Consequence: [note]}
    async with database.transaction(scope, ACTOR, NOW, reactions) as tx:
        await tx.tell(Cause(), Unrelated())

    assert seen == [(scope, Cause), (scope, Consequence)]
    assert sorted(event["type"] for event in await events(database, scope)) == ["Cause", "Consequence", "Unrelated"]
    assert await accounts(database, scope) == 1


async def test_a_reaction_that_fails_undoes_everything(database: Database, scope: Scope) -> None:
    async def refuse(tx: Transaction, seen_scope: Scope, told: Fact) -> None:
        raise Conflict

    async def change() -> None:
        async with database.transaction(scope, ACTOR, NOW, {Cause: [refuse]}) as tx:
            await write_account(tx, scope)
            await tx.tell(Cause())

    with pytest.raises(Conflict):
        await change()
    assert await accounts(database, scope) == 0
    assert await events(database, scope) == []


def test_a_reaction_to_a_fact_that_a_statement_tells_is_refused() -> None:
    async def react(tx: Transaction, scope: Scope, told: Fact) -> None: ...

    check_reactions({Cause: [react]})
    with pytest.raises(ValueError, match="react to Appended"):
        check_reactions({Appended: [react]})


async def write_twice(database: Database, scope: Scope, **refusals: ApiError) -> None:
    async with database.transaction(scope, ACTOR, NOW, {}) as tx:
        await write_account(tx, scope)
        with refusing(**refusals):
            await write_account(tx, scope)


async def test_a_named_constraint_becomes_its_refusal(database: Database, scope: Scope) -> None:
    with pytest.raises(Conflict):
        await write_twice(database, scope, accounts_pkey=Conflict())
    assert await accounts(database, scope) == 0


async def test_a_constraint_without_a_refusal_stays_what_it_is(database: Database, scope: Scope) -> None:
    with pytest.raises(asyncpg.UniqueViolationError):
        await write_twice(database, scope, another_constraint=Conflict())


async def test_json_comes_back_as_it_went_in(database: Database) -> None:
    value = {"a": [1, 2.5, None, True, "é\n😀"], "b": {"c": secrets.token_hex(500)}}
    async with database.session() as reading:
        assert await reading.fetchval("select $1::jsonb", value) == value
        assert json.loads(await reading.fetchval("select $1::jsonb::text", value)) == value
