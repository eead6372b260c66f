"""A data folder for the commands, and servers that are ended after the test."""

import shutil
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.cli.running import RunCommand, Serve, Serving, lives, postgres_of, run_command, wait_until
from tests.database import empty_database
from tests.folders import reachable_folder
from tests.processes import end


@pytest.fixture
def folder() -> Iterator[Path]:
    """An empty folder of this test's own."""
    made = reachable_folder()
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="session")
def data() -> Iterator[Path]:
    """A data folder with a database, an account and no server, because making one takes most of a test's time.

    Tests leave it as whole as they find it.
    """
    made = reachable_folder()
    assert run_command("account", "create", "--data", str(made / "data")).status == 0
    yield made / "data"
    shutil.rmtree(made)


@pytest.fixture
async def own_database(postgres: str) -> AsyncIterator[str]:
    """The URL of an empty database on a PostgreSQL that parlour is told of."""
    async with empty_database(postgres) as url:
        yield url


@pytest.fixture
def command() -> RunCommand:
    """Runs ``parlour`` with the given words to its end; keywords are settings in the environment."""
    return run_command


@pytest.fixture
def serve(data: Path) -> Iterator[Serve]:
    """Starts servers on the data folder, or on another that the words name; they and their PostgreSQL are ended."""
    made: list[Serving] = []

    def start(*words: str, **how: Any) -> Serving:
        made.append(Serving(data, *words, **how))
        return made[-1]

    yield start
    for serving in made:
        end(serving.process)
    with suppress(OSError, psutil.NoSuchProcess):  # what a killed one left behind
        server = postgres_of(data)
        server.send_signal(signal.SIGINT)
        wait_until(lambda: not lives(server))


@pytest.fixture(scope="module")
def one_server(data: Path) -> Iterator[Serving]:
    """A server that the tests of a module share, since starting one takes most of a test's time; those of them start
    no other on the same data folder."""
    serving = Serving(data)
    yield serving
    end(serving.process)
