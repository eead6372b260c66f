"""The schema's history: alembic puts the SQL of the missing steps together, asyncpg runs it in one transaction.

Alembic needs no connection for that ("offline mode"), so parlour has one driver and no second way to the database.
"""

import io
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from parlour.storage.clusters import settle, take_turn
from parlour.storage.connect import Connector, close

HEAD = "0013"
"""The newest revision; a test compares it with the scripts. With it an up-to-date database needs no alembic."""

_FOLDER = Path(__file__).parent


class SchemaUnfit(Exception):
    """The database's schema is not this parlour's; the message says which command or parlour is needed."""


def check_schema(revision: str | None) -> None:
    """Raises SchemaUnfit unless the database is at HEAD."""
    if revision is None:
        raise SchemaUnfit("This database holds nothing of parlour yet; to make its tables: parlour migrate")
    check_not_newer(revision)
    if revision != HEAD:
        raise SchemaUnfit(
            f"The schema of this database is {revision}, older than this parlour's {HEAD}; bring it up to date:"
            " parlour migrate"
        )


def check_not_newer(revision: str | None) -> None:
    """Raises SchemaUnfit if a newer parlour has migrated the database."""
    if revision is not None and revision > HEAD:
        raise SchemaUnfit(
            f"The schema of this database is {revision}, newer than this parlour's {HEAD}: a newer parlour has migrated"
            " it, and a parlour as new as that is needed here."
        )


async def current(connection: Any) -> str | None:
    """The revision of the database, or None if it is empty."""
    if await connection.fetchval("select to_regclass('alembic_version')") is None:
        return None
    revision: str | None = await connection.fetchval("select version_num from alembic_version")
    return revision


async def migrate(url: str, then: Callable[[Any], Awaitable[None]] | None = None) -> tuple[str | None, str]:
    """Brings the database at *url* to HEAD, all or nothing; returns the revision before and after.

    A log that came from another cluster is adopted. *then* has the connection at the end of the transaction, which it
    can undo by what it raises. Raises SchemaUnfit.
    """
    connection = await Connector(url).connect()
    try:
        async with connection.transaction():
            await take_turn(connection)
            before = await current(connection)
            check_not_newer(before)
            if before != HEAD:
                await connection.execute(script(before))
            await settle(connection)
            if then is not None:
                await then(connection)
            return before, HEAD
    finally:
        await close(connection)


def script(before: str | None) -> str:
    """The SQL that leads from revision *before* to HEAD."""
    from alembic import command
    from alembic.config import Config

    sql = io.StringIO()
    config = Config(output_buffer=sql)
    config.set_main_option("script_location", str(_FOLDER))
    command.upgrade(config, f"{before or 'base'}:head", sql=True)
    return sql.getvalue()
