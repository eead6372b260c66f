"""Makes the database cluster of parlour's own PostgreSQL, and writes its settings."""

import os
import secrets
from pathlib import Path

from parlour.storage.embedded.errors import EmbeddedPostgresError, failure
from parlour.storage.embedded.places import PORT, DataFolder

ROLE = "parlour"
DATABASE = "parlour"


def _shared_buffers() -> int:
    """Megabytes for PostgreSQL's cache: an eighth of the machine's memory, from 128 to 4096.

    It takes them only as data fill them. Too few, and a list from a large database waits for the system's cache.
    """
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2**20
    return max(128, min(memory // 8, 4096))


SETTINGS = f"""\
# Written by parlour before every start of PostgreSQL: what is changed here is lost.
# Settings of your own: ALTER SYSTEM, which wins over this file, or postgresql.conf below its last line.
cluster_name = 'parlour'
listen_addresses = ''                 # only the socket, in a folder that only its owner can enter
port = {PORT}
unix_socket_directories = %s
unix_socket_permissions = 0700
max_connections = 200
shared_buffers = '{_shared_buffers()}MB'
fsync = on                            # what was committed survives a power cut
synchronous_commit = on
full_page_writes = on
jit = off                             # parlour's statements are short
timezone = 'UTC'
log_timezone = 'UTC'
log_checkpoints = off
max_wal_size = '2GB'                  # fewer checkpoints while much is written
"""


def make_cluster(place: DataFolder, binaries: Path) -> None:
    """Make the cluster with the role and the database `parlour`, unless it is there already.

    It is made under another name and renamed when complete, so that it is either absent or whole. Raises
    EmbeddedPostgresError when it cannot be made or was made by another major version of PostgreSQL.
    """
    if place.cluster.exists():
        _check_version(place, binaries)
        return
    place.user.shell("rm -rf -- making-*", cwd=place.home)  # what an interrupted start left
    fresh = f"making-{secrets.token_hex(4)}"
    try:
        _initialise(place, binaries, fresh)
        (place.home / fresh).rename(place.cluster)
        _sync(place.home)
    finally:
        place.user.shell("rm -rf -- making-*", cwd=place.home)


def write_settings(place: DataFolder, socket_dir: Path) -> None:
    """Write the settings of this version of parlour for the next start of the server."""
    # A quoted list element inside a quoted string: the path may hold spaces, commas and quotes.
    element = '"' + str(socket_dir).replace('"', '""') + '"'
    settings = SETTINGS % ("'" + element.replace("\\", "\\\\").replace("'", "''") + "'")
    target = place.cluster / "parlour.conf"
    if target.exists() and target.read_text() == settings:
        return
    if not place.user.shell('cat >"$1.new" && mv -f "$1.new" "$1"', target, text=settings):
        raise failure(f"{target} cannot be written.", "", place.home)


def _initialise(place: DataFolder, binaries: Path, name: str) -> None:
    # The built-in locale sorts by code point and knows upper and lower case, the same on every system.
    options = ["--username=postgres", "--encoding=UTF8", "--locale=C", "--locale-provider=builtin"]
    options += ["--builtin-locale=C.UTF-8", "--auth-local=trust", "--auth-host=reject", "--no-instructions"]
    result = place.user.run(binaries / "initdb", "-D", name, *options, cwd=place.home)
    if result.returncode != 0:
        raise failure(f"initdb could not make a database cluster in {place.home}:", result.stdout, place.home)

    make = f"CREATE ROLE {ROLE} LOGIN CREATEDB;\nCREATE DATABASE {DATABASE} OWNER {ROLE};\n"
    single = ["--single", "-D", name, "-c", "exit_on_error=on", "postgres"]
    result = place.user.run(binaries / "postgres", *single, cwd=place.home, text=make)
    if result.returncode != 0:
        raise failure(f"The database {DATABASE} could not be made in {place.home}:", result.stdout, place.home)

    include = "include_if_exists = 'parlour.conf'"
    if not place.user.shell('echo "$1" >>postgresql.conf', include, cwd=place.home / name):
        raise failure(f"{place.home / name / 'postgresql.conf'} cannot be written.", "", place.home)


def _check_version(place: DataFolder, binaries: Path) -> None:
    try:
        made_by = (place.cluster / "PG_VERSION").read_text().strip()
    except FileNotFoundError:
        raise EmbeddedPostgresError(
            f"{place.cluster} is not a database cluster (it holds no PG_VERSION). Put the database back from"
            " a backup; or, to start with an empty one, remove that folder."
        ) from None
    # postgres (PostgreSQL) 18.6
    runs = place.user.run(binaries / "postgres", "--version").stdout.split()[-1].partition(".")[0]
    if made_by != runs:
        raise EmbeddedPostgresError(
            f"{place.cluster} was made by PostgreSQL {made_by}, and this parlour brings PostgreSQL {runs}, "
            "which cannot open it. To move: with the parlour or PostgreSQL that you had, dump the database "
            f"(pg_dump --format=custom --file=parlour.dump {DATABASE}) and stop it; rename {place.cluster}; "
            "start this parlour, which makes an empty one; then pg_restore --clean --if-exists "
            f"--dbname={DATABASE} parlour.dump. Or run PostgreSQL {made_by} yourself and set "
            "PARLOUR_DATABASE_URL."
        )


def _sync(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
