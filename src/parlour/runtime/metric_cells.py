"""SharedCounters: numbers that this process changes at next to no cost, and that its siblings can read at any time.

Processes that serve together share a folder, in which each has two files: ``0.cells`` is an array of doubles, mapped
into memory, and ``0.names`` says in its lines whose they are. A process has its files to itself by a lock that ends
with it, however it ends. A replacement process inherits the files, so counters never go backwards.
"""

import fcntl
import mmap
import os
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path

import msgspec

CAPACITY = 1 << 17
"""The most cells of a process. Only those in use take memory."""
_PID, _FIRST = 0, 1
_SPARE = 64
"""The last ones, for what has no room any more; nobody reads them."""
_WIDTH = 8

Name = tuple[str, tuple[str, ...]]
"""What a number is called: a metric, and the values of its labels."""
Numbers = dict[Name, tuple[float, ...]]
"""By name, what is counted under it: one number, or those of a histogram."""


class Owner(msgspec.Struct, frozen=True):
    """What one process has counted."""

    worker: int
    """Its number: from 0, and the same for the process that takes the place of one that ended."""
    pid: int
    numbers: Numbers


class SharedCounters:
    """The cells of this process; with a *folder*, readable by all processes that share it."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._places: dict[Name, tuple[int, int]] = {}
        self._next = _FIRST
        self._names: int | None = None
        self.worker = 0
        size = CAPACITY * _WIDTH
        if folder is None:
            self._map = mmap.mmap(-1, size)
        else:
            self.worker, self._file = _taken(folder)
            os.ftruncate(self._file, size)
            self._map = mmap.mmap(self._file, size)
            self._names = os.open(folder / f"{self.worker}.names", os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        self.values = memoryview(self._map).cast("d")
        """The numbers, by place."""
        if folder is not None:
            self._take_over(folder / f"{self.worker}.names")
        self.values[_PID] = os.getpid()

    def place(self, metric: str, *labels: str, width: int = 1) -> int:
        """Where the first of *width* numbers of that name is; they are 0 before anybody has changed them.

        When there is no room any more, what has a new name is not counted.
        """
        name = (metric, labels)
        if name not in self._places:
            if self._next + width > CAPACITY - _SPARE:
                return CAPACITY - _SPARE
            # race: a reader must find the name of every number that is not 0.
            if self._names is not None:
                os.write(self._names, msgspec.json.encode((metric, labels, width)) + b"\n")
            self._places[name] = (self._next, width)
            self._next += width
        return self._places[name][0]

    def owners(self) -> list[Owner]:
        """What each process has counted, this one first; also those that have ended."""
        own = Owner(self.worker, os.getpid(), _numbers(dict(self._places), self.values))
        return [own, *self._others()]

    def close(self) -> None:
        """Nobody changes them any more; what was counted stays in the folder."""
        self.values[_PID] = 0
        self.values.release()
        self._map.close()
        if self._names is not None:
            os.close(self._names)
            os.close(self._file)

    def _others(self) -> Iterator[Owner]:
        for path in self._folder.glob("*.cells") if self._folder is not None else ():
            worker = int(path.stem)
            if worker != self.worker:
                with suppress(OSError):  # it is only just beginning
                    values = memoryview(path.read_bytes()[: CAPACITY * _WIDTH]).cast("d")
                    if len(values) == CAPACITY:
                        places, _ = _read_places(path.with_suffix(".names"))
                        yield Owner(worker, int(values[_PID]), _numbers(places, values))

    def _take_over(self, names: Path) -> None:
        """Goes on with what the process counted that had these files before."""
        self._places, complete = _read_places(names)
        os.truncate(names, complete)
        self._next = max((place + width for place, width in self._places.values()), default=_FIRST)


def _taken(folder: Path) -> tuple[int, int]:
    """The first number of which no living process has the files, and its file, locked until this process ends."""
    for worker in count():
        file = os.open(folder / f"{worker}.cells", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
        else:
            return worker, file
    raise AssertionError


def _read_places(names: Path) -> tuple[dict[Name, tuple[int, int]], int]:
    """The places by name, and how many bytes of the file tell of them: its last line may be cut off."""
    text = names.read_bytes()
    complete = text.rfind(b"\n") + 1
    places: dict[Name, tuple[int, int]] = {}
    at = _FIRST
    for line in text[:complete].splitlines():
        metric, labels, width = msgspec.json.decode(line, type=tuple[str, tuple[str, ...], int])
        places[metric, labels] = (at, width)
        at += width
    return places, complete


def _numbers(places: dict[Name, tuple[int, int]], values: "memoryview[float]") -> Numbers:
    return {name: tuple(values[place : place + width].tolist()) for name, (place, width) in places.items()}
