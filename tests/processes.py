"""Processes that tests start: they heed every signal, whatever this run was told to ignore, and end with their test."""

import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PATIENCE = 60
"""Seconds after which a process that was told to end is killed."""
OF_TERMINAL = (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)
"""What ``nohup``, and a script that starts something in the background, have it ignore."""


def handle_what_is_ignored() -> None:
    """From now on processes start with the default handling of signals that this one was started to ignore.

    Ignoring is inherited by a process that is started, handling is not. So what this one ignores it now handles, by
    doing nothing. For the main thread.
    """
    for each in OF_TERMINAL:
        if signal.getsignal(each) is signal.SIG_IGN:
            signal.signal(each, _pass_over)


def _pass_over(number: int, frame: object) -> None:
    """Nothing is what ignoring does, too."""


@contextmanager
def started(command: Sequence[str | Path], **options: Any) -> Iterator["subprocess.Popen[str]"]:
    """A process that the block does not leave behind, however it ends; *options* are those of Popen."""
    process = subprocess.Popen(command, text=True, **options)
    try:
        yield process
    finally:
        end(process)


def end(process: "subprocess.Popen[str]") -> None:
    """It has ended: told to, unless it did by itself, and killed if that does not help. Nothing of it stays open."""
    with process:
        try:
            if process.poll() is None:
                process.terminate()
            process.communicate(timeout=PATIENCE)
        finally:
            process.kill()


def ignoring(command: Sequence[str | Path], *signals: signal.Signals) -> list[str | Path]:
    """The *command* as one that is started with these signals ignored, as by ``nohup``."""
    if not signals:
        return list(command)
    names = " ".join(each.name.removeprefix("SIG") for each in signals)
    return ["/bin/sh", "-c", f"trap '' {names}; exec \"$@\"", "sh", *command]
