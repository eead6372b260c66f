"""Examines a database from outside, before a process is opened on it: whether it can be reached, and what it is."""

import asyncpg
import msgspec

from parlour.storage.clusters import IS_FOREIGN
from parlour.storage.connect import Connector, Limits, close
from parlour.storage.key_check import has_secrets
from parlour.storage.migrations import HEAD, current

MIN_POSTGRES_MAJOR = 15
"""The oldest major version of PostgreSQL that parlour's SQL runs on."""


class DatabaseUnusable(Exception):
    """The database cannot be reached or is too old; the message says why and how to mend it."""


class DatabaseState(msgspec.Struct, frozen=True):
    """What a database says about itself."""

    version: str
    """Of PostgreSQL, such as ``18.1``."""
    major: int
    max_connections: int
    """Those of the server that are not reserved for its superuser."""
    revision: str | None
    """The schema's; None in an empty database."""
    is_foreign: bool = False
    """Whether the event log came from another cluster and is to be adopted; known of the newest schema only."""
    has_secrets: bool = False
    """Whether it holds what only one key opens; known of the newest schema only."""


async def inspect(url: str) -> DatabaseState:
    """What the database at *url* says about itself; raises DatabaseUnusable."""
    try:
        connection = await Connector(url, Limits()).connect()
    except ValueError as error:
        raise DatabaseUnusable(f"The database URL cannot be read: {error}.") from None
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise DatabaseUnusable(
            f"The database cannot be reached: {str(error) or type(error).__name__}. Check the database URL,"
            " and that PostgreSQL runs and lets this user in."
        ) from None
    try:
        number = int(await connection.fetchval("show server_version_num"))
        limit = int(await connection.fetchval("show max_connections"))
        reserved = int(await connection.fetchval("show superuser_reserved_connections"))
        shown = f"{number // 10000}.{number % 10000}"
        revision = await current(connection)
        found = DatabaseState(shown, number // 10000, limit - reserved, revision)
        if revision != HEAD:
            return found
        is_foreign = await connection.fetchval(f"select {IS_FOREIGN}")
        return msgspec.structs.replace(found, is_foreign=is_foreign, has_secrets=await has_secrets(connection))
    finally:
        await close(connection)


def check_version(state: DatabaseState) -> None:
    """Raises DatabaseUnusable if its PostgreSQL is older than parlour's SQL needs."""
    if state.major < MIN_POSTGRES_MAJOR:
        raise DatabaseUnusable(
            f"The database is PostgreSQL {state.version}; parlour needs {MIN_POSTGRES_MAJOR} or newer. Upgrade it, or"
            " leave database_url away: parlour then starts a PostgreSQL of its own."
        )
