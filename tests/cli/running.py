"""Words for tests of the command line: run it as a real process, speak to its server, find its processes."""

import atexit
import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit

import psutil

from tests.processes import end, ignoring

STATE = tempfile.mkdtemp(prefix="parlour-state-")
"""In place of this user's folder with the servers that run: that of this process, whose tests start some."""
atexit.register(shutil.rmtree, STATE, ignore_errors=True)
PATIENCE = 30
"""Seconds after which something that should have happened has not."""


@dataclass(frozen=True)
class Result:
    """How a command ended, and what it said."""

    status: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """What it printed with ``--json``: exactly one document."""
        return json.loads(self.out)


class RunCommand(Protocol):
    def __call__(self, *words: str, **variables: str | Path) -> Result: ...


class Serve(Protocol):
    def __call__(
        self,
        *words: str,
        flags: tuple[str, ...] = (),
        ignored: tuple[signal.Signals, ...] = (),
        **variables: str | Path,
    ) -> "Serving": ...


def environment(**variables: str | Path) -> dict[str, str]:
    """The environment of a command: no settings but these (``data="…"`` is PARLOUR_DATA)."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PARLOUR_")}
    return (
        {"XDG_STATE_HOME": STATE} | kept | {f"PARLOUR_{name.upper()}": str(value) for name, value in variables.items()}
    )


def run_command(*words: str, **variables: str | Path) -> Result:
    """``parlour`` with these words, in a folder without a settings file, to its end."""
    done = subprocess.run(
        [sys.executable, "-m", "parlour", *words],
        cwd="/",
        env=environment(**variables),
        capture_output=True,
        text=True,
        check=False,
    )
    return Result(done.returncode, done.stdout, done.stderr)


class Serving:
    """A ``parlour serve`` on a free port, which has said that it serves."""

    def __init__(
        self,
        data: Path,
        *words: str,
        flags: tuple[str, ...] = (),
        ignored: tuple[signal.Signals, ...] = (),
        **variables: str | Path,
    ) -> None:
        self.began = time.monotonic()
        self.data = data
        command = [
            sys.executable,
            *flags,
            "-m",
            "parlour",
            "serve",
            "--json",
            "--data",
            str(data),
            "--port",
            "0",
            *words,
        ]
        self.process = subprocess.Popen(
            ignoring(command, *ignored),
            env=environment(**variables),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            self.lines = self.until('{"base_url":')
        except BaseException:
            end(self.process)
            raise
        self.banner: dict[str, str] = json.loads(self.lines[-1])
        self.url, self.account = self.banner["base_url"], self.banner["account_sid"]
        self.token = self.banner["auth_token"]

    def until(self, wanted: str) -> list[str]:
        """The lines it prints up to the one with these words; fails if it ends before."""
        assert self.process.stdout is not None
        lines = []
        for line in self.process.stdout:
            lines.append(line)
            if wanted in line:
                return lines
        raise AssertionError(f"it ended without saying {wanted!r}: {''.join(lines)}")

    def rest(self) -> str:
        """What it still prints until its end."""
        return self.process.communicate(timeout=PATIENCE)[0]

    @property
    def address(self) -> tuple[str, int]:
        parts = urlsplit(self.url)
        assert parts.hostname is not None
        assert parts.port is not None
        return parts.hostname, parts.port

    @property
    def workers(self) -> list[psutil.Process]:
        """The processes that serve on its behalf."""
        children = psutil.Process(self.process.pid).children()
        return [child for child in children if lives(child) and "spawn_main" in " ".join(child.cmdline())]

    @property
    def postgres(self) -> psutil.Process:
        """The main process of the PostgreSQL in its data folder."""
        return postgres_of(self.data)

    def status(self, path: str, username: str = "", password: str = "") -> int:
        """The status of what it answers to a GET; 0 if it does not answer."""
        request = urllib.request.Request(self.url + path)
        if username:
            request.add_header("Authorization", basic(username, password))
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as response:
                return int(response.status)
        except HTTPError as error:
            with error:
                return error.code
        except (URLError, OSError):
            return 0

    def is_refused(self) -> bool:
        """Whether nobody listens at its address any more."""
        try:
            socket.create_connection(self.address, timeout=PATIENCE).close()
        except ConnectionError:
            return True
        return False


class SlowRequest:
    """A request whose body is kept back until the server is known to wait for it."""

    def __init__(self, serving: Serving, path: str, body: bytes) -> None:
        self._body = body
        self._socket = socket.create_connection(serving.address, timeout=PATIENCE)
        lines = [
            f"POST {path} HTTP/1.1",
            "Host: localhost",
            f"Authorization: {basic(serving.account, serving.token)}",
            "Content-Type: application/x-www-form-urlencoded",
            f"Content-Length: {len(body)}",
            "Expect: 100-continue",
            "Connection: close",
        ]
        self._socket.sendall("\r\n".join([*lines, "", ""]).encode())
        assert b" 100 Continue" in self._socket.recv(1000)

    def give_up(self) -> None:
        """Closes the connection."""
        self._socket.close()

    def finish(self) -> bytes:
        """Sends the body; the whole answer, up to the end of the connection."""
        with self._socket as connected:
            connected.sendall(self._body)
            return b"".join(iter(lambda: connected.recv(65536), b""))


def basic(username: str, password: str) -> str:
    """The Authorization header of HTTP Basic."""
    return "Basic " + b64encode(f"{username}:{password}".encode()).decode()


def paste(line: str) -> Any:
    """What a curl line, read as the shell would, is answered."""
    _, _, credentials, url = shlex.split(line)
    username, _, password = credentials.partition(":")
    request = urllib.request.Request(url, headers={"Authorization": basic(username, password)})
    with urllib.request.urlopen(request, timeout=PATIENCE) as response:
        return json.load(response)


def postgres_of(data: Path) -> psutil.Process:
    """The main process of the PostgreSQL in a data folder."""
    return psutil.Process(int((data / "postgresql/cluster/postmaster.pid").read_text().split()[0]))


def wait_until(condition: Callable[[], bool]) -> None:
    """The condition holds, which it must within PATIENCE."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end


def lives(process: psutil.Process) -> bool:
    """Whether the process still runs; one that ended and was not yet reaped by its parent does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
