"""Descriptors: says when this process may open no more files and sockets.

The event loop then silently closes new connections; so once a second this opens a file to find out.
"""

import errno
import os
import resource
import time

import structlog

from parlour.runtime.metrics import EXHAUSTED, Metrics

DESCRIPTORS = "descriptors"
"""The name of the loop."""
INTERVAL_SECONDS = 1.0
"""Seconds between two tries."""
LOG_INTERVAL_SECONDS = 60.0

_log = structlog.get_logger("parlour.descriptors")


class Descriptors:
    """Looks whether there are file descriptors left."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._log_at = 0.0

    async def run_once(self) -> bool:
        """A turn in the background: that there are none left is counted, and logged now and then. Never more to do."""
        try:
            os.close(os.open(os.devnull, os.O_RDONLY))
        except OSError as error:
            if error.errno not in (errno.EMFILE, errno.ENFILE):
                raise
            self._note(error.errno)
        return False

    def _note(self, number: int) -> None:
        self._metrics.count(EXHAUSTED)
        if time.monotonic() < self._log_at:
            return
        self._log_at = time.monotonic() + LOG_INTERVAL_SECONDS
        _log.error(
            "No file descriptor is left: new connections are closed unanswered. Allow more (ulimit -n, LimitNOFILE).",
            reason=f"{os.strerror(number)}; the limit is {resource.getrlimit(resource.RLIMIT_NOFILE)[0]}",
        )
