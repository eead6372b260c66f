"""Emptying a service leaves nothing of it: no table that holds something of a service is forgotten."""

from parlour.resources.catalogue import TABLES
from parlour.storage.database import Database


async def test_every_table_that_belongs_to_a_service_is_declared_by_a_resource(database: Database) -> None:
    async with database.session() as reading:
        rows = await reading.fetch(
            "select table_name from information_schema.columns"
            " where column_name = 'service_sid' and table_schema = 'public'"
        )
    declared = [table.name for table in TABLES]
    assert {row["table_name"] for row in rows} - {"events", "deliveries"} == set(declared)
    assert len(declared) == len(set(declared))


def test_rows_are_locked_in_the_order_in_which_everything_locks_them() -> None:
    """Whoever deletes a role asks for its users, and whoever needs a user and a conversation takes the user first."""
    assert [table.name for table in TABLES if table.is_locked] == ["roles", "users", "conversations"]


async def test_a_table_comes_after_those_that_its_rows_refer_to(database: Database) -> None:
    order = [table.name for table in TABLES]
    async with database.session() as reading:
        rows = await reading.fetch(
            "select conrelid::regclass::text as child, confrelid::regclass::text as parent from pg_constraint"
            " where contype = 'f' and conrelid <> confrelid"
        )
    found = [(row["parent"], row["child"]) for row in rows if row["parent"] in order and row["child"] in order]
    assert found
    assert [(parent, child) for parent, child in found if order.index(parent) > order.index(child)] == []
