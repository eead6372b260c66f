"""``parlour backup`` and ``parlour restore``: what was in one database is in another."""

from pathlib import Path

from tests.cli.running import RunCommand


def test_a_backup_of_the_bundled_database_is_restored_into_an_empty_one(
    command: RunCommand, data: Path, own_database: str, folder: Path
) -> None:
    file, target = folder / "parlour.dump", folder / "data"
    made = command("backup", str(file), "--json", data=data)
    assert made.status == 0, made
    assert made.document["secret_key"] == str(data / "secret.key")
    assert file.stat().st_mode & 0o777 == 0o600
    assert command("backup", str(file), data=data).err == f"parlour: {file} is there already; name another file.\n"

    where: dict[str, str | Path] = {"database_url": own_database, "data": target}
    restored = command("restore", str(file), **where)
    assert restored.status == 0, restored
    assert f"put the secret.key of the parlour that was backed up into {target}" in restored.out
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
    assert refused.err.startswith("parlour: pg_restore could not do it: ")
    assert refused.err.count("\n") == 1
    assert command("migrate", database_url=own_database, data=folder).status == 0
    into = command("restore", str(file), database_url=own_database, data=folder)
    assert into.err.startswith("parlour: This database holds a parlour already")
