"""``parlour account``: beside a server that runs, and when none does."""

from pathlib import Path

import psutil
import pytest

from tests.cli.running import RunCommand, Serve, postgres_of


def test_an_account_made_beside_a_running_server_opens_its_api(serve: Serve, command: RunCommand, data: Path) -> None:
    serving = serve()
    made = command("account", "create", "--data", str(data), "--name", "Second", "--json")
    assert (made.status, made.err) == (0, "")
    account = made.document
    assert serving.status("/v1/Services", account["sid"], account["auth_token"]) == 200
    assert serving.status(f"/v1/Services/{account['default_chat_service_sid']}", serving.account, serving.token) == 404


def test_when_nothing_serves_a_command_starts_the_postgresql_and_stops_it_again(
    command: RunCommand, data: Path
) -> None:
    assert command("account", "list", data=data).out.startswith("SID ")
    with pytest.raises((OSError, psutil.NoSuchProcess)):
        postgres_of(data)


def test_the_first_command_makes_what_is_missing(command: RunCommand, own_database: str, folder: Path) -> None:
    made = command("account", "create", database_url=own_database, data=folder / "key")
    assert made.out.startswith("Account SID  AC")
    assert (folder / "key/secret.key").stat().st_mode & 0o777 == 0o600


def test_the_list_shows_tokens_only_when_asked(command: RunCommand, own_database: str, folder: Path) -> None:
    where: dict[str, str | Path] = {"database_url": own_database, "data": folder}
    account = command("account", "create", "--name", "Quiet one", "--json", **where).document
    told, shown = (command("account", "list", *words, **where) for words in ((), ("--show-tokens",)))
    assert account["sid"] in told.out
    assert "Quiet one" in told.out
    assert account["auth_token"] not in told.out
    assert account["auth_token"] in shown.out
    documents = [command("account", "list", *words, "--json", **where).document for words in ((), ("--show-tokens",))]
    assert [["auth_token" in each for each in document["accounts"]] for document in documents] == [[False], [True]]


def test_a_data_folder_that_is_not_there_is_told_and_not_made(command: RunCommand, folder: Path) -> None:
    refused = command("account", "list", data=folder / "gone")
    assert refused.status == 1
    assert refused.err.startswith(f"parlour: There is no data folder {folder / 'gone'} here.")
    assert not (folder / "gone").exists()


def test_a_key_that_does_not_fit_is_told(command: RunCommand, own_database: str, folder: Path) -> None:
    assert command("account", "create", database_url=own_database, data=folder / "one").status == 0
    refused = command("account", "list", "--show-tokens", database_url=own_database, data=folder / "other")
    assert refused.status == 1
    assert refused.err.startswith("parlour: The secret key is missing: ")
