"""Databases of an older or newer parlour: ``serve`` and ``migrate`` change the schema, all else says what to do."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import asyncpg
import pytest

from parlour.cli.main import main
from parlour.storage.migrations import HEAD
from tests.cli.running import STATE, Result, RunCommand
from tests.storage.steps import Old, before

KEY = "A" * 43 + "="
COMMANDS = [
    ("account", "list"),
    ("account", "create"),
    ("key", "list"),
    ("key", "create"),
    ("key", "delete", "SK0"),
    ("clock", "show"),
    ("clock", "freeze"),
    ("clock", "advance", "PT1H"),
    ("clock", "set", "2031-05-01T12:00:00Z"),
    ("clock", "resume"),
    ("seed", "--conversations", "1"),
    ("compat",),
]
"""Every command that looks into a database, but for those that may change its schema and doctor."""

Here = Callable[..., Result]


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Here:
    """Runs a command in this process, since starting one for each takes most of a test's time."""

    def run(words: tuple[str, ...], **variables: str | Path) -> Result:
        monkeypatch.setenv("XDG_STATE_HOME", STATE)
        monkeypatch.setattr("sys.argv", ["parlour", *words])
        for name, value in variables.items():
            monkeypatch.setenv(f"PARLOUR_{name.upper()}", str(value))
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return Result(int(ended.value.code or 0), out, err)

    return run


@pytest.fixture
async def old(postgres: str) -> AsyncIterator[Old]:
    async with before(postgres, "0007") as made:
        yield made


def run_sql(url: str, sql: str) -> str:
    async def run() -> str:
        connection = await asyncpg.connect(url)
        try:
            return str(await connection.fetchval(sql))
        finally:
            await connection.close()

    return asyncio.run(run())


def revision(url: str) -> str:
    return run_sql(url, "select version_num from alembic_version")


def told(result: Result) -> str:
    """The one sentence of a refusal."""
    assert result.status == 1, result
    assert result.err.startswith("parlour: ")
    assert result.err.count("\n") == 1, result.err
    return result.err


def test_an_older_schema_is_left_as_it_is_and_the_command_that_migrates_is_named(
    old: Old, here: Here, command: RunCommand, folder: Path
) -> None:
    for words in COMMANDS:
        assert told(here(words, database_url=old.url, data=folder / "data", secret_key=KEY)) == (
            f"parlour: The schema of this database is 0007, older than this parlour's {HEAD}; bring it up to date:"
            " parlour migrate\n"
        )
    assert revision(old.url) == "0007"
    assert command("migrate", database_url=old.url, data=folder / "data").status == 0
    assert revision(old.url) == HEAD
    assert not (folder / "data").exists(), "neither takes a key"


def test_a_newer_schema_is_told_by_every_command(
    own_database: str, here: Here, command: RunCommand, folder: Path
) -> None:
    where: dict[str, str | Path] = {"database_url": own_database, "data": folder}
    assert command("migrate", **where).status == 0
    run_sql(own_database, "update alembic_version set version_num = '9999'")
    results = [here(words, **where) for words in (*COMMANDS, ("migrate",))]
    for result in [*results, command("serve", "--port", "0", **where)]:
        assert "The schema of this database is 9999, newer than this parlour's" in told(result)
    assert revision(own_database) == "9999"


def test_a_command_that_only_reads_makes_nothing_in_an_empty_database(
    own_database: str, here: Here, folder: Path
) -> None:
    for words in (("account", "list"), ("compat",), ("clock", "show")):
        assert "parlour migrate" in told(here(words, database_url=own_database, data=folder / "data"))
    assert run_sql(own_database, "select to_regclass('accounts')") == "None"
    assert not (folder / "data").exists()


def test_in_a_database_without_an_account_and_a_key_the_way_to_an_account_is_told(
    own_database: str, here: Here, command: RunCommand, folder: Path
) -> None:
    assert command("migrate", database_url=own_database, data=folder / "data").status == 0
    refused = told(here(("account", "list"), database_url=own_database, data=folder / "data"))
    assert "There is no account yet" in refused
    assert not (folder / "data").exists()
