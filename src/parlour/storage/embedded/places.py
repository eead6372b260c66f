"""Where parlour's own PostgreSQL keeps its files: in the data folder, or outside where it must."""

import hashlib
import json
import os
import stat
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from parlour.storage.embedded.errors import EmbeddedPostgresError
from parlour.storage.embedded.server_user import (
    ServerUser,
    current_user,
    make_public_folder,
    owner_of,
    system_user,
)

PORT = 5432
OWNER_FILE = "data-folder"
"""The file in a folder outside of the data folder that says whose it is."""
# What a unix socket's address may hold, without the closing zero: Linux 107 bytes, the BSD family 103.
MAX_SOCKET_PATH_BYTES = 107 if os.uname().sysname == "Linux" else 103


@dataclass(frozen=True)
class DataFolder:
    """The folder (0700) of the user that runs PostgreSQL, and the names in it."""

    home: Path
    user: ServerUser

    @property
    def cluster(self) -> Path:
        return self.home / "cluster"

    @property
    def log(self) -> Path:
        return self.home / "server.log"

    def make_socket_dir(self) -> Path:
        """A 0700 folder of the server's user with a path fit for a socket (short) and a URL (no comma)."""
        folder = self.home / "socket"
        if not _fits(folder):
            name = f"parlour-{self.user.uid}-{_digest(self.home)}"
            candidates = [Path(tempfile.gettempdir(), name), Path("/tmp", name)]  # noqa: S108 - its owner and mode are checked
            folder = next((at for at in candidates if _fits(at)), candidates[-1])
        if not folder.is_dir():
            self.user.shell('mkdir -m 0700 "$1"', folder)
        self._check_private(folder)
        return folder

    def _check_private(self, folder: Path) -> None:
        try:
            info = folder.lstat()
        except OSError as error:
            raise EmbeddedPostgresError(
                f"The folder {folder} for PostgreSQL's socket cannot be made: {error}."
            ) from error
        if not stat.S_ISDIR(info.st_mode) or info.st_uid != self.user.uid or stat.S_IMODE(info.st_mode) != 0o700:
            raise EmbeddedPostgresError(
                f"{folder} is to hold PostgreSQL's socket, which lets in whoever reaches it, but it is not a"
                f" folder of {self.user.name} with mode 0700. Remove it, or give it that owner and mode, and"
                " start again."
            )


def find_place(data: Path, base: Path, say: Callable[[str], None]) -> DataFolder:
    """Where the cluster of this data folder is, or shall be; the folder exists afterwards.

    `data` is an existing absolute path. Only folders made here get a mode or an owner from here.
    """
    recorded = _recorded(data)
    home = recorded or data / "postgresql"
    if home.is_dir():
        place = DataFolder(home, _user_of(home))
        if recorded is not None and _owner(home) != data:
            _note_owner(place, data)
        return place
    if recorded is not None:
        raise EmbeddedPostgresError(
            f"{_record(data)} says that the database of {data} is in {home}, but that folder is gone. Put it"
            f" back; or, to start with an empty database, delete {_record(data)}."
        )
    if os.geteuid() != 0:
        _make_home(home, current_user())
        return DataFolder(home, current_user())
    user = system_user(say)
    if user.can_enter(data) and _try_home(home, user):
        return DataFolder(home, user)
    return _place_outside(data, base, user, say)


def _user_of(home: Path) -> ServerUser:
    user = owner_of(home)
    if user.uid == 0:
        raise EmbeddedPostgresError(
            f"{home} belongs to root, but PostgreSQL refuses to run as root. Give the folder and all in it "
            f"to the user that shall run it: chown -R parlour {home}"
        )
    if os.geteuid() not in (0, user.uid):
        raise EmbeddedPostgresError(
            f"{home} belongs to {user.name}, and only that user or root can start its PostgreSQL. Start "
            f"parlour as {user.name}, or give it another data folder."
        )
    if os.geteuid() == 0 and not user.can_enter(home):
        raise EmbeddedPostgresError(
            f"{home} holds the database, and its owner {user.name} cannot get there because of "
            f"{user.barrier(home)}. Let that user pass (chmod o+x), or start parlour as the owner of that "
            "folder."
        )
    return user


