"""``parlour backup`` and ``parlour restore``: what was in one database is in another."""

import asyncio
from pathlib import Path

import asyncpg

from tests.cli.running import RunCommand
from tests.dumps import dump


def test_a_backup_of_the_bundled_database_is_restored_into_an_empty_one(
    command: RunCommand, data: Path, own_database: str, folder: Path
) -> None:
    file, target = folder / "parlour.dump", folder / "data"
    made = command("backup", str(file), "--json", data=data)
    assert made.status == 0, made
    assert made.document["secret_key"] == str(data / "secret.key")
    assert file.stat().st_mode & 0o777 == 0o600
    assert command("backup", str(file), data=data).err == f"parlour: {file} already exists; choose another file.\n"

    where: dict[str, str | Path] = {"database_url": own_database, "data": target}
    restored = command("restore", str(file), **where)
    assert restored.status == 0, restored
    assert f"put the secret.key of the parlour that was backed up into {target}" in restored.out
    again = command("restore", str(file), **where)
    assert again.err.startswith("parlour: This database holds a parlour already")
    target.mkdir(exist_ok=True)
    (target / "secret.key").write_text((data / "secret.key").read_text())
    tokens = ("account", "list", "--show-tokens", "--json")
    assert command(*tokens, **where).document == command(*tokens, data=data).document


def test_a_file_that_is_no_backup_leaves_the_database_empty(
    command: RunCommand, own_database: str, folder: Path
) -> None:
    file = folder / "file"
    file.write_text("no backup")
    refused = command("restore", str(file), database_url=own_database, data=folder)
    assert refused.status == 1
    assert refused.err.startswith("parlour: pg_restore failed: ")
    assert refused.err.count("\n") == 1
    assert command("migrate", database_url=own_database, data=folder).status == 0


def test_a_database_without_a_parlour_is_not_taken_for_a_backup(
    command: RunCommand, own_database: str, folder: Path
) -> None:
    where: dict[str, str | Path] = {"database_url": own_database, "data": folder}
    refused = command("backup", str(folder / "empty.dump"), **where)
    assert refused.status == 1
    assert refused.err.startswith("parlour: This database holds nothing of parlour, so there is nothing to back up")
    assert list(folder.iterdir()) == []
    asyncio.run(dump(own_database, folder / "empty.dump"))
    restored = command("restore", str(folder / "empty.dump"), data=folder / "new")
    assert (restored.status, restored.err.count("\n")) == (1, 1)
    assert "holds a database, but not parlour's" in restored.err
    assert not (folder / "new").exists()


def test_a_backup_names_a_key_that_is_there_and_one_of_a_newer_parlour_is_refused_before_anything_is_restored(
    command: RunCommand, own_database: str, folder: Path
) -> None:
    where: dict[str, str | Path] = {"database_url": own_database, "data": folder}
    assert command("migrate", **where).status == 0
    made = command("backup", str(folder / "made.dump"), **where)
    assert (
        f"Keep the secret key with which this parlour serves; it is not in the file, and not in {folder}." in made.out
    )
    asyncio.run(_run(own_database, "update alembic_version set version_num = '9999'"))
    asyncio.run(dump(own_database, folder / "newer.dump"))
    refused = command("restore", str(folder / "newer.dump"), data=folder / "new")
    assert refused.status == 1
    assert "is 9999, newer than this parlour's" in refused.err
    assert not (folder / "new").exists()


async def _run(url: str, sql: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()
