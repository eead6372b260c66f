"""A worker: one of several processes that serve, started by the parent below which they run."""

import ctypes
import gc
import multiprocessing
import os
import signal
from pathlib import Path
from types import FrameType
from typing import Any

from parlour.app import Application
from parlour.log import configure_logs
from parlour.settings import load

COUNTERS_VARIABLE = "PARLOUR_SHARED_CELLS"
"""The environment variable by which workers learn where they keep what they count. No setting: it is not chosen."""


def freeze_loaded_objects() -> None:
    """What this process has loaded so far stays until its end, so garbage collection no longer looks through it.

    It did so again and again under load, at a sixth of the cost of a webhook; and a tenth more for looking after every
    700 new objects, of which nearly all that a request or a webhook makes go by themselves.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def application() -> Application:
    """The application of a worker process, whose settings all come by its environment."""
    _end_with_parent()
    freeze_loaded_objects()
    settings = load({})
    configure_logs(settings.log.level, settings.log.format, is_sensitive=settings.log.sensitive)
    serving = Application(settings, shared=Path(os.environ[COUNTERS_VARIABLE]))
    _end_with_sigterm_only(serving)
    return serving


def _end_with_sigterm_only(serving: Application) -> None:
    """The parent sends SIGTERM. Ctrl-C in a terminal reaches workers too, but only the parent decides what follows.
    Once the worker is ending, Ctrl-C ends it at once, as uvicorn does.

    uvicorn notifies the application only when all calls are answered, so this listens for uvicorn's own signals.
    """
    before: dict[int, Any] = {each: signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT)}
    is_ending = False

    def end(number: int, frame: FrameType | None) -> None:
        nonlocal is_ending
        is_ending = True
        serving.stop_waiting()
        before[number](number, frame)

    def hurry(number: int, frame: FrameType | None) -> None:
        if is_ending:
            before[number](number, frame)

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, hurry)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


def _end_with_parent() -> None:
    """Asks Linux to end this process when its parent is killed, so that no orphan keeps the port."""
    set_parent_death_signal = 1
    ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGTERM)
    parent = multiprocessing.parent_process()
    if parent is not None and os.getppid() != parent.pid:  # race: it died before we asked
        raise SystemExit(1)
