"""Keeps the bundled PostgreSQL running: when its process ends while parlour serves, it is started again."""

import os
import select
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread

from parlour.storage.embedded import EmbeddedPostgres, EmbeddedPostgresError

RETRY_DELAY_SECONDS = 5.0
"""Seconds between two attempts to start it, and between two looks where its process cannot be seen."""


@contextmanager
def kept_running(postgres: EmbeddedPostgres, say: Callable[[str], None]) -> Iterator[None]:
    """A thread starts the server again whenever it ends, for the length of the block."""
    stop, stopper = os.pipe()
    thread = Thread(target=_keep, args=(postgres, say, stop), name="PostgreSQL's keeper", daemon=True)
    thread.start()
    try:
        yield
    finally:
        os.close(stopper)
        thread.join()
        os.close(stop)


def _keep(postgres: EmbeddedPostgres, say: Callable[[str], None], stop: int) -> None:
    process = _watched(postgres.cluster)
    while _ended(process, stop):
        before = _pid(postgres.cluster)
        try:
            postgres.start()
            process = _watched(postgres.cluster)
            if _pid(postgres.cluster) != before:
                say("PostgreSQL ended unexpectedly; it was started again.")
        except EmbeddedPostgresError as error:
            process = None
            say(f"PostgreSQL ended unexpectedly and cannot be started again: {error}")


def _watched(cluster: Path) -> int | None:
    """A descriptor that becomes readable when the server's process ends; None where it cannot be had."""
    with suppress(OSError, AttributeError):  # it has ended; it runs in another container; or this is not Linux
        return os.pidfd_open(_pid(cluster))
    return None


def _ended(process: int | None, stop: int) -> bool:
    """Waits until the process ends (or, without one, for a while): True; or until the block ends: False."""
    watched = [stop] if process is None else [stop, process]
    try:
        readable, _, _ = select.select(watched, [], [], RETRY_DELAY_SECONDS if process is None else None)
    finally:
        if process is not None:
            os.close(process)
    return stop not in readable


def _pid(cluster: Path) -> int:
    with suppress(OSError, ValueError, IndexError):
        return int((cluster / "postmaster.pid").read_text().split()[0])
    return 0
