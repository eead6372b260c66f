"""The schema's history: alembic puts the SQL of the missing steps together, asyncpg runs it in one transaction.

Alembic needs no connection for that ("offline mode"), so parlour has one driver and no second way to the database.
"""

import io
from pathlib import Path
from typing import Any

from parlour.storage.connect import Connector, close

HEAD = "0008"
"""The newest revision; a test compares it with the scripts. With it an up-to-date database needs no alembic."""

_FOLDER = Path(__file__).parent
_LOCK = 0x7061726C6F7572
"""The advisory lock that serialises processes which migrate at the same time."""


async def current(connection: Any) -> str | None:
    """The revision of the database, or None if it is empty."""
    if await connection.fetchval("select to_regclass('alembic_version')") is None:
        return None
    revision: str | None = await connection.fetchval("select version_num from alembic_version")
    return revision


async def migrate(url: str) -> tuple[str | None, str]:
    """Brings the database at *url* to HEAD, all or nothing; returns the revision before and after."""
    connection = await Connector(url).connect()
    try:
        async with connection.transaction():
            await connection.execute(f"select pg_advisory_xact_lock({_LOCK})")
            before = await current(connection)
            if before != HEAD:
                await connection.execute(script(before))
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
