"""``parlour seed``: its rows are those that calls would have made, the same each time, as many as were asked for."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from parlour.cli.sample import Recipe
from parlour.cli.seed import home_in, store
from parlour.core.sids import Prefix, is_sid
from parlour.resources.catalogue import TABLES as EVERY_TABLE
from parlour.storage.migrations import migrate
from parlour.storage.seeding import BULK_LOAD_ROWS
from tests.account_client import AccountClient
from tests.cli.running import RunCommand

TABLES = [table.name for table in EVERY_TABLE if table.is_seeded]

Tables = dict[str, list[dict[str, Any]]]

SMALL = Recipe(30, 6, 5, 3, 0.4, 7, datetime(2025, 3, 1, tzinfo=UTC))


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[Any]:
    """A connection to the database of the shared parlour."""
    made = await asyncpg.connect(database_url)
    yield made
    await made.close()


async def fill(api: AccountClient, recipe: Recipe) -> None:
    """The account's default service holds the sample."""
    inside = api.parlour.inside
    await store(inside.database.url, recipe, await home_in(inside, api.account, None))


async def tables(connection: Any, service_sid: str) -> Tables:
    """All rows of the service, in the order of their making."""
    order = {
        "address_pairs": "participant_sid",
        "conversation_attributes": "conversation_sid",
        "messages": "conversation_sid, index",
    }
    return {
        table: [
            dict(row)
            for row in await connection.fetch(
                f"select * from {table} where service_sid = $1 order by {order.get(table, 'sid')}", service_sid
            )
        ]
        for table in TABLES
    }


def ranked(found: Tables) -> Tables:
    """The same rows with ranks in place of SIDs, moments and event numbers: what must be equal in two worlds."""
    every = [
        (kind, value) for rows in found.values() for row in rows for kind, value in kinds(row) if value is not None
    ]
    ranks = {
        kind: {value: rank for rank, value in enumerate(sorted({value for of, value in every if of == kind}))}
        for kind in {kind for kind, _ in every}
    }
    return {
        table: [
            {
                name: value if kind == "plain" or value is None else ranks[kind][value]
                for name, (kind, value) in zip(row, kinds(row), strict=True)
            }
            for row in rows
        ]
        for table, rows in found.items()
    }


def kinds(row: dict[str, Any]) -> list[tuple[str, Any]]:
    """Of each column, what kind of thing it holds: the prefix of a SID, a moment, an event number, or a plain value."""

    def kind(name: str, value: Any) -> str:
        if name.endswith("sid") and value is not None:
            return str(value[:2])
        return "event" if name.endswith("event_id") else "moment" if name.endswith("_at") else "plain"

    return [(kind(name, value), str(value) if kind(name, value) == "plain" else value) for name, value in row.items()]


async def call_for(api: AccountClient, seeded: Tables) -> None:
    """Makes by calls what was seeded, in the same order."""
    for user in seeded["users"]:
        await api.made("/Users", Identity=user["identity"], FriendlyName=user["friendly_name"])
    for conversation in seeded["conversations"]:
        sid = conversation["sid"]
        given = {"FriendlyName": "friendly_name", "UniqueName": "unique_name", "Attributes": "attributes"}
        form = {name: conversation[column] for name, column in given.items() if conversation[column] is not None}
        path = "/Conversations/" + (await api.made("/Conversations", **form))["sid"]
        inside = [row for row in seeded["participants"] if row["conversation_sid"] == sid]
        made = [(await api.made(f"{path}/Participants", **participant_form(row)))["sid"] for row in inside]
        for message in seeded["messages"]:
            if message["conversation_sid"] == sid:
                await api.made(f"{path}/Messages", Author=message["author"], Body=message["body"])
        for row, participant in zip(inside, made, strict=True):
            if row["last_read_index"] is not None:
                update = await api.post(
                    f"{path}/Participants/{participant}", LastReadMessageIndex=row["last_read_index"]
                )
                assert update.status == 200
        if conversation["state"] != "active":
            assert (await api.post(path, State=conversation["state"])).status == 200


def participant_form(row: dict[str, Any]) -> dict[str, str]:
    if row["identity"] is not None:
        return {"Identity": row["identity"]}
    return {"MessagingBinding.Address": row["address"], "MessagingBinding.ProxyAddress": row["proxy_address"]}


async def test_seeded_rows_are_those_that_calls_would_have_made(
    connection: Any, api: AccountClient, other_api: AccountClient
) -> None:
    await fill(api, SMALL)
    seeded = await tables(connection, api.service)
    await call_for(other_api, seeded)
    called = await tables(connection, other_api.service)
    for table in TABLES:
        assert ranked(seeded)[table] == ranked(called)[table]
    states = {row["state"] for row in seeded["conversations"]}
    types = {row["binding_type"] for row in seeded["participants"]}
    assert (states, types) == ({"active", "inactive", "closed"}, {None, "sms", "whatsapp"})
    assert any(row["last_read_index"] is not None for row in seeded["participants"])


