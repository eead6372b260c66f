"""Ending: SIGTERM and Ctrl-C end a command through its ``with`` blocks, so that the PostgreSQL it started stops too."""

import asyncio
import signal
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from parlour.storage.embedded import EmbeddedPostgres

ENDING = (signal.SIGTERM, signal.SIGINT)
OF_TERMINAL = (signal.SIGINT, signal.SIGHUP)
"""What a terminal sends to all that run in it. Whoever starts parlour may have it ignore them (nohup, a script that
puts it into the background); SIGTERM ends it in any case."""

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    """``asyncio.run``, in which SIGTERM and Ctrl-C cancel *work*, and raise KeyboardInterrupt once it has ended.

    Raised wherever the event loop happens to be, an interrupt could cut a callback off in the middle: a connection
    with half an answer read is waited for without end.
    """
    tasks: list[asyncio.Task[Any]] = []
    is_told = False

    def end(number: int, frame: object) -> None:
        nonlocal is_told
        is_told = True
        for task in tasks:
            with suppress(RuntimeError):  # the loop is closed already
                task.get_loop().call_soon_threadsafe(task.cancel)

    async def cancellable() -> T:
        task = asyncio.current_task()
        assert task is not None
        tasks.append(task)
        if is_told:
            task.cancel()
        return await work

    with _handling(end):
        try:
            result = asyncio.run(cancellable())
        except asyncio.CancelledError:
            raise KeyboardInterrupt from None
    if is_told:  # too late to cancel anything
        raise KeyboardInterrupt
    return result


@contextmanager
def in_order() -> Iterator[None]:
    """Whoever serves is expected to be interrupted: that is the end of the block, and no error.

    While uvicorn runs it has handlers of its own, and raises the signal once more when it is done; by then there
    is nothing left to interrupt. A closed terminal counts as SIGTERM, unless that is ignored.
    """
    hangup = signal.getsignal(signal.SIGHUP)
    if hangup is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))
    try:
        yield
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGHUP, hangup)


def ignored() -> tuple[signal.Signals, ...]:
    """Those of a terminal's signals that this process ignores."""
    return tuple(each for each in OF_TERMINAL if signal.getsignal(each) is signal.SIG_IGN)


def ignore(*signals: signal.Signals) -> None:
    """From now on they are ignored; also in the processes that this one starts."""
    for each in signals:
        signal.signal(each, signal.SIG_IGN)


@contextmanager
def held() -> Iterator[None]:
    """A signal that comes during the block is acted on after it: raised within a finalizer, an interrupt is lost."""
    told: list[int] = []
    with _handling(lambda number, frame: told.append(number)):
        yield
    if told:
        signal.raise_signal(told[0])


@contextmanager
def started(postgres: EmbeddedPostgres) -> Iterator[str]:
    """The URL of the server for the length of the block, which it does not outlive, whenever an interrupt comes."""
    try:
        yield postgres.start()
    finally:
        with _handling(_pass_over):
            postgres.stop()


@contextmanager
def _handling(handler: Callable[[int, object], None]) -> Iterator[None]:
    """Signals that end the program go to *handler*, but for those that are ignored."""
    before = {each: signal.getsignal(each) for each in ENDING}
    for each in ENDING:
        if before[each] is not signal.SIG_IGN:
            signal.signal(each, handler)
    try:
        yield
    finally:
        for each in ENDING:
            signal.signal(each, before[each])


def _pass_over(number: int, frame: object) -> None:
    """A second signal, while the program ends. No child inherits this, as it would SIG_IGN."""
