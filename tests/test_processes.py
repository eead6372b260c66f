"""How tests start processes: whoever runs the tests, and however a test ends."""

import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests import processes
from tests.processes import OF_TERMINAL, ignoring, started

ROOT = Path(__file__).parents[1]
SHOW = "import signal; print([signal.getsignal(each) is signal.SIG_IGN for each in (1, 2, 3)])"
RUN = f"""
import os, signal, subprocess, sys
show = [sys.executable, "-c", {SHOW!r}]
subprocess.run(show, check=True)
from tests import processes
from tests.processes import handle_what_is_ignored
handle_what_is_ignored()
for each in (1, 2, 3):
    os.kill(os.getpid(), each)
subprocess.run(show, check=True)
"""


def test_a_run_that_ignores_signals_goes_on_to_and_what_it_starts_does_not() -> None:
    command = ignoring([sys.executable, "-c", RUN], *OF_TERMINAL)
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[True, True, True]", "[False, False, False]"]


LASTING = [sys.executable, "-c", "print(flush=True); import sys; sys.stdin.read()"]
STUBBORN = ignoring(["/bin/sh", "-c", "echo; exec sleep 600"], signal.SIGTERM)


def failing(command: Sequence[str | Path], made: list["subprocess.Popen[str]"]) -> None:
    """A test that starts something and fails."""
    with started(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        made.append(process)
        raise AssertionError("as tests fail")


def test_a_test_that_fails_leaves_no_process_behind() -> None:
    made: list[subprocess.Popen[str]] = []
    with pytest.raises(AssertionError, match="as tests fail"):
        failing(LASTING, made)
    (process,) = made
    assert process.returncode == -signal.SIGTERM
    assert process.stdout is not None
    assert process.stdout.closed


def test_what_does_not_heed_sigterm_is_killed_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "PATIENCE", 0.1)
    made: list[subprocess.Popen[str]] = []
    with pytest.raises(subprocess.TimeoutExpired):
        failing(STUBBORN, made)
    assert made[0].returncode == -signal.SIGKILL
