"""``parlour migrate``."""

from pathlib import Path

from parlour.storage.migrations import HEAD
from tests.cli.running import RunCommand


def test_an_empty_database_gets_the_schema_once(command: RunCommand, own_database: str, folder: Path) -> None:
    where: dict[str, str | Path] = {"database_url": own_database, "data": folder}
    assert command("migrate", **where).out == f"Schema: none -> {HEAD}.\n"
    assert command("migrate", **where).out == f"The schema is current: {HEAD}.\n"
    assert command("migrate", "--json", **where).document == {"before": HEAD, "after": HEAD}
