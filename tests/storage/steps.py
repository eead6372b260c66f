"""Databases as they were before a step of the schema, for tests of what the step makes of what is there."""

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg
from alembic import command
from alembic.config import Config

from parlour.storage import migrations
from tests.database import empty_database

_CONVERSATION = """
insert into conversations (service_sid, sid, attributes, state, created_by, created_at, updated_at, state_updated_at,
                           last_activity_at, born_event_id, last_event_id)
values ('IS', $1, $2, $3, 'system', now(), now(), now(), now(), 1, 1)
"""


@dataclass(frozen=True)
class Old:
    """A database of an earlier revision, with the service ``IS`` in it."""

    url: str
    connection: Any

    async def keep(self, sid: str, attributes: str = "{}", state: str = "active") -> None:
        """Stores a conversation."""
        await self.connection.execute(_CONVERSATION, sid, attributes, state)


@asynccontextmanager
async def before(postgres: str, revision: str) -> AsyncIterator[Old]:
    """A database at *revision*."""
    async with empty_database(postgres) as url:
        connection = await asyncpg.connect(url)
        await connection.execute(_up_to(revision))
        await connection.execute("insert into accounts (sid, friendly_name, auth_token, created_at, updated_at)"
                                 " values ('AC', '', '', now(), now())")  # fmt: skip
        await connection.execute("insert into services (sid, account_sid, friendly_name, created_at, updated_at)"
                                 " values ('IS', 'AC', '', now(), now())")  # fmt: skip
        yield Old(url, connection)
        await connection.close()


def _up_to(revision: str) -> str:
    """The SQL that leads from nothing to *revision*."""
    sql = io.StringIO()
    config = Config(output_buffer=sql)
    config.set_main_option("script_location", str(migrations._FOLDER))
    command.upgrade(config, f"base:{revision}", sql=True)
    return sql.getvalue()
