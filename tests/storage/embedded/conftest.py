"""A reachable folder, and users of the PostgreSQL in it that are ended after the test."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from parlour.storage.embedded import EmbeddedPostgres
from tests.folders import reachable_folder
from tests.processes import started
from tests.storage.embedded.asking import Make, MakeProcess

USER = """
import socket, sys
from pathlib import Path
from parlour.storage.embedded import EmbeddedPostgres
listener = socket.create_server(("127.0.0.1", 0))
listener.set_inheritable(True)
print(listener.getsockname()[1], flush=True)
EmbeddedPostgres(Path(sys.argv[1]), base=Path(sys.argv[2])).start()
print("started", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder of this test's own."""
    made = reachable_folder()
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="session")
def data() -> Iterator[Path]:
    """A data folder that has its database already, because initdb takes most of a test's time; its server is stopped.

    Tests leave it as whole as they find it.
    """
    made = reachable_folder()
    with EmbeddedPostgres(made / "data", base=made / "base"):
        pass
    yield made / "data"
    shutil.rmtree(made)


@pytest.fixture
def said() -> list[str]:
    """What an operator was told."""
    return []


@pytest.fixture
def make(folder: Path, data: Path, said: list[str]) -> Iterator[Make]:
    """Makes users of `data`, or of another data folder, in this process."""
    made: list[EmbeddedPostgres] = []

    def make_one(other: Path | None = None, base: Path | None = None) -> EmbeddedPostgres:
        made.append(EmbeddedPostgres(other or data, say=said.append, base=base or folder / "base"))
        return made[-1]

    yield make_one
    for postgres in made:
        postgres.stop()


@pytest.fixture
def make_process(folder: Path, data: Path) -> Iterator[MakeProcess]:
    """Makes such users in processes of their own, which print the port they listen on, then "started"."""
    made: list[subprocess.Popen[str]] = []

    def make_one(other: Path | None = None) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", USER, str(other or data), str(folder / "base")]
        pipe = subprocess.PIPE
        made.append(users.enter_context(started(command, stdin=pipe, stdout=pipe, start_new_session=True)))
        return made[-1]

    with ExitStack() as users:
        yield make_one
        for process in made:
            process.kill()
