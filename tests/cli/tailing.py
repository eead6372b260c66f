"""A ``parlour tail`` for the length of a test."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.cli.asking import Caller
from tests.cli.running import PATIENCE, environment
from tests.processes import started


@contextmanager
def tailing(caller: Caller, *words: str) -> Iterator["subprocess.Popen[str]"]:
    """The command, which has begun; interrupted at the end of the block."""
    command = [sys.executable, "-m", "parlour", "tail", *words, *caller.words]
    pipe = subprocess.PIPE
    with started(command, cwd="/", env=environment(), stdout=pipe, stderr=pipe) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == f"What happens in {caller.account}; Ctrl-C ends this.\n"
        yield process
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
