"""The secret key: one for all processes of a database, and who comes with another is refused before it does harm."""

import subprocess
import sys
from base64 import urlsafe_b64encode
from pathlib import Path
from secrets import token_bytes

import asyncpg
import pytest

from tests.cli.running import RunCommand, Serve, environment

TOKEN = "a-token-from-the-environment"
ACCOUNT = "AC" + "7" * 32
WORDS = ("serve", "--port", "0")


def fresh_key() -> str:
    return urlsafe_b64encode(token_bytes(32)).decode()


async def run_sql(url: str, sql: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(sql)
    await connection.close()


def test_a_second_server_with_another_key_is_refused_and_the_first_goes_on(
    serve: Serve, command: RunCommand, own_database: str, folder: Path
) -> None:
    shared: dict[str, str | Path] = {"database_url": own_database, "auth_token": TOKEN, "account_sid": ACCOUNT}
    first = serve("--data", str(folder / "one"), database_url=own_database, auth_token=TOKEN, account_sid=ACCOUNT)
    assert first.status("/v1/Services", ACCOUNT, TOKEN) == 200
    for second in (command(*WORDS, **shared, data=folder / "two"), command(*WORDS, **shared, secret_key=fresh_key())):
        assert second.status == 1
        assert second.err.startswith("parlour: The secret")
        assert "PARLOUR_SECRET_KEY" in second.err
        assert second.err.count("\n") == 1
    assert not (folder / "two").exists(), "no key beside a database that has one"
    made = command("key", "create", "--json", database_url=own_database, data=folder / "one").document
    assert first.status("/v1/Services", ACCOUNT, TOKEN) == 200
    assert first.status("/v1/Services", made["sid"], made["secret"]) == 200


@pytest.mark.parametrize("words", [("account", "list"), ("account", "create"), ("key", "create"), ("seed",)])
def test_no_command_works_with_another_key_or_makes_one(
    command: RunCommand, own_database: str, folder: Path, words: tuple[str, ...]
) -> None:
    assert command("account", "create", database_url=own_database, data=folder / "one").status == 0
    without = command(*words, database_url=own_database, data=folder / "other")
    assert without.err.startswith("parlour: The secret key is missing")
    assert not (folder / "other").exists()
    other = command(*words, database_url=own_database, secret_key=fresh_key())
    assert other.err.startswith("parlour: The secrets in this database were encrypted with another key")
    assert (without.status, other.status) == (1, 1)


def test_of_two_that_begin_an_empty_database_at_once_one_is_refused(own_database: str, folder: Path) -> None:
    names = ["one", "two", "three"]
    made = [
        subprocess.Popen(
            [sys.executable, "-m", "parlour", "account", "create"],
            env=environment(database_url=own_database, data=folder / name), stderr=subprocess.PIPE, text=True,
        )
        for name in names
    ]  # fmt: skip
    told = [process.communicate()[1] for process in made]
    assert sorted(process.returncode for process in made) == [0, 1, 1], told
    (winner,) = [name for name, process in zip(names, made, strict=True) if process.returncode == 0]
    assert [str(path.relative_to(folder)) for path in folder.rglob("secret.key")] == [f"{winner}/secret.key"]


async def test_an_older_database_takes_only_the_key_that_opens_its_secrets(
    command: RunCommand, own_database: str, folder: Path
) -> None:
    where: dict[str, str | Path] = {"database_url": own_database, "data": folder}
    assert command("account", "create", **where).status == 0
    assert command("key", "create", **where).status == 0
    await run_sql(own_database, "delete from secret_check")
    refused = command("account", "list", database_url=own_database, secret_key=fresh_key())
    assert refused.err.startswith("parlour: The secrets in this database were encrypted with another key")
    assert command("account", "list", **where).status == 0, "nothing was adopted"
    refused = command("account", "list", database_url=own_database, secret_key=fresh_key())
    assert refused.status == 1, "the right one was"


async def test_a_database_whose_secrets_are_of_two_keys_is_not_adopted_and_they_are_named(
    command: RunCommand, own_database: str, folder: Path
) -> None:
    where: dict[str, str | Path] = {"database_url": own_database, "data": folder}
    assert command("account", "create", **where).status == 0
    key = command("key", "create", "--json", **where).document
    await run_sql(own_database, "delete from secret_check; update api_keys set secret = 'of another key'")
    refused = command("account", "list", **where)
    assert refused.status == 1
    assert f"opens 1 of the 2 stored secrets, but not API key {key['sid']}" in refused.err


async def test_a_secret_that_cannot_be_opened_is_told_in_the_log_and_is_no_fault(
    serve: Serve, command: RunCommand, own_database: str, folder: Path
) -> None:
    serving = serve("--data", str(folder), database_url=own_database)
    key = command("key", "create", "--json", database_url=own_database, data=folder).document
    await run_sql(own_database, "update api_keys set secret = 'damaged'")
    assert serving.status("/v1/Services", key["sid"], key["secret"]) == 503
    assert serving.status("/v1/Services", serving.account, serving.token) == 200
    serving.until("A stored secret cannot be opened")
