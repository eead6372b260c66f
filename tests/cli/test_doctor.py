"""``parlour doctor``: says that all is well where it is, and else what is not and how to mend it."""

from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import asyncpg
import pytest

from parlour.storage.migrations import HEAD
from tests.cli.running import RunCommand, Serve

Doctor = Callable[..., dict[str, Any]]


@pytest.fixture
def doctor(command: RunCommand) -> Doctor:
    """What each check finds, by its name; the exit status agrees with it."""

    def examine(*words: str, **variables: str | Path) -> dict[str, Any]:
        result = command("doctor", "--port", "0", *words, "--json", **variables)
        assert result.document["ok"] == all(each["ok"] for each in result.document["checks"])
        assert result.status == (0 if result.document["ok"] else 1)
        return {each["check"]: each for each in result.document["checks"]}

    return examine


@pytest.fixture
def where(own_database: str, folder: Path, command: RunCommand) -> dict[str, str | Path]:
    """Settings that lead to a database with an account."""
    found: dict[str, str | Path] = {"database_url": own_database, "data": folder}
    assert command("account", "create", **found).status == 0
    return found


def problems(found: dict[str, Any]) -> list[str]:
    """The checks that found a problem; each tells how to mend it."""
    assert all(each["mend"] for each in found.values() if not each["ok"])
    return [name for name, each in found.items() if not each["ok"]]


def test_beside_a_running_server_all_is_well(serve: Serve, command: RunCommand, data: Path) -> None:
    port = serve().address[1]
    result = command("doctor", "--data", str(data), "--port", str(port))
    assert result.status == 0
    assert [line.split()[0] for line in result.out.splitlines()] == ["ok"] * 10
    assert f"a parlour serves at 127.0.0.1:{port}\n" in result.out
    assert f"a WebSocket opens at ws://127.0.0.1:{port}/v3/wsconnect\n" in result.out


class Stranger(BaseHTTPRequestHandler):
    """What a proxy is that passes no WebSocket on."""

    def do_GET(self) -> None:
        self.send_error(502)

    def log_message(self, format: str, *values: Any) -> None:
        """Says nothing."""


def test_a_proxy_that_lets_no_sockets_through_is_a_problem(serve: Serve, command: RunCommand, data: Path) -> None:
    port = serve().address[1]
    with HTTPServer(("127.0.0.1", 0), Stranger) as proxy:
        Thread(target=proxy.handle_request).start()
        public = f"http://127.0.0.1:{proxy.server_port}"
        words = ("doctor", "--data", str(data), "--port", str(port), "--public-url")
        found = {each["check"]: each for each in command(*words, public, "--json").document["checks"]}
    assert found["sockets"]["found"].endswith("/v3/wsconnect answers 502 to a WebSocket")
    unreachable = {each["check"]: each for each in command(*words, public, "--json").document["checks"]}
    assert not unreachable["sockets"]["ok"]
    assert "realtime.md" in found["sockets"]["mend"]


def test_on_a_terminal_a_problem_fits(
    command: RunCommand, where: dict[str, str | Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    told = command("doctor", **where, secret_key="A" * 43 + "=")
    assert "PROBLEM" in told.out
    assert max(map(len, told.out.splitlines())) <= 80


def test_before_the_first_start_all_is_well_and_nothing_is_made(doctor: Doctor, folder: Path) -> None:
    found = doctor(data=folder / "new")
    assert not problems(found)
    assert found["database"]["found"] == "none yet; parlour serve makes one in the data folder"
    assert not (folder / "new").exists()


def test_an_empty_database_is_well(doctor: Doctor, own_database: str, folder: Path) -> None:
    found = doctor(database_url=own_database, data=folder)
    assert not problems(found)
    assert found["schema"]["found"] == "none yet; parlour serve makes it"
    assert not list(folder.iterdir())


def test_a_problem_is_told_with_how_to_mend_it(command: RunCommand, where: dict[str, str | Path]) -> None:
    result = command("doctor", "--port", "0", "--workers", "256", "--database-connections", "1000", **where)
    lines = result.out.splitlines()
    (told,) = [number for number, line in enumerate(lines) if line.startswith("PROBLEM")]
    assert "more than the database allows" in lines[told]
    assert lines[told + 1].strip().startswith("Serve with fewer --workers")


def test_a_database_that_cannot_be_reached_is_a_problem(doctor: Doctor, folder: Path) -> None:
    found = doctor(database_url=f"postgresql://x@/x?host={folder}", data=folder)
    assert problems(found) == ["database"]


def test_a_key_that_is_missing_or_does_not_fit_is_a_problem(doctor: Doctor, where: dict[str, str | Path]) -> None:
    assert not problems(doctor(**where))
    assert problems(doctor(**where, secret_key="A" * 43 + "=")) == ["secret key"]
    Path(where["data"], "secret.key").unlink()
    assert doctor(**where)["secret key"]["found"].endswith("secret.key is missing")


async def test_a_schema_of_another_parlour_is_a_problem(doctor: Doctor, where: dict[str, str | Path]) -> None:
    connection = await asyncpg.connect(str(where["database_url"]))
    try:
        for revision, word in (("0000", "older"), ("9999", "newer")):
            await connection.execute("update alembic_version set version_num = $1", revision)
            found = doctor(**where)
            assert problems(found) == ["schema"]
            assert found["schema"]["found"] == f"{revision}, {word} than {HEAD}"
    finally:
        await connection.close()


def test_a_port_that_a_stranger_has_is_a_problem(doctor: Doctor, where: dict[str, str | Path]) -> None:
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as stranger:
        answering = Thread(target=stranger.handle_request)
        answering.start()
        assert problems(doctor("--port", str(stranger.server_port), **where)) == ["port"]
        answering.join()


def test_a_data_folder_that_cannot_be_written_is_a_problem(doctor: Doctor, where: dict[str, str | Path]) -> None:
    file = Path(where["data"], "file")
    file.touch()
    assert problems(doctor(**{**where, "data": file, "secret_key": "A" * 43 + "="}))[0] == "data folder"


def test_a_variable_that_sets_nothing_is_a_problem(doctor: Doctor, where: dict[str, str | Path]) -> None:
    found = doctor(**where, databse_url="postgresql://typo")
    assert problems(found) == ["settings"]
    assert "PARLOUR_DATABSE_URL" in found["settings"]["found"]
