"""The system user that runs parlour's own PostgreSQL, and everything parlour does in that user's name."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from parlour.storage.embedded.errors import EmbeddedPostgresError

SYSTEM_USER = "parlour"


@dataclass(frozen=True)
class ServerUser:
    """A user other than root. What lies in its folders is changed only through `run`, with its rights."""

    name: str
    uid: int
    gid: int

    def run(
        self, *command: str | Path, cwd: Path | None = None, text: str = "", timeout: float | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a program as this user, in its own session, `text` being its input; stdout and stderr are one.

        Its environment is bare: none of parlour's secrets, and no PG… variable to lead it elsewhere.
        """
        kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
        other = self.uid != os.geteuid()
        return subprocess.run(  # noqa: S603 - a list, never a shell line; the programs are ours
            [str(part) for part in command],
            check=False,
            cwd=cwd or "/",
            input=text,
            timeout=timeout,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            env=kept | {"LC_ALL": "C"},
            start_new_session=True,
            umask=0o077,
            user=self.uid if other else None,
            group=self.gid if other else None,
            extra_groups=[] if other else None,
        )

    def shell(self, script: str, *words: str | Path, cwd: Path | None = None, text: str = "") -> bool:
        """Whether the /bin/sh script succeeds as this user; `words` are its $1, $2 …"""
        return self.run("/bin/sh", "-c", script, "sh", *words, cwd=cwd, text=text).returncode == 0

    def can_run(self, program: Path) -> bool:
        """Whether this user can really execute the program, its libraries included."""
        try:
            return self.run(program, "--version").returncode == 0
        except OSError:
            return False

    def can_enter(self, folder: Path) -> bool:
        """Whether this user can reach what lies in the folder."""
        return self.shell('test -d "$1" && test -x "$1"', folder)

    def barrier(self, folder: Path) -> Path | None:
        """The topmost of the folder and its parents that keeps this user out, if any."""
        return next((at for at in [*reversed(folder.parents), folder] if not self.can_enter(at)), None)


def owner_of(folder: Path) -> ServerUser:
    """The owner of an existing folder. The uid need not have a name (a rebuilt container, for instance)."""
    info = folder.stat()
    try:
        entry = pwd.getpwuid(info.st_uid)
    except KeyError:
        return ServerUser(f"uid {info.st_uid}", info.st_uid, info.st_gid)
    return ServerUser(entry.pw_name, entry.pw_uid, entry.pw_gid)


def current_user() -> ServerUser:
    """The user of this process."""
    try:
        return ServerUser(pwd.getpwuid(os.geteuid()).pw_name, os.geteuid(), os.getegid())
    except KeyError:
        raise EmbeddedPostgresError(
            f"The user id {os.geteuid()} has no entry in /etc/passwd, which PostgreSQL needs to make a "
            "database. Add one, or start parlour as another user."
        ) from None


def system_user(say: Callable[[str], None]) -> ServerUser:
    """The unprivileged user that serves root: `parlour`, made when absent; `nobody` if it cannot be."""
    if (found := _lookup(SYSTEM_USER)) is not None:
        return found
    useradd = shutil.which("useradd", path=os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin")
    if useradd is not None:
        made = subprocess.run(  # noqa: S603 - constant words
            [useradd, "--system", "--no-create-home", "--user-group", "--shell", "/bin/false", SYSTEM_USER],
            capture_output=True,
            check=False,
        )
        # Another parlour may have made it in the same moment, so the list of users decides and not the exit
        # code.
        if (found := _lookup(SYSTEM_USER)) is not None:
            if made.returncode == 0:
                say(f"PostgreSQL refuses to run as root: made the system user {SYSTEM_USER} for it.")
            return found
    if (found := _lookup("nobody")) is not None:
        say(f"PostgreSQL refuses to run as root, and no user {SYSTEM_USER} could be made: it runs as {found.name}.")
        return found
    raise EmbeddedPostgresError(
        "PostgreSQL refuses to run as root and there is no system user for it. Make one named "
        f"{SYSTEM_USER}, start parlour as an ordinary user, or set PARLOUR_DATABASE_URL to a PostgreSQL of "
        "your own."
    )


def make_public_folder(folder: Path) -> None:
    """Make the folder and its missing parents for every user to pass, whatever the umask; others stay."""
    if folder.is_dir():
        return
    make_public_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)


def _lookup(name: str) -> ServerUser | None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return ServerUser(entry.pw_name, entry.pw_uid, entry.pw_gid) if entry.pw_uid != 0 else None
