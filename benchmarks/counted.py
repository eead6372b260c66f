"""The counted parlour: one that counts the statements it sends to its database.

``python -m benchmarks.counted`` serves it; the number stands in the file that COUNTED_IN names.
"""

import json
import mmap
import os
import socket
import struct
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from benchmarks.databases import Filled
from benchmarks.servers import Server, serving
from parlour.serving import processes
from parlour.settings import load
from parlour.storage.database import Database

_NUMBER = struct.Struct("=q")


@contextmanager
def counted(database: Filled) -> Iterator[tuple[Server, Callable[[], int]]]:
    """Such a parlour, and how many statements it has sent by now."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(bytes(_NUMBER.size))
        file.flush()
        with serving("benchmarks.counted", database.url, COUNTED_IN=file.name) as server:
            yield server, lambda: int(_NUMBER.unpack(Path(file.name).read_bytes())[0])


class Counter:
    """Counts into a file that another process reads."""

    def __init__(self, name: str) -> None:
        with Path(name).open("r+b") as file:
            self._shared = mmap.mmap(file.fileno(), _NUMBER.size)
        self._number = 0

    def add(self, statement: str) -> None:
        """One more."""
        self._number += 1
        _NUMBER.pack_into(self._shared, 0, self._number)


def main() -> None:
    counter, plain = Counter(os.environ["COUNTED_IN"]), Database.__init__

    def counting(self: Database, *arguments: Any, **named: Any) -> None:
        plain(self, *arguments, **named)
        self.on_statement = counter.add

    with socket.create_server(("127.0.0.1", 0), backlog=2048) as listener:
        announced = json.dumps({"base_url": f"http://127.0.0.1:{listener.getsockname()[1]}"})
        with patch.object(Database, "__init__", counting):
            processes.run(load({}), listener, lambda: print(announced, flush=True))


if __name__ == "__main__":
    main()
