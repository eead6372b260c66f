"""Emptying a service leaves nothing of it: no table that holds something of a service is forgotten."""

from parlour.storage.database import Database
from parlour.storage.service_deletion import HELD, LOCKED


async def test_every_table_that_belongs_to_a_service_is_emptied_with_it(database: Database) -> None:
    async with database.session() as reading:
        rows = await reading.fetch(
            "select table_name from information_schema.columns"
            " where column_name = 'service_sid' and table_schema = 'public'"
        )
    assert {row["table_name"] for row in rows} - {"events", "deliveries"} == set(HELD)
    assert set(LOCKED) <= set(HELD)
