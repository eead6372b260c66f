"""Databases: the PostgreSQL of the benchmarks, durable as parlour's own always is, and filled databases in it."""

import hashlib
from contextlib import AbstractAsyncContextManager
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import msgspec

from benchmarks import filling
from benchmarks.filling import fill
from parlour.composition.node import open_node
from parlour.resources.services.actions import first_account, resolve
from parlour.runtime.node import Node
from parlour.settings import settings_of
from parlour.storage.migrations import migrate, script

ACCOUNT = "AC" + "b" * 32
TOKEN = "benchmark-" * 3
KEY = "YmVuY2htYXJrYmVuY2htYXJrYmVuY2htYXJrYmVuY2g="


class Filled(msgspec.Struct, frozen=True):
    """A database with so many conversations in the default service of the one account."""

    url: str
    service_sid: str
    conversations: int


def node_of(url: str) -> AbstractAsyncContextManager[Node]:
    """The parts of a parlour on the database, without the server."""
    return open_node(settings_of(database_url=url, secret_key=KEY))


async def filled(
    server: str, conversations: int, *, fresh: bool = False, name: str = "lists", extended: bool = False
) -> Filled:
    """The database of that size, made unless it is there from an earlier run; *fresh*: made in any case."""
    kind = f"bench_{name}_{conversations}"
    database = f"{kind}_{_digest()}"
    url = _at(server, database)
    if fresh or not await _exists(server, database):
        for old in await _databases(server, kind + "\\_%"):  # of an earlier schema, or cut short
            await _run(server, f"drop database {old} with (force)")
        making = f"{kind}_making"
        await _run(server, f"create database {making}")
        await migrate(_at(server, making))
        await fill(_at(server, making), await service_of(_at(server, making)), conversations, extended=extended)
        await _run(server, f"alter database {making} rename to {database}")
    return Filled(url, await service_of(url), conversations)


async def empty(server: str, name: str) -> str:
    """The URL of a new database without a schema."""
    await _run(server, f"drop database if exists bench_{name} with (force)", f"create database bench_{name}")
    return _at(server, f"bench_{name}")


async def settle(url: str) -> None:
    """What was written before is on disk, so that no measurement pays for it."""
    connection = await asyncpg.connect(url, user="postgres")
    try:
        await connection.execute("checkpoint")
    finally:
        await connection.close()


async def count_messages(url: str) -> int:
    """How many messages the database holds."""
    connection = await asyncpg.connect(url)
    try:
        count: int = await connection.fetchval("select count(*) from messages")
        return count
    finally:
        await connection.close()


async def service_of(url: str) -> str:
    """The SID of the default service of the account, which is made if need be."""
    async with node_of(url) as node:
        await first_account(node, ACCOUNT, TOKEN)
        return (await resolve(node, ACCOUNT, None)).service or ""


def _digest() -> str:
    """What changes when the schema or the filling does, so that old databases are not taken for new ones."""
    return hashlib.sha256((script(None) + filling.STATEMENTS).encode()).hexdigest()[:8]


def _at(server: str, database: str) -> str:
    return urlunsplit(urlsplit(server)._replace(path=f"/{database}"))


async def _exists(server: str, database: str) -> bool:
    return database in await _databases(server, database)


async def _databases(server: str, pattern: str) -> list[str]:
    connection = await asyncpg.connect(server)
    try:
        rows = await connection.fetch("select datname from pg_database where datname like $1", pattern)
        return [row[0] for row in rows]
    finally:
        await connection.close()


async def _run(server: str, *statements: str) -> None:
    connection = await asyncpg.connect(server)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()
