"""File locks that say who starts or stops parlour's own PostgreSQL, and who uses it."""

import fcntl
import os
import time
from pathlib import Path


class FileLock:
    """A `flock` on a file that is never deleted.

    The kernel drops it when its process dies, however it dies. The descriptor is closed on exec, so that
    PostgreSQL cannot inherit it and hold it for ever.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd: int | None = None

    @property
    def held(self) -> bool:
        return self._fd is not None

    def exclusive(self, *, patience: float = 0) -> bool:
        """Takes the lock for this process alone; False if others kept it for `patience` seconds."""
        end = time.monotonic() + patience
        while not self._take(fcntl.LOCK_EX):
            if time.monotonic() >= end:
                return False
            time.sleep(0.02)
        return True

    def shared(self) -> bool:
        """Takes the lock together with others; False if another process holds it exclusively."""
        return self._take(fcntl.LOCK_SH)

    def release(self) -> None:
        # Closed rather than unlocked: a forked child that still has the descriptor goes on counting as a
        # user.
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def _take(self, kind: int) -> bool:
        self.release()
        fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(fd, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(fd)
            return False
        except BaseException:
            os.close(fd)
            raise
        self._fd = fd
        return True
