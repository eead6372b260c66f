"""``parlour backup`` and ``parlour restore``: what was in one data folder serves from another."""

from pathlib import Path

from tests.cli.running import RunCommand, Serve


def test_a_backup_of_a_running_parlour_is_restored_into_a_new_data_folder(
    serve: Serve, command: RunCommand, data: Path, folder: Path
) -> None:
    file, target = folder / "parlour.dump", folder / "data"
    serving = serve()
    made = command("backup", str(file), data=data)
    assert (made.status, str(data / "secret.key") in made.out) == (0, True), made
    assert file.stat().st_mode & 0o777 == 0o600
    again = command("backup", str(file), data=data)
    assert again.err == f"parlour: {file} is there already; name another file.\n"

    restored = command("restore", str(file), data=target)
    assert restored.status == 0, restored
    assert f"put the secret.key of the parlour that was backed up into {target}" in restored.out
    assert command("serve", "--port", "0", data=target).err.startswith("parlour: The secret key is missing: ")
    (target / "secret.key").write_text((data / "secret.key").read_text())
    listed = [command("account", "list", "--show-tokens", "--json", data=each).document for each in (data, target)]
    assert listed[0] == listed[1]
    assert serving.account in str(listed)
    into = command("restore", str(file), data=target)
    assert into.err.startswith("parlour: This database holds a parlour already")


def test_a_file_that_is_no_backup_leaves_the_database_empty(
    command: RunCommand, own_database: str, folder: Path
) -> None:
    file = folder / "file"
    file.write_text("no backup")
    refused = command("restore", str(file), database_url=own_database, data=folder)
    assert refused.status == 1
    assert refused.err.startswith("parlour: pg_restore could not do it: ")
    assert refused.err.count("\n") == 1
    assert command("restore", str(folder / "gone"), database_url=own_database, data=folder).status == 1
