"""The step to the table of attributes: what is there before it is found after it, and no text stands in its way."""

import io
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest
from alembic import command
from alembic.config import Config

from parlour.storage import migrations
from parlour.storage.migrations import migrate
from tests.database import empty_database

FOUND = {
    '{"team":"blue","n":12,"x":true,"y":null,"z":1.50,"more":{"team":"red"},"list":[1]}': {
        "team": "blue", "n": "12", "x": "true", "y": "null", "z": "1.50",
    },
    '{"a":"1","a":"2"}': {"a": "2"},
    json.dumps({"long": "x" * 257, "fits": "é" * 128}): {"fits": "é" * 128},
    json.dumps({"k" * 257: 1, "k" * 256: 2}): {"k" * 256: "2"},
    '{"":"empty"}': {"": "empty"},
    '{"big":1e300,"e":1e3}': {"e": "1000"},
    "{}": {}, "[]": {}, '"text"': {}, "null": {}, "12": {}, '[{"team":"blue"}]': {},
    '{"team":"blue","half":"\\ud800"}': {}, '{"\\udc00":1}': {}, '{"nul":"\\u0000"}': {}, '{"huge":1e999999}': {},
    '{"team":"blue","deep":' + "[" * 900 + "]" * 900 + "}": {"team": "blue"},
}  # fmt: skip
"""Attributes as they may stand in the table of conversations, and by what they are found."""


@dataclass(frozen=True)
class Old:
    """A database as it was before the step, with a service in it."""

    url: str
    connection: Any


@pytest.fixture
async def old(postgres: str) -> AsyncIterator[Old]:
    async with empty_database(postgres) as url:
        made = await asyncpg.connect(url)
        await made.execute(up_to("0002"))
        await made.execute("insert into accounts (sid, friendly_name, auth_token, created_at, updated_at)"
                           " values ('AC', '', '', now(), now())")  # fmt: skip
        await made.execute("insert into services (sid, account_sid, friendly_name, created_at, updated_at)"
                           " values ('IS', 'AC', '', now(), now())")  # fmt: skip
        yield Old(url, made)
        await made.close()


def up_to(revision: str) -> str:
    """The SQL that leads from nothing to *revision*."""
    sql = io.StringIO()
    config = Config(output_buffer=sql)
    config.set_main_option("script_location", str(migrations._FOLDER))
    command.upgrade(config, f"base:{revision}", sql=True)
    return sql.getvalue()


async def test_attributes_that_are_there_already_are_found_afterwards(old: Old) -> None:
    for number, attributes in enumerate(FOUND):
        await old.connection.execute(
            """
            insert into conversations (service_sid, sid, attributes, state, created_by, created_at, updated_at,
                                       state_updated_at, last_activity_at, born_event_id, last_event_id)
            values ('IS', $1, $2, 'active', 'system', now(), now(), now(), now(), 1, 1)
            """,
            f"CH{number}",
            attributes,
        )
    assert (await migrate(old.url))[0] == "0002"
    rows = await old.connection.fetch(
        """
        select c.attributes, a.key, a.value, a.created_at = c.created_at as same_date
        from conversations c left join conversation_attributes a on a.conversation_sid = c.sid
        """
    )
    found: dict[str, dict[str, str]] = {attributes: {} for attributes in FOUND}
    for row in rows:
        if row["key"] is not None:
            found[row["attributes"]][row["key"]] = row["value"]
            assert row["same_date"]
    assert found == FOUND
