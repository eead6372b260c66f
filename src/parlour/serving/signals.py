"""What signals do: SIGTERM and Ctrl-C end a command through its ``with`` blocks, so that the PostgreSQL that it started
stops too."""

import asyncio
import signal
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, TypeVar

from parlour.storage.embedded import EmbeddedPostgres

ENDING = (signal.SIGTERM, signal.SIGINT)
OF_TERMINAL = (signal.SIGINT, signal.SIGHUP)
"""What a terminal sends to all that run in it. Whoever starts parlour may have it ignore them (nohup, a script that
puts it into the background); SIGTERM ends it in any case."""

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    """``asyncio.run``, in which SIGTERM and Ctrl-C cancel *work*, and raise KeyboardInterrupt once it has ended.

    ``asyncio.run`` knows Ctrl-C only, and interrupts at the second one wherever the event loop happens to be. That can
    stop a callback half-way: a connection with half an answer read is then waited for without end.
    """
    task: asyncio.Task[T] | None = None
    is_interrupted = False

    def end(number: int, frame: object) -> None:
        nonlocal is_interrupted
        is_interrupted = True
        if task is not None and not task.done():
            task.get_loop().call_soon_threadsafe(task.cancel)

    with handling(end), asyncio.Runner() as runner:
        loop = runner.get_loop()
        task = loop.create_task(work)
        if is_interrupted:
            task.cancel()
        try:
            result = loop.run_until_complete(task)
        except asyncio.CancelledError:
            raise KeyboardInterrupt from None
    if is_interrupted:  # too late to cancel anything
        raise KeyboardInterrupt
    return result


@contextmanager
def ending_in_order() -> Iterator[None]:
    """A server is expected to be interrupted: that ends the block, and is no error.

    A closed terminal counts as SIGTERM, unless that is ignored.
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


@contextmanager
def handling(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Signals that end the program call *handler* during the block, but for those that are ignored."""
    before = {each: signal.getsignal(each) for each in ENDING}
    for each in ENDING:
        if before[each] is not signal.SIG_IGN:
            signal.signal(each, handler)
    try:
        yield
    finally:
        for each in ENDING:
            signal.signal(each, before[each])


def ignored_signals() -> tuple[signal.Signals, ...]:
    """Those of a terminal's signals that this process ignores."""
    return tuple(each for each in OF_TERMINAL if signal.getsignal(each) is signal.SIG_IGN)


def ignore_signals(*signals: signal.Signals) -> None:
    """From now on they are ignored; also in the processes that this one starts."""
    for each in signals:
        signal.signal(each, signal.SIG_IGN)


@contextmanager
def delaying_signals() -> Iterator[None]:
    """A signal that comes during the block is acted on after it: raised within a finalizer, an interrupt is lost."""
    told: list[int] = []
    with handling(lambda number, frame: told.append(number)):
        yield
    if told:
        signal.raise_signal(told[0])


@contextmanager
def postgres_started(postgres: EmbeddedPostgres) -> Iterator[str]:
    """The URL of the server for the length of the block, which it does not outlive, whenever an interrupt comes."""
    try:
        yield postgres.start()
    finally:
        with handling(_pass_over):
            postgres.stop()


def _pass_over(number: int, frame: object) -> None:
    """A second signal, while the program ends. No child inherits this, as it would SIG_IGN."""
