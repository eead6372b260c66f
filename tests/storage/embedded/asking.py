"""Words for tests of parlour's own PostgreSQL: ask the server, find its processes."""

import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import psutil

from parlour.storage.embedded import EmbeddedPostgres

KEPT = "SELECT number FROM kept"
KEEP = f"DROP TABLE IF EXISTS kept; CREATE TABLE kept AS SELECT random() AS number; {KEPT}"


class Make(Protocol):
    def __call__(self, other: Path | None = None, base: Path | None = None) -> EmbeddedPostgres: ...


class MakeProcess(Protocol):
    def __call__(self, other: Path | None = None) -> subprocess.Popen[str]: ...


def ask(postgres: EmbeddedPostgres, sql: str) -> str:
    """What psql prints for the statement, at the URL of a server that is (or hereby gets) started."""
    url = postgres.start()
    command = [str(postgres.binaries / "psql"), url, "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", sql]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def server_of(postgres: EmbeddedPostgres) -> psutil.Process:
    """The server's main process."""
    return psutil.Process(int((postgres.cluster / "postmaster.pid").read_text().split()[0]))


def lives(process: psutil.Process) -> bool:
    """Whether the process still runs; one that ended and was not yet reaped by its parent does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def kill_all(*processes: psutil.Process) -> None:
    """They were killed with SIGKILL and have ended."""
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    wait_until(lambda: not any(lives(process) for process in processes))


def wait_until(condition: Callable[[], bool]) -> None:
    """The condition holds, which it must within 20 seconds."""
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end


def word(process: subprocess.Popen[str]) -> str:
    """The next line of what a user process prints; waits for it."""
    assert process.stdout is not None
    return process.stdout.readline().strip()