async def test_the_same_seed_gives_the_same_rows_whatever_is_stored_at_a_time(
    connection: Any, api: AccountClient, other_api: AccountClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(api, SMALL)
    monkeypatch.setattr("parlour.cli.seed.COPY_BATCH_ROWS", 40)
    await fill(other_api, SMALL)
    first, second = [await tables(connection, each.service) for each in (api, other_api)]
    for table in TABLES:
        assert [row["sid"] for row in first[table] if "sid" in row] == [
            row["sid"] for row in second[table] if "sid" in row
        ]
    assert ranked(first) == ranked(second)


async def test_seeded_unread_counts_are_those_of_a_plain_count(connection: Any, api: AccountClient) -> None:
    await fill(api, SMALL)
    counted = await connection.fetch(
        """
        select p.identity, p.conversation_sid,
               (select count(*) from messages m where m.service_sid = p.service_sid
                and m.conversation_sid = p.conversation_sid and m.index > p.last_read_index) as unread
        from participants p where service_sid = $1 and last_read_index is not null
        """,
        api.service,
    )
    wanted = {(row["identity"], row["conversation_sid"]): row["unread"] for row in counted}
    shown = {
        (user["identity"], row["conversation_sid"]): row["unread_messages_count"]
        for user in await api.listed("/Users")
        for row in await api.listed(f"/Users/{user['identity']}/Conversations")
        if row["unread_messages_count"] is not None
    }
    assert shown == wanted
    assert len(set(wanted.values())) > 3


async def test_very_many_rows_leave_the_indexes_of_an_empty_database_as_they_were(
    own_database: str, folder: Path, command: RunCommand
) -> None:
    await migrate(own_database)
    before = await secondary(own_database)
    size = ("--conversations", str(BULK_LOAD_ROWS), "--messages-per", "0", "--participants-per", "1")
    variables: dict[str, str | Path] = {"database_url": own_database, "data": folder}
    assert command("seed", *size, "--json", **variables).document["participants"] == BULK_LOAD_ROWS
    assert await secondary(own_database) == before
    assert command("seed", "--seed", "2", "--conversations", "1", **variables).status == 0


async def secondary(url: str) -> list[str]:
    """The definitions of all indexes and constraints."""
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch(
            """
            select indexdef as made from pg_indexes where schemaname = 'public'
            union all
            select format('%s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) from pg_constraint
            order by made
            """
        )
        return [row["made"] for row in rows]
    finally:
        await connection.close()


async def test_the_command_says_what_it_made_and_how_to_ask_for_it(
    own_database: str, folder: Path, command: RunCommand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    variables: dict[str, str | Path] = {"database_url": own_database, "data": folder}
    variables["public_url"] = "https://parlour.example.org"
    size = ("--conversations", "20", "--users", "4", "--messages-per", "3", "--participants-per", "2")
    made = command("seed", *size, **variables)
    assert (made.status, made.err) == (0, "")
    assert made.out.startswith("Made 4 users, 20 conversations, 40 participants, 60 messages in ")
    said = [line for line in made.out.splitlines() if not line.startswith("  curl ")]
    assert max(map(len, said)) <= 80
    assert any(is_sid(word.rstrip("."), Prefix.SERVICE) for line in said for word in line.split()), "it is whole"
    assert "'https://parlour.example.org/v1/ParticipantConversations?Identity=user-1-0'\n" in made.out
    assert "https://parlour.example.org/v1/Users/user-1-0/Conversations\n" in made.out

    again = command("seed", *size, "--json", **variables)
    assert again.status == 1
    assert again.document["error"].startswith("The sample with --seed 1 is here already")


@pytest.mark.parametrize(
    "size",
    [
        pytest.param(("--conversations", "5000", "--participants-per", "1", "--users", "4"), id="too few users"),
        pytest.param(("--participants-per", "5", "--users", "4"), id="more participants than users"),
        pytest.param(("--participants-per", "51", "--channel-share", "0.5"), id="too many addresses"),
        pytest.param(("--channel-share", "1.5"), id="more than all"),
        pytest.param(("--start", "1969-12-31"), id="before the time that SIDs count"),
        pytest.param(("--start", "9000-01-01"), id="at the end of time"),
    ],
)
def test_a_sample_that_calls_could_not_make_is_wrong_usage(command: RunCommand, size: tuple[str, ...]) -> None:
    refused = command("seed", *size, "--data", "/nowhere")
    assert refused.status == 2
    assert refused.err.startswith("parlour: ")
    assert refused.err.count("\n") == 1


async def test_a_service_that_is_not_there_is_told(own_database: str, folder: Path, command: RunCommand) -> None:
    refused = command("seed", "--service", "IS" + "0" * 32, database_url=own_database, data=folder)
    assert refused.status == 1
    assert refused.err.startswith("parlour: There is no service IS0000")
