"""Steps of the schema that PostgreSQL refuses to run in a transaction, such as building an index beside writers."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from parlour.storage import migrations
from parlour.storage.connect import UNREACHABLE
from parlour.storage.migrations import current, migrate
from tests.database import empty_database

BEFORE = migrations.HEAD
OUTSIDE, AFTER = f"{int(BEFORE) + 1:04}", f"{int(BEFORE) + 2:04}"
STEP = """
revision = "{revision}"
down_revision = "{before}"
{declared}

def upgrade():
    {upgrade}
"""
STATEMENTS = (
    "drop index concurrently if exists beside_writers",
    "create unique index concurrently beside_writers on accounts (sid)",
)

BUILDER = """
select pid from pg_stat_activity
where datname = current_database() and wait_event_type = 'Lock' and query like 'create unique index concurrently%'
"""
PATIENCE_SECONDS = 60


@pytest.fixture
async def database(postgres: str) -> AsyncIterator[str]:
    """The URL of a database at the newest revision that there really is."""
    async with empty_database(postgres) as url:
        await migrate(url)
        yield url


@pytest.fixture
def _two_more_steps(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first of them runs outside a transaction, the second in one."""
    folder = tmp_path / "migrations"
    shutil.copytree(migrations._FOLDER, folder)
    for revision, before, declared, upgrade in (
        (OUTSIDE, BEFORE, f"OUTSIDE_TRANSACTION = {STATEMENTS!r}", "pass"),
        (AFTER, OUTSIDE, "from alembic import op", 'op.execute("create table after_the_index (id int)")'),
    ):
        step = STEP.format(revision=revision, before=before, declared=declared, upgrade=upgrade)
        (folder / "versions" / f"{revision}_more.py").write_text(step)
    monkeypatch.setattr(migrations, "_FOLDER", folder)
    monkeypatch.setattr(migrations, "HEAD", AFTER)


async def is_valid(connection: asyncpg.Connection) -> bool | None:
    """Whether the index is complete; None where there is none."""
    valid: bool | None = await connection.fetchval(
        "select indisvalid from pg_index where indexrelid = to_regclass('beside_writers')"
    )
    return valid


@pytest.mark.usefixtures("_two_more_steps")
async def test_an_index_is_built_outside_and_the_steps_after_it_follow(database: str) -> None:
    assert await migrate(database) == (BEFORE, AFTER)
    connection = await asyncpg.connect(database)
    assert await is_valid(connection)
    assert await connection.fetchval("select count(*) from after_the_index") == 0
    await connection.close()
    assert await migrate(database) == (AFTER, AFTER)


@pytest.mark.usefixtures("_two_more_steps")
async def test_an_empty_database_takes_all_steps_in_their_order(postgres: str) -> None:
    async with empty_database(postgres) as url:
        assert await migrate(url) == (None, AFTER)
        connection = await asyncpg.connect(url)
        assert await is_valid(connection)
        await connection.close()


@pytest.mark.usefixtures("_two_more_steps")
async def test_a_build_that_was_cut_off_is_begun_again(database: str) -> None:
    writer, observer = await asyncpg.connect(database), await asyncpg.connect(database)
    async with writer.transaction():
        await writer.execute("update accounts set sid = sid where false")  # the build waits for its lock on the table
        migration = asyncio.create_task(migrate(database))
        await observer.execute("select pg_terminate_backend($1)", await waiting_builder(observer))
        with pytest.raises(UNREACHABLE):
            await migration
    assert await is_valid(observer) is False
    assert await current(observer) == BEFORE
    assert await migrate(database) == (BEFORE, AFTER)
    assert await is_valid(observer)
    await asyncio.gather(writer.close(), observer.close())


async def waiting_builder(connection: asyncpg.Connection) -> int:
    """The process of the database that waits to build the index, as soon as there is one."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (pid := await connection.fetchval(BUILDER)) is None:
            pass
    return int(pid)


@pytest.mark.usefixtures("_two_more_steps")
async def test_processes_that_migrate_at_once_do_not_wait_for_each_other_in_a_circle(database: str) -> None:
    outcomes = await asyncio.gather(*(migrate(database) for _ in range(4)))
    assert sorted(outcomes) == [(BEFORE, AFTER)] + [(AFTER, AFTER)] * 3
