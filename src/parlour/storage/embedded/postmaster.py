"""Starts, finds, takes over and stops the server process of parlour's own PostgreSQL."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from parlour.storage.embedded.cluster import write_settings
from parlour.storage.embedded.errors import EmbeddedPostgresError, failure
from parlour.storage.embedded.places import PORT, Place

RECOVERY = 600.0  # seconds; replaying the log after a crash may take minutes on a slow disk
PATIENCE = 30.0  # seconds for everything else
LARGEST_LOG = 10 << 20  # bytes


@dataclass(frozen=True)
class PidFile:
    """What PostgreSQL's own `postmaster.pid` says, perhaps of a process long dead; pid 0 if nothing yet."""

    pid: int
    socket_dir: Path | None
    status: str


class Postmaster:
    """The server of one cluster. Its methods are called by the one holder of the data folder's start lock."""

    def __init__(self, place: Place, binaries: Path, say: Callable[[str], None]) -> None:
        self._place = place
        self._binaries = binaries
        self._say = say

    def ensure_running(self) -> Path:
        """A server of this cluster answers, found running or started now; returns its socket's folder."""
        began = time.monotonic()
        told = False
        while True:
            file = self.pid_file()
            if file and file.socket_dir and file.status == "ready" and self._answers(file.socket_dir):
                return file.socket_dir
            waited = time.monotonic() - began
            if file and self._is_ours(file.pid):
                if file.status == "stopping" and waited > PATIENCE / 2:
                    self._stop_at_once()
                if waited > (RECOVERY if file.status == "starting" else PATIENCE):
                    raise self._mute(file)
            elif strays := self._processes():
                self._dismiss(strays, waited)
            else:
                if file:
                    self._forget(file)
                self._launch(may_retry=waited < PATIENCE)
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
        return PidFile(pid, Path(lines[4]) if lines[4] else None, lines[7].strip())

    def _launch(self, *, may_retry: bool) -> None:
        place = self._place
        write_settings(place, place.make_socket_dir())
        with suppress(FileNotFoundError):
            if place.log.stat().st_size > LARGEST_LOG:
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

    def _answers(self, socket_dir: Path) -> bool:
        # Asked before looking at processes: a server in another container is not seen, but answers through
        # its socket.
        program = self._binaries / "pg_isready"
        said = self._place.user.run(program, "-q", "-h", socket_dir, "-p", str(PORT), "-t", "5")
        return said.returncode == 0

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
        # Every PostgreSQL process works in its cluster's folder, and nothing else of that name does.
        if process.name() != "postgres":
            return False
        try:
            folder = process.cwd()
        except psutil.AccessDenied:
            # Root without CAP_SYS_PTRACE, as in most containers: the process's own user may look.
            looked = self._place.user.run("readlink", f"/proc/{process.pid}/cwd")
            folder = looked.stdout.rstrip("\n") if looked.returncode == 0 else ""
        return bool(folder) and Path(folder).samefile(self._place.cluster)

    def _dismiss(self, strays: list[psutil.Process], waited: float) -> None:
        """Backends without a postmaster end by themselves; those that a statement keeps busy are told to."""
        pids = " ".join(str(process.pid) for process in strays)
        if waited > PATIENCE:
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
            lock = (file.socket_dir or self._place.make_socket_dir()) / f".s.PGSQL.{PORT}.lock"
            self._place.user.shell('rm -f cluster/postmaster.pid "$1"', lock, cwd=self._place.home)

    def _mute(self, file: PidFile) -> EmbeddedPostgresError:
        log = self._place.log.read_text(errors="replace") if self._place.log.exists() else ""
        what = f"PostgreSQL (process {file.pid}, {file.status or 'starting'}) runs but does not answer"
        where = f" at its socket in {file.socket_dir}" if file.socket_dir else ""
        mend = f"To stop it: kill -INT {file.pid}; then start again. Its log, {self._place.log}, ends with:"
        return failure(f"{what}{where}. {mend}", log, self._place.home)
