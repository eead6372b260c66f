"""Socket.IO: the client's end of it, and the server that stands in ``benchmarks/peers/socketio``."""

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.request import Request, urlopen

import msgspec

from benchmarks.failures import Failed
from benchmarks.twilsock import TEXT, Line, frame

FOLDER = Path(__file__).parent / "peers" / "socketio"
INSTALL_SECONDS = 120
_OPEN, _PING, _CONNECTED, _EVENT = b"0", b"2", b"40", b"42"
"""How messages begin: those of Engine.IO have one digit, those of Socket.IO in them a second."""


class Guest(Line):
    """A client that everybody's room has taken in once it is open."""

    path = "/socket.io/?EIO=4&transport=websocket"

    def _upgraded(self) -> None:
        """Nothing has begun yet."""

    def _take_text(self, message: bytes) -> bytes:
        if message.startswith(_EVENT):
            self._hear(message[len(_EVENT) :])
        elif message.startswith(_CONNECTED):
            self._opened.set_result(None)
        elif message.startswith(_OPEN):
            return frame(TEXT, _CONNECTED)
        elif message == _PING:
            return frame(TEXT, b"3")
        return b""


class Peer(msgspec.Struct, frozen=True):
    """The server, which runs."""

    url: str
    pid: int

    def send(self, events: Sequence[bytes]) -> None:
        """Each socket gets these, which are JSON."""
        with urlopen(Request(self.url, data=b"[" + b",".join(events) + b"]"), timeout=30) as answer:
            answer.read()


@contextmanager
def peer() -> Iterator[Peer]:
    """The server, for the length of the block; raises Failed without Node or its packages."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise Failed("There is no Node with npm on this machine.")
    if not (FOLDER / "node_modules").is_dir():
        install = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        done = subprocess.run(install, cwd=FOLDER, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False)
        if done.returncode:
            raise Failed(f"npm cannot install what {FOLDER.name} stands on: {done.stderr[:300]}")
    process = subprocess.Popen([node, "server.js"], cwd=FOLDER, stdout=subprocess.PIPE)
    assert process.stdout is not None
    try:
        yield Peer(msgspec.json.decode(process.stdout.readline(), type=str), process.pid)
    finally:
        process.terminate()
        process.communicate()
