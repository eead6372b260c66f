"""A database that takes no writes, as a leader that was demoted: parlour says so, and goes to the new leader."""

import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import cast
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest

from parlour.core.errors import Unavailable
from parlour.storage.database import Database
from parlour.storage.migrations import migrate
from tests.account_client import new_account
from tests.database import bundled_server
from tests.folders import reachable_folder
from tests.server import serving


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[str, str]]:
    """The URLs of two PostgreSQL servers of this module's own."""
    made = [reachable_folder(), reachable_folder()]
    with bundled_server(made[0] / "one") as one, bundled_server(made[1] / "two") as two:
        yield one, two
    for folder in made:
        shutil.rmtree(folder)


async def demote(url: str, *, read_only: bool = True) -> None:
    """The server takes no writes any more, also from those who are connected."""
    connection = await asyncpg.connect(url, user="postgres", database="postgres")
    try:
        value = "on" if read_only else "off"
        await connection.execute("set default_transaction_read_only = off")
        await connection.execute(f"alter system set default_transaction_read_only = {value}")
        await connection.execute("select pg_reload_conf()")
    finally:
        await connection.close()


@asynccontextmanager
async def demoted(url: str) -> AsyncIterator[None]:
    await demote(url)
    try:
        yield
    finally:
        await demote(url, read_only=False)


def both(one: str, two: str) -> str:
    """The URL that names both servers."""
    folders = [parse_qs(urlsplit(url).query)["host"][0] for url in (one, two)]
    return f"postgresql://parlour@/parlour?host={','.join(folders)}&port=5432,5432"


STARTED = "select pg_postmaster_start_time()"
"""By which the servers can be told from each other."""


async def started(url: str) -> datetime:
    connection = await asyncpg.connect(url)
    try:
        return cast(datetime, await connection.fetchval(STARTED))
    finally:
        await connection.close()


async def used_by(database: Database) -> datetime:
    async with database.session() as reading:
        return cast(datetime, await reading.fetchval(STARTED))


async def write(database: Database) -> None:
    async with database.session() as reading:
        await reading.execute("create table if not exists written (number int)")


async def write_until_refused(database: Database) -> None:
    while True:  # the demotion takes a moment
        await write(database)


async def test_writes_are_refused_and_it_is_not_ready_until_the_database_takes_them(servers: tuple[str, str]) -> None:
    await migrate(servers[0])
    async with serving(servers[0]) as parlour:
        api = await new_account(parlour)
        ready = f"{api.url}/readyz"
        assert (await api.post("/Conversations", UniqueName="room")).status == 201
        async with demoted(servers[0]):
            while (await api.send("GET", ready)).status != 503:  # the reload takes a moment
                pass
            assert (await api.post("/Conversations")).refusal == (503, 20503)
            assert (await api.post("/Conversations/room/Messages", Body="x")).refusal == (503, 20503)
            assert (await api.get("/Conversations")).status == 200
        while (await api.send("GET", ready)).status != 200:
            pass
        assert (await api.post("/Conversations")).status == 201
        assert (await api.post("/Conversations/room/Messages", Body="x")).status == 201


async def test_of_several_servers_the_one_that_takes_writes_is_used(servers: tuple[str, str]) -> None:
    one, two = servers
    async with demoted(one), Database(both(one, two), connections=2) as database:
        assert await used_by(database) == await started(two)


async def test_after_a_write_was_refused_the_next_goes_to_the_new_leader(servers: tuple[str, str]) -> None:
    one, two = servers
    async with Database(both(one, two), connections=4) as database:
        async with database.session(), database.session(), database.session():
            assert database.open == 3
        assert await used_by(database) == await started(one)
        async with demoted(one):
            with pytest.raises(Unavailable):
                await write_until_refused(database)
            assert database.open == 0
            await write(database)
            assert await used_by(database) == await started(two)


async def test_without_any_server_that_takes_writes_the_database_is_unavailable(servers: tuple[str, str]) -> None:
    one, two = servers
    async with Database(both(one, two), connections=1) as database, demoted(one), demoted(two):
        with pytest.raises(Unavailable):
            await write_until_refused(database)
        with pytest.raises(Unavailable):
            await database.borrow()
