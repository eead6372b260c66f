"""Runs a program on a terminal of its own."""

import fcntl
import os
import struct
import subprocess
import termios
from collections.abc import Mapping, Sequence
from contextlib import suppress


def on_a_terminal(command: Sequence[str], columns: int = 80, environment: Mapping[str, str] | None = None) -> str:
    """All that a program shows, to its end, on a terminal that is so wide; lines end as they do in files."""
    ours, its = os.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    variables = {name: value for name, value in (environment or os.environ).items() if name != "COLUMNS"}
    with subprocess.Popen(command, env=variables, stdin=its, stdout=its, stderr=its) as process:
        os.close(its)
        shown = b""
        with suppress(OSError):  # how Linux says that nobody writes to it any more
            while piece := os.read(ours, 65536):
                shown += piece
        os.close(ours)
        process.wait()
    return shown.decode().replace("\r\n", "\n")
