"""Starts, finds, takes over and stops the server process of parlour's own PostgreSQL."""

import os
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from subprocess import TimeoutExpired

import psutil

from parlour.storage.embedded.cluster import write_settings
from parlour.storage.embedded.errors import EmbeddedPostgresError, failure
from parlour.storage.embedded.places import PORT, DataFolder

RECOVERY_TIMEOUT_SECONDS = 600.0  # seconds; replaying the log after a crash may take minutes on a slow disk
TIMEOUT_SECONDS = 30.0  # seconds for everything else
ANSWER_TIMEOUT_SECONDS = 10.0  # seconds that a server gets to show that it is this cluster's
MAX_LOG_BYTES = 10 << 20  # bytes
PROOF_FILE = "parlour.proof"  # the file by which a server shows that it works on this cluster


@dataclass(frozen=True)
class PidFile:
    """What PostgreSQL's own `postmaster.pid` says, perhaps of a process long dead; pid 0 if nothing yet."""

    pid: int
    cluster: Path | None
    """The cluster's folder as the server that wrote it knows it; another one's where the file was copied."""
    socket_dir: Path | None
    status: str


class Postmaster:
    """The server of one cluster. Its methods are called by the one holder of the data folder's start lock."""

    def __init__(self, place: DataFolder, binaries: Path, say: Callable[[str], None]) -> None:
        self._place = place
        self._binaries = binaries
        self._say = say

    def ensure_running(self) -> Path:
        """A server of this cluster answers, found running or started now; returns its socket's folder."""
        began = time.monotonic()
        told = False
        while True:
            file = self.pid_file()
            if file and file.status == "ready" and (found := self._found(file)):
                return found
            waited = time.monotonic() - began
            if file and self._is_ours(file.pid):
                if file.status == "stopping" and waited > TIMEOUT_SECONDS / 2:
                    self._stop_at_once()
                if waited > (RECOVERY_TIMEOUT_SECONDS if file.status == "starting" else TIMEOUT_SECONDS):
                    raise self._mute(file)
            elif strays := self._processes():
                self._dismiss(strays, waited)
            else:
                if file:
                    self._forget(file)
                self._launch(may_retry=waited < TIMEOUT_SECONDS)
                continue
            if waited > 3 and not told:
                told = True
                self._say(f"Waiting for PostgreSQL (process {file.pid if file else '?'}); its log: {self._place.log}")
            time.sleep(0.05)

    def stop(self) -> None:
        """No server of this cluster runs any more. Its clients are cut off; what they committed is safe."""
        file = self.pid_file()
        if file is None or not self._is_ours(file.pid):
            return
        result = self._pg_ctl("stop", "-m", "fast", "-w", "-t", "60")
        if result and self._is_ours(file.pid):
            result = self._stop_at_once()
        if result and self._is_ours(file.pid):
            what = f"PostgreSQL (process {file.pid}) did not stop; its log: {self._place.log}"
            raise failure(what, result, self._place.home)
        if file.socket_dir and file.socket_dir.parent != self._place.home:
            self._place.user.shell('rmdir "$1"', file.socket_dir)

    def pid_file(self) -> PidFile | None:
        """The cluster's postmaster.pid, if there is one."""
        try:
            lines = (self._place.cluster / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return None
        lines += [""] * (8 - len(lines))
        pid = int(lines[0]) if lines[0].strip().isdigit() else 0
        return PidFile(pid, _path(lines[1]), _path(lines[4]), lines[7].strip())

    def _launch(self, *, may_retry: bool) -> None:
        place = self._place
        socket_dir = place.make_socket_dir()
        write_settings(place, socket_dir)
        self._forget_socket(socket_dir)
        with suppress(FileNotFoundError):
            if place.log.stat().st_size > MAX_LOG_BYTES:
                place.user.shell("mv -f server.log server.log.1", cwd=place.home)
        seen = place.log.stat().st_size if place.log.exists() else 0
        # A short wait: a server that is still recovering after it is waited for like one that was found so.
        output = self._pg_ctl("start", "-l", "server.log", "-w", "-t", "5")
        file = self.pid_file()
        if not output or (file and self._is_ours(file.pid)):
            return
        with place.log.open("rb") as log:
            log.seek(seen)
            said = log.read().decode(errors="replace")
        # race: a pg_ctl whose parlour was killed may be starting it too, and a dying backend may be seen by
        # PostgreSQL only.
        passing = ("pre-existing shared memory block", "already exists", "is another postmaster")
        if not (may_retry and any(sign in said for sign in passing)):
            raise failure(f"PostgreSQL does not start. Its log, {place.log}, ends with:", said or output, place.home)
        time.sleep(0.2)

    def _stop_at_once(self) -> str:
        # PostgreSQL 18 may hang for ever when it is stopped while it recovers. Nothing is lost: it recovers again.
        self._say(f"PostgreSQL takes long to stop and is ended at once; its log: {self._place.log}")
        return self._pg_ctl("stop", "-m", "immediate", "-w", "-t", "20")

    def _pg_ctl(self, verb: str, *options: str) -> str:
        """Run pg_ctl; empty when it succeeded, else what it said."""
        # Relative paths: pg_ctl hands them to a shell in double quotes, where the data folder's name might
        # mean something.
        command: list[str | Path] = [self._binaries / "pg_ctl", verb, "-D", "cluster", *options]
        result = self._place.user.run(*command, cwd=self._place.home)
        return "" if result.returncode == 0 else result.stdout or f"pg_ctl {verb} failed"

    def _found(self, file: PidFile) -> Path | None:
        """The socket's folder of a server that works on this cluster; None if there is none that answers.

        Asked before looking at processes: a server in another container is not seen, but answers through its
        socket. A folder that was moved took its socket along; and where the file was copied, its socket is another's.
        """
        folders = dict.fromkeys(each for each in (file.socket_dir, self._place.home / "socket") if each)
        return next((folder for folder in folders if self._works_on_this(folder)), None)

    def _works_on_this(self, socket_dir: Path) -> bool:
        """Whether the server behind the socket reads from this cluster what was just written there."""
        token = secrets.token_hex(16)
        file = self._place.cluster / PROOF_FILE
        if not (socket_dir / f".s.PGSQL.{PORT}").exists():
            return False
        if not self._place.user.shell('cat >"$1"', file, text=token):
            raise failure(f"{file} cannot be written.", "", self._place.home)
        url = f"host='{_quoted(socket_dir)}' port={PORT} user=postgres dbname=postgres connect_timeout=5"
        question = f"select pg_read_file('{PROOF_FILE}', true)"
        try:
            said = self._place.user.run(
                self._binaries / "psql", url, "-XAtqc", question, timeout=ANSWER_TIMEOUT_SECONDS
            )
        except TimeoutExpired:
            return False
        return said.returncode == 0 and said.stdout.strip() == token

    def _is_ours(self, pid: int) -> bool:
        """Whether this process is a PostgreSQL of this cluster, not one to which the number fell later."""
        with suppress(psutil.NoSuchProcess, OSError):
            return pid > 0 and self._works_here(psutil.Process(pid))
        return False

    def _processes(self) -> list[psutil.Process]:
        """This cluster's processes: backends that outlived a killed postmaster, or a server just starting."""
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.NoSuchProcess, OSError):
                if self._works_here(process):
                    found.append(process)
        return found

    def _works_here(self, process: psutil.Process) -> bool:
        # Every PostgreSQL process works in its cluster's folder, and nothing else of that name does. Its path says
        # little: in a container it may lead elsewhere.
        return process.name() == "postgres" and self._folder_of(process) == _identity(self._place.cluster.stat())

    def _folder_of(self, process: psutil.Process) -> str:
        """The identity of the folder in which a process works."""
        link = Path(f"/proc/{process.pid}/cwd")
        if not link.parent.exists():  # not Linux
            return _identity(Path(process.cwd()).stat())
        try:
            return _identity(link.stat())
        except PermissionError:
            # Root without CAP_SYS_PTRACE, as in most containers: the process's own user may look.
            return self._place.user.run("stat", "-L", "-c", "%d:%i", link).stdout.strip()

    def _dismiss(self, strays: list[psutil.Process], waited: float) -> None:
        """Backends without a postmaster end by themselves; terminates those that a statement keeps busy."""
        pids = " ".join(str(process.pid) for process in strays)
        if waited > TIMEOUT_SECONDS:
            raise EmbeddedPostgresError(
                "PostgreSQL's main process was killed, but these processes still work on "
                f"{self._place.cluster}: {pids}. Starting another one beside them would damage the database."
                f" End them (kill -QUIT {pids}), start again."
            )
        if waited > 1:
            for process in strays:
                with suppress(psutil.NoSuchProcess):
                    process.terminate()

    def _forget(self, file: PidFile) -> None:
        # PostgreSQL believes any living process of that number, so where it fell to a stranger the file has
        # to go. Where it is free the file stays: PostgreSQL checks by it that nobody else has the cluster's
        # shared memory.
        if file.pid == 0 or psutil.pid_exists(file.pid):
            self._place.user.shell("rm -f cluster/postmaster.pid", cwd=self._place.home)
        if file.cluster and file.cluster != self._place.cluster and file.cluster.exists():
            self._say(
                f"{self._place.cluster} is a copy of {file.cluster}, made while its PostgreSQL ran, and gets a"
                " PostgreSQL of its own. Such a copy is sound only if the file system made it at one moment; for"
                " backups, dump the database."
            )

    def _forget_socket(self, socket_dir: Path) -> None:
        """A lock that names a living process would keep the server from its socket, though no server is there."""
        lock = socket_dir / f".s.PGSQL.{PORT}.lock"
        with suppress(OSError, ValueError, IndexError):
            pid, cluster = lock.read_text().splitlines()[:2]
            is_own = socket_dir.parent == self._place.home or Path(cluster) == self._place.cluster
            if is_own and psutil.pid_exists(int(pid)):
                self._place.user.shell('rm -f "$1"', lock)

    def _mute(self, file: PidFile) -> EmbeddedPostgresError:
        log = self._place.log.read_text(errors="replace") if self._place.log.exists() else ""
        what = f"PostgreSQL (process {file.pid}, {file.status or 'starting'}) runs but does not answer"
        where = f" at its socket in {file.socket_dir}" if file.socket_dir else ""
        mend = f"To stop it: kill -INT {file.pid}; then start again. Its log, {self._place.log}, ends with:"
        return failure(f"{what}{where}. {mend}", log, self._place.home)


def _path(line: str) -> Path | None:
    return Path(line) if line else None


def _identity(folder: os.stat_result) -> str:
    return f"{folder.st_dev}:{folder.st_ino}"


def _quoted(path: Path) -> str:
    return str(path).replace("\\", "\\\\").replace("'", "\\'")
