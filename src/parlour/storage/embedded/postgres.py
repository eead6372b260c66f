"""The PostgreSQL that parlour starts for itself, as others see it: start it, get a URL, stop it."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TypeVar
from urllib.parse import quote

from parlour.storage.embedded.binaries import find_binaries
from parlour.storage.embedded.cluster import DATABASE, ROLE, make_cluster
from parlour.storage.embedded.errors import EmbeddedPostgresError
from parlour.storage.embedded.locks import FileLock
from parlour.storage.embedded.places import PORT, DataFolder, find_place
from parlour.storage.embedded.postmaster import Postmaster

BASE_FOLDER = Path("/var/lib/parlour")
_FORK_SECONDS = 0.2  # seconds that a new child may take to become another program
MAX_TURN_SECONDS = 900.0  # seconds that another parlour may take; more than a long recovery


Known = TypeVar("Known")


def _to_stderr(message: str) -> None:
    sys.stderr.write(message + "\n")


def _known(value: Known | None) -> Known:
    if value is None:
        raise EmbeddedPostgresError("PostgreSQL has not been started, so it is not known yet where it is.")
    return value


class EmbeddedPostgres:
    """The PostgreSQL that parlour starts for itself in its data folder.

    Any number of processes may use one data folder at once; the first starts the server, the last stops it.
    Where parlour is root, PostgreSQL must run as another user; what that user cannot reach, be it the data
    folder or the programs, is put below `base`. `say` gets the few sentences an operator should read.
    Blocking: to be used before an event loop runs, or in a thread.
    """

    def __init__(self, data: Path, *, say: Callable[[str], None] = _to_stderr, base: Path = BASE_FOLDER) -> None:
        self._data = Path(data).resolve()
        self._base = base
        self._say = say
        self._place: DataFolder | None = None
        self._binaries: Path | None = None
        self._socket_dir: Path | None = None
        self._turn = FileLock(self._data / "postgresql.lock")
        self._use = FileLock(self._data / "postgresql.in-use")

    def start(self) -> str:
        """A server answers for this data folder until `stop`; returns its URL for asyncpg and libpq.

        Makes the cluster the first time, recovers it after a crash, joins a server that runs already. Called
        again, it brings back a server that died. Raises EmbeddedPostgresError, which tells how to mend it.
        """
        try:
            self._make_data_folder()
            self._take_turn()
            try:
                if not self._use.held:
                    self._use.shared()
                return self._start()
            except BaseException:
                self._leave()
                raise
            finally:
                self._turn.release()
        except OSError as error:
            raise EmbeddedPostgresError(f"PostgreSQL cannot be started in {self._data}: {error}.") from error

    def stop(self) -> None:
        """This object uses the server no more; if it was the last user, the server has ended in order."""
        if not self._use.held:
            return
        self._take_turn()
        try:
            self._leave()
        finally:
            self._turn.release()

    def __enter__(self) -> str:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def binaries(self) -> Path:
        """The folder of the programs in use: postgres, psql, pgbench, pg_dump …"""
        return _known(self._binaries)

    @property
    def cluster(self) -> Path:
        """The folder of the database cluster."""
        return _known(self._place).cluster

    @property
    def socket_dir(self) -> Path:
        """The folder of the server's socket; who can enter it can use the database."""
        return _known(self._socket_dir)

    @property
    def log(self) -> Path:
        """The server's log file."""
        return _known(self._place).log

    def _start(self) -> str:
        self._place = find_place(self._data, self._base, self._say)
        self._binaries = find_binaries(self._place.user, self._base, self._say)
        make_cluster(self._place, self._binaries)
        self._socket_dir = Postmaster(self._place, self._binaries, self._say).ensure_running()
        return f"postgresql://{ROLE}@/{DATABASE}?host={quote(str(self._socket_dir))}&port={PORT}"

    def _leave(self) -> None:
        self._use.release()
        # race: whatever was interrupted may have left a child that is about to become another program, and holds
        # the lock until then.
        if self._place and self._binaries and self._use.exclusive(patience=_FORK_SECONDS):
            try:
                Postmaster(self._place, self._binaries, self._say).stop()
            finally:
                self._use.release()

    def _take_turn(self) -> None:
        if self._turn.exclusive(patience=1):
            return
        self._say("Another parlour is starting or stopping this PostgreSQL; waiting for it.")
        if not self._turn.exclusive(patience=MAX_TURN_SECONDS):
            raise EmbeddedPostgresError(
                f"Another parlour has been starting or stopping the PostgreSQL of {self._data} for "
                f"{MAX_TURN_SECONDS / 60:.0f} minutes. To see which process holds the lock: fuser {self._turn.path}"
            )

    def _make_data_folder(self) -> None:
        """It is there; race: another parlour may make it at the same moment."""
        try:
            self._data.mkdir(parents=True)
        except FileExistsError:
            if not self._data.is_dir():
                raise
        else:
            # Root's PostgreSQL runs as another user, which has to pass; the files in it have modes of their
            # own.
            self._data.chmod(0o711 if os.geteuid() == 0 else 0o700)
        if not os.access(self._data, os.W_OK | os.X_OK):
            raise EmbeddedPostgresError(
                f"The data folder {self._data} is not writable for this user. Give it the right owner "
                "(chown), or choose another data folder."
            )
