"""Checkouts: two states of parlour, each with a database of its own, that are measured beside each other."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from benchmarks.databases import Filled
from benchmarks.failures import Failed

HERE = Path(__file__).parents[1]
_FILL = """
import asyncio, json, sys
from benchmarks.databases import filled
found = asyncio.run(filled(sys.argv[1], int(sys.argv[2]), fresh=sys.argv[4] == "fresh", name=sys.argv[3]))
print(json.dumps([found.url, found.service_sid, found.conversations]))
"""


class Checkout(msgspec.Struct, frozen=True):
    """A state of parlour's code."""

    name: str
    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """By which a Python process runs this code, whatever the environment has installed."""
        return {"PYTHONPATH": os.pathsep.join([str(self.folder / "src"), str(self.folder)])}

    def filled(self, server: str, conversations: int, *, name: str, fresh: bool = False) -> Filled:
        """The database of that size in the schema of this checkout, made by its own code; raises Failed."""
        command = [sys.executable, "-c", _FILL, server, str(conversations), name, "fresh" if fresh else "kept"]
        ran = subprocess.run(
            command,
            env={**os.environ, **self.environment},
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if ran.returncode != 0:
            raise Failed(f"{self.name} cannot fill a database:\n{ran.stderr[-2000:]}")
        return Filled(*json.loads(ran.stdout.splitlines()[-1]))


@contextmanager
def checked_out(wanted: str) -> Iterator[Checkout]:
    """The checkout in the folder *wanted*, or else of the revision; raises Failed if it is neither.

    Of a revision there is a copy, which is gone afterwards. It runs with the packages of this environment.
    """
    folder = Path(wanted)
    if (folder / "src" / "parlour").is_dir():
        yield Checkout(wanted, folder.resolve())
        return
    with tempfile.TemporaryDirectory() as copy:
        archive = subprocess.run(
            ["git", "-C", str(HERE), "archive", wanted, "src", "benchmarks"], capture_output=True, check=False
        )
        if archive.returncode != 0:
            raise Failed(f"{wanted} is neither a checkout's folder nor a revision: {archive.stderr.decode().strip()}")
        subprocess.run(["tar", "-x", "-C", copy], input=archive.stdout, check=True)
        yield Checkout(wanted, Path(copy))
