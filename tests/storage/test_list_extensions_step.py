"""The step to the table of attributes: what is there before it is found after it, and no text stands in its way."""

import json
from collections.abc import AsyncIterator

import pytest

from parlour.storage.migrations import migrate
from tests.storage.steps import Old, before

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


@pytest.fixture
async def old(postgres: str) -> AsyncIterator[Old]:
    async with before(postgres, "0002") as database:
        yield database


async def test_attributes_that_are_there_already_are_found_afterwards(old: Old) -> None:
    for number, attributes in enumerate(FOUND):
        await old.keep(f"CH{number}", attributes)
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
