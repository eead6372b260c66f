"""The servers of this user that run: each keeps a file in the user's state folder, so that commands find it.

The server holds a lock on its file, which the system takes from it however it ends. So a file that nobody has locked
is left behind, whatever process has its number by now. There is no token in it: that lies where the server has it
from, and is asked for there (``cli/find_server.py``).
"""

import fcntl
import os
import platform
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO

import msgspec

STATE_VARIABLE = "XDG_STATE_HOME"
_BOOT = Path("/proc/sys/kernel/random/boot_id")
_NETWORK = Path("/proc/self/ns/net")


class RunningServer(msgspec.Struct, frozen=True, kw_only=True):
    """A server, as its file describes it."""

    url: str
    """Where it listens."""
    account_sid: str
    """Its first account."""
    pid: int
    data: str | None
    """Its data folder, if the bundled PostgreSQL has its database; None: another has."""
    machine: str
    network: str
    """Where its address means something: another container, and another machine with the same home, have others."""


def state_folder() -> Path:
    """Where the files are; raises OSError if this user has no such folder."""
    named = os.environ.get(STATE_VARIABLE, "")
    try:
        return (Path(named) if Path(named).is_absolute() else Path.home() / ".local" / "state") / "parlour"
    except RuntimeError as error:
        raise OSError(str(error)) from None


@contextmanager
def registered_as(url: str, account_sid: str, data: Path | None) -> Iterator[None]:
    """This process is found as a server for the length of the block; raises OSError if no file can be written."""
    shown = None if data is None else str(data.resolve())
    server = RunningServer(
        url=url, account_sid=account_sid, pid=os.getpid(), data=shown, machine=platform.node(), network=_network()
    )
    folder = state_folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    path = folder / f"{os.getpid()}-{token_hex(4)}.json"
    with _locked(path, msgspec.json.encode(server) + b"\n"):
        running_servers()  # what others left behind goes
        yield


def running_servers() -> list[RunningServer]:
    """Those that run now, in the order of their addresses; what servers that are gone left behind is removed."""
    try:
        folder = state_folder()
        paths = [path for path in folder.iterdir() if path.suffix == ".json"] if _is_own(folder.stat()) else []
    except OSError:
        return []
    return sorted(filter(None, map(_running, paths)), key=lambda server: server.url)


def is_running(server: RunningServer) -> bool:
    """Whether it still runs, or has come back at its address with its database."""
    return any(
        (each.url, each.account_sid, each.data) == (server.url, server.account_sid, server.data)
        for each in running_servers()
    )


@contextmanager
def _locked(path: Path, content: bytes) -> Iterator[None]:
    """The file has this content, and is locked; it appears with both at once, and is gone after the block."""
    fresh = path.with_suffix(".new")
    descriptor = os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            file.write(content)
            file.flush()
            fresh.rename(path)
            yield
        finally:
            for each in (fresh, path):
                each.unlink(missing_ok=True)


def _running(path: Path) -> RunningServer | None:
    """The server of the file, if it runs and can be reached from here; if it is gone, so is the file then."""
    with suppress(OSError, msgspec.MsgspecError), path.open("rb") as file:
        if _is_own(os.fstat(file.fileno())):
            server = msgspec.json.decode(file.read(), type=RunningServer)
            if server.machine == platform.node() and _is_left_behind(file):
                path.unlink(missing_ok=True)
            elif server.network == _network():
                return server
    return None


def _is_left_behind(file: BinaryIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_own(status: os.stat_result) -> bool:
    """Whether only this user can have written it."""
    return status.st_uid == os.geteuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _network() -> str:
    with suppress(OSError):
        return f"{_BOOT.read_text().strip()} {_NETWORK.readlink()}"
    return platform.node()