def _place_outside(data: Path, base: Path, user: ServerUser, say: Callable[[str], None]) -> DataFolder:
    home = _unused_name(base / f"{data.name or 'data'}-{_digest(data)}", say)
    try:
        make_public_folder(base)
        _make_home(home, user)
    except OSError as error:
        raise EmbeddedPostgresError(f"The folder {home} for the database of {data} cannot be made: {error}.") from error
    if not user.can_enter(home):
        home.rmdir()
        raise EmbeddedPostgresError(
            f"PostgreSQL runs as the system user {user.name}, which can reach neither {data} (because of "
            f"{user.barrier(data)}) nor {base} (because of {user.barrier(base)}). Let it pass one of them "
            "(chmod o+x), or start parlour as an ordinary user."
        )
    _write_record(data, home)
    _note_owner(DataFolder(home, user), data)
    say(
        f"PostgreSQL runs as the system user {user.name}, which cannot use {data} (because of "
        f"{user.barrier(data) or 'its file system'}). The database is kept in {home} instead; back up both."
    )
    return DataFolder(home, user)


def _unused_name(home: Path, say: Callable[[str], None]) -> Path:
    # A data folder that was deleted and made anew begins empty: what its predecessor left is neither reused
    # nor removed.
    number = 1
    candidate = home
    while candidate.exists():
        if not any(candidate.iterdir()):
            candidate.rmdir()
            break
        say(f"{candidate} holds the database of an earlier {home.name} that is no longer there; it is left alone.")
        number += 1
        candidate = home.with_name(f"{home.name}-{number}")
    return candidate


def _try_home(home: Path, user: ServerUser) -> bool:
    try:
        _make_home(home, user)
    except OSError:
        return False
    if user.shell('test -w "$1" && test -x "$1"', home):
        return True
    home.rmdir()
    return False


def _make_home(home: Path, user: ServerUser) -> None:
    """Make the folder with mode 0700 and its owner in one step, so that no half-made one is ever found."""
    fresh = Path(tempfile.mkdtemp(prefix=".postgresql-", dir=home.parent))
    try:
        if os.geteuid() != user.uid:
            os.chown(fresh, user.uid, user.gid)
        fresh.rename(home)
    except OSError:
        fresh.rmdir()
        raise


def _record(data: Path) -> Path:
    return data / "postgresql.json"


def _write_record(data: Path, home: Path) -> None:
    fresh = _record(data).with_suffix(".json.new")
    fresh.write_text(json.dumps({"data": str(data), "home": str(home)}) + "\n")
    fresh.rename(_record(data))


def _recorded(data: Path) -> Path | None:
    """The cluster's folder as the data folder remembers it: a moved one keeps it, a copied one may not."""
    try:
        found = json.loads(_record(data).read_text())
        data_folder, home = Path(found["data"]), Path(found["home"])
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise EmbeddedPostgresError(
            f"{_record(data)} should say where the database is, but is damaged ({error!r})."
        ) from error
    owner = _owner(home) or data_folder
    if owner != data:
        if _names(owner, home):
            raise EmbeddedPostgresError(
                f"{data} is a copy of {owner}: both say that their database is in {home}. To let this copy "
                f"begin with an empty database, delete {_record(data)}."
            )
        _write_record(data, home)
    return home


def _owner(home: Path) -> Path | None:
    """The data folder that used this folder last; None if it is not noted, as by an earlier parlour."""
    try:
        return Path((home / OWNER_FILE).read_text().rstrip("\n"))
    except OSError:
        return None


def _note_owner(place: DataFolder, data: Path) -> None:
    """Distinguishes a moved data folder from a copy of it, which holds the same record."""
    place.user.shell('echo "$1" >"$2"', data, OWNER_FILE, cwd=place.home)


def _names(data: Path, home: Path) -> bool:
    """Whether the data folder says that its database is there; one whose record is damaged may."""
    try:
        return Path(json.loads(_record(data).read_text())["home"]) == home
    except FileNotFoundError:
        return False
    except (ValueError, KeyError, TypeError):
        return True


def _fits(folder: Path) -> bool:
    return len(os.fsencode(folder / f".s.PGSQL.{PORT}")) <= MAX_SOCKET_PATH_BYTES and "," not in str(folder)


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]
