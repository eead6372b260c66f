"""Ending: SIGTERM and Ctrl-C end a command through its ``with`` blocks, so that the PostgreSQL it started stops too."""

import asyncio
import signal
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from parlour.storage.embedded import EmbeddedPostgres

ENDING = (signal.SIGTERM, signal.SIGINT)

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    """``asyncio.run``, in which SIGTERM and Ctrl-C cancel *work*, and raise KeyboardInterrupt once it has ended.

    Raised wherever the event loop happens to be, an interrupt could cut a callback off in the middle: a connection
    with half an answer read is waited for without end.
    """
    try:
        return asyncio.run(_cancellable(work))
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None


async def _cancellable(work: Coroutine[Any, Any, T]) -> T:
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    before = {each: signal.getsignal(each) for each in ENDING}
    for each, handler in before.items():
        if handler is not signal.SIG_IGN:
            loop.add_signal_handler(each, task.cancel)
    try:
        return await work
    finally:
        for each, handler in before.items():
            loop.remove_signal_handler(each)
            signal.signal(each, handler)


@contextmanager
def started(postgres: EmbeddedPostgres) -> Iterator[str]:
    """The URL of the server for the length of the block, which it does not outlive, whenever an interrupt comes."""
    try:
        yield postgres.start()
    finally:
        with _uninterrupted():
            postgres.stop()


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """An impatient second Ctrl-C is passed over. No child inherits that, as it would SIG_IGN."""
    before = {each: signal.signal(each, _pass_over) for each in ENDING}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _pass_over(number: int, frame: object) -> None:
    """The program is ending already."""
