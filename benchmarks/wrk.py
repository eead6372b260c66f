"""wrk: the load generator, and what a run of it found."""

import json
import shutil
import subprocess
import tempfile
from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path

import msgspec

from benchmarks.databases import ACCOUNT, TOKEN
from benchmarks.failures import Failed

AUTHORIZATION = "Basic " + b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
_REPLAY = Path(__file__).with_name("replay.lua")


class Sample(msgspec.Struct, frozen=True):
    """What a run found."""

    count: int
    """Requests answered, or transactions committed."""
    rate: float
    """Of them, per second."""
    p50: float
    """Milliseconds that half of them took at most."""
    cpu: float = 0.0
    """Microseconds of the server's processor time for each, where that was measured."""


class Request(msgspec.Struct, frozen=True):
    """A request: of a list, or with a form to post."""

    path: str
    form: str = ""


class Load:
    """The same requests over and over, through connections that are kept open."""

    def __init__(self, url: str, requests: Sequence[Request], connections: int) -> None:
        self._url, self._connections = url, connections
        self._file = tempfile.NamedTemporaryFile("w", suffix=".requests")  # noqa: SIM115 - as long as this object
        for each in requests:
            self._file.write(f"{'POST' if each.form else 'GET'}\t{each.path}\t{each.form}\n")
        self._file.flush()

    def run(self, seconds: float) -> Sample:
        """One run; raises Failed if a single request was refused, went wrong, or found no answer."""
        threads = min(2, self._connections)
        command = ["wrk", f"-t{threads}", f"-c{self._connections}", f"-d{max(1, round(seconds))}s", "--timeout", "10s"]
        command += ["-s", str(_REPLAY), self._url, "--", self._file.name, AUTHORIZATION]
        printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        found = json.loads(printed.splitlines()[-1])
        if found["failed"] or not found["answered"]:
            raise Failed(f"{found['failed']} of {found['answered']} requests to {self._url} failed:\n{printed}")
        rate = found["answered"] / found["microseconds"] * 1e6
        return Sample(found["answered"], rate, found["p50"] / 1000)


def is_there() -> bool:
    """Whether wrk is installed."""
    return shutil.which("wrk") is not None
