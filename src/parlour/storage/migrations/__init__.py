"""The schema's history: alembic puts the SQL of the missing steps together, asyncpg runs it in one transaction.

Alembic needs no connection for that ("offline mode"), so parlour has one driver and no second way to the database.

A step that builds an index on a large table declares ``OUTSIDE_TRANSACTION``, a tuple of statements, in place of what
``upgrade()`` would do. They run one by one, each in a transaction of its own, and all of them once more if the process
ends before the last: ``drop index concurrently if exists …`` stands before its ``create index concurrently …``.
"""

import io
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NamedTuple

from parlour.storage.clusters import settle, take_turn
from parlour.storage.connect import Connector, close

HEAD = "0020"
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
    """Brings the database at *url* to HEAD; returns the revision before and after.

    What fails leaves nothing behind, but for the steps before one that runs outside a transaction. A log that came from
    another cluster is adopted. *then* has the connection at the end of the last transaction, which it can undo by what
    it raises. Raises SchemaUnfit.
    """
    connection = await Connector(url).connect()
    try:
        await take_turn(connection)
        before = await current(connection)
        check_not_newer(before)
        for stage in _stages(before):
            for statement in stage.outside:
                await connection.execute(statement)
            async with connection.transaction():
                if stage.script:
                    await connection.execute(stage.script)
                if stage.is_last:
                    await settle(connection)
                    if then is not None:
                        await then(connection)
        return before, HEAD
    finally:
        await close(connection)


class _Stage(NamedTuple):
    """Statements that run outside a transaction, and the script of the transaction that follows them."""

    outside: tuple[str, ...]
    script: str
    is_last: bool


def _stages(before: str | None) -> list[_Stage]:
    if before == HEAD:
        return [_Stage((), "", is_last=True)]
    from alembic.script import ScriptDirectory

    steps = [*ScriptDirectory.from_config(_config()).iterate_revisions(HEAD, before or "base")][::-1]
    outside = [getattr(step.module, "OUTSIDE_TRANSACTION", ()) for step in steps]
    starts = [number for number in range(len(steps)) if number == 0 or outside[number]]
    ends = [*starts[1:], len(steps)]
    return [
        _Stage(
            outside[start],
            script(before if start == 0 else steps[start - 1].revision, steps[end - 1].revision),
            is_last=end == len(steps),
        )
        for start, end in zip(starts, ends, strict=True)
    ]


def script(before: str | None, after: str = "head") -> str:
    """The SQL that leads from revision *before* to *after*, without what runs outside a transaction."""
    from alembic import command

    sql = io.StringIO()
    command.upgrade(_config(sql), f"{before or 'base'}:{after}", sql=True)
    return sql.getvalue()


def _config(output: io.StringIO | None = None) -> Any:
    from alembic.config import Config

    config = Config(output_buffer=output) if output is not None else Config()
    config.set_main_option("script_location", str(_FOLDER))
    return config
