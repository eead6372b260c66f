"""The PostgreSQL of a test run: parlour's own in a folder that goes away, or the one PARLOUR_DATABASE_URL names."""

import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from parlour.storage.embedded import EmbeddedPostgres
from parlour.storage.migrations import migrate

_templates: dict[str, str] = {}
"""By the URL of a server, its database from which migrated ones are copied."""
_NOT_DURABLE = ("fsync", "synchronous_commit", "full_page_writes")
"""What a database that lives for some minutes can do without."""


@contextmanager
def bundled_server(folder: Path) -> Iterator[str]:
    """The URL of a PostgreSQL in *folder*, which the workers of one test run share; the last one stops it."""
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)  # where the tests run as root, PostgreSQL is another user and has to get in
    with EmbeddedPostgres(folder / "data", base=folder / "base") as url:
        yield url


async def make_careless(url: str) -> None:
    """The server at *url*, one of parlour's own, does not wait for the disk any more."""
    connection = await asyncpg.connect(url, user="postgres", database="postgres")
    try:
        for setting in _NOT_DURABLE:
            await connection.execute(f"alter system set {setting} = off")
        await connection.execute("select pg_reload_conf()")
    finally:
        await connection.close()


@asynccontextmanager
async def migrated_once(server: str) -> AsyncIterator[None]:
    """During the block, migrated databases of the server at *server* are copies, since migrating takes much longer."""
    async with empty_database(server) as url:
        await migrate(url)
        _templates[server] = urlsplit(url).path.removeprefix("/")
        try:
            yield
        finally:
            del _templates[server]


@asynccontextmanager
async def empty_database(server: str, template: str = "template1") -> AsyncIterator[str]:
    """The URL of a new database on the server at *server*, dropped at the end; as empty as *template* is."""
    name = f"parlour_test_{secrets.token_hex(6)}"
    create = f"create database {name} template {template}"
    await _run(server, create, f"alter database {name} set synchronous_commit = off")
    try:
        yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    finally:
        await _drop(server, name)


@asynccontextmanager
async def migrated_database(server: str) -> AsyncIterator[str]:
    """The same with parlour's tables in it."""
    async with empty_database(server, _templates[server]) as url:
        yield url


async def _drop(server: str, name: str) -> None:
    """The database is gone, with the sessions that are still in it.

    race: only a superuser may force out a vacuum that PostgreSQL has just begun by itself; unforced, it gives way.
    """
    try:
        await _run(server, f"drop database {name} with (force)")
    except asyncpg.InsufficientPrivilegeError:
        await _run(
            server,
            f"alter database {name} allow_connections false",  # a server that still runs would come back
            "select pg_terminate_backend(pid, 10000) from pg_stat_activity"
            f" where datname = '{name}' and usename = current_user",
            f"drop database {name}",
        )


async def _run(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()
