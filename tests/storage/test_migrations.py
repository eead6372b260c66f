"""Migrations: an empty database becomes the newest one, once, however many try at the same time."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from parlour.storage import migrations
from parlour.storage.migrations import HEAD, current, migrate, script
from tests.database import empty_database


@pytest.fixture
async def empty(postgres: str) -> AsyncIterator[str]:
    async with empty_database(postgres) as url:
        yield url


def test_head_is_the_newest_of_the_scripts() -> None:
    config = Config()
    config.set_main_option("script_location", str(migrations._FOLDER))
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_the_script_from_head_changes_nothing() -> None:
    assert "create" not in script(HEAD).lower()


async def test_an_empty_database_is_brought_to_head_and_then_left_alone(empty: str) -> None:
    assert await migrate(empty) == (None, HEAD)
    assert await migrate(empty) == (HEAD, HEAD)
    connection = await asyncpg.connect(empty)
    assert await current(connection) == HEAD
    assert await connection.fetchval("select count(*) from accounts") == 0
    await connection.close()


async def test_processes_that_migrate_at_once_take_turns(empty: str) -> None:
    outcomes = await asyncio.gather(*(migrate(empty) for _ in range(4)))
    assert sorted(outcomes, key=str) == [(HEAD, HEAD)] * 3 + [(None, HEAD)]


async def test_a_migration_that_fails_leaves_nothing_behind(empty: str) -> None:
    connection = await asyncpg.connect(empty)
    await connection.execute("create table events (id int)")  # in the way of ours
    with pytest.raises(asyncpg.DuplicateTableError):
        await migrate(empty)
    assert await current(connection) is None
    assert await connection.fetchval("select to_regclass('accounts')") is None
    await connection.close()


async def test_every_key_below_a_service_starts_with_the_service(database_url: str) -> None:
    """So that the same tables can be spread over several machines by service."""
    connection = await asyncpg.connect(database_url)
    keys = await connection.fetch(
        """
        select c.conrelid::regclass::text as table, c.conname as name, a.attname as first
        from pg_constraint c
        join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
        where c.contype in ('p', 'u', 'f') and c.connamespace = 'public'::regnamespace
        """
    )
    await connection.close()
    above = {
        "accounts",
        "api_keys",
        "services",
        "credentials",
        "address_configurations",
        "address_pairs",
        "group_address_sets",
        "tallies",
        "alembic_version",
        "log_horizons",
        "log_positions",
        "log_cluster",
        "secret_check",
        "deliveries",
        "delivery_lanes",
        "attempts",
        "tails",
        "virtual_clock",
        "presence_processes",
    }
    below = {key["table"] for key in keys} - above
    assert {"roles", "users", "conversations", "participants", "messages", "events"} <= below
    assert [key["name"] for key in keys if key["table"] in below and key["first"] != "service_sid"] == []
