"""``parlour backup`` and ``parlour restore``: the database in a file, by PostgreSQL's own pg_dump and pg_restore."""

import os
import re
import subprocess
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from parlour.cli.output import fitted, note, show
from parlour.serving.signals import run
from parlour.serving.startup import KEY_FILE, CannotDo, database_ready, require_data
from parlour.settings import Settings
from parlour.storage import migrations
from parlour.storage.embedded.binaries import find_program
from parlour.storage.preflight import inspect

_REVISION = re.compile(r"(?:FROM stdin;\n|VALUES \(')(\w+)")
"""The schema's revision, in the SQL that pg_restore makes of its row."""


def backup(settings: Settings, file: Path, as_json: bool) -> None:
    """Writes the database to *file*, whole or not at all; parlour may serve meanwhile."""
    require_data(settings)
    if file.exists():
        raise CannotDo(f"{file} already exists; choose another file.")
    partial = file.with_name(f"{file.name}.partial")
    with database_ready(settings, note) as reached:
        if run(inspect(reached.database.url or "")).revision is None:
            raise CannotDo(
                "This database holds nothing of parlour, so there is nothing to back up: name another with --data or"
                " --database-url."
            )
        try:
            _run("pg_dump", reached, "--format=custom", "--no-owner", f"--file={partial.absolute()}")
            partial.rename(file)
        finally:
            partial.unlink(missing_ok=True)
    size = file.stat().st_size
    key = _where_the_key_is(settings)
    advice = (
        f"Keep the secret key, which is not in it: {key}"
        if key
        else "Keep the secret key with which this parlour serves; it is not in the file, and not in"
        f" {settings.database.data}."
    )
    lines = [f"{file} holds the database ({size:,} bytes).", advice]
    show(as_json, {"file": str(file), "bytes": size, "secret_key": key}, fitted(lines))


def _where_the_key_is(settings: Settings) -> str | None:
    if settings.secrets.secret_key is not None:
        return "PARLOUR_SECRET_KEY"
    file = Path(settings.database.data) / KEY_FILE
    return str(file) if file.exists() else None


def restore(settings: Settings, file: Path, as_json: bool) -> None:
    """Puts what is in *file* into an empty database, whole or not at all; raises CannotDo."""
    if not file.is_file():
        raise CannotDo(f"There is no file {file}.")
    _demand_backup(file)
    with database_ready(settings, note) as reached:
        if run(inspect(reached.database.url or "")).revision is not None:
            raise CannotDo(
                "This database holds a parlour already, and a backup is only put into an empty one: name another with"
                " --data or --database-url."
            )
        words = ("--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction", str(file.absolute()))
        _run("pg_restore", reached, *words)
        before, after = run(migrations.migrate(reached.database.url or ""))
    migrated = "" if before == after else f", and its schema brought from {before} to {after}"
    lines = [f"The database is restored{migrated}."]
    if settings.secrets.secret_key is None and not (Path(settings.database.data) / KEY_FILE).exists():
        lines.append(f"Now put the {KEY_FILE} of the parlour that was backed up into {settings.database.data}.")
    show(as_json, {"before": before, "after": after}, fitted(lines))


def _demand_backup(file: Path) -> None:
    """Raises CannotDo unless *file* holds a parlour, and SchemaUnfit if that is a newer one."""
    row = _output("pg_restore", "--data-only", "--table=alembic_version", "--file=-", str(file.absolute()))
    revision = _REVISION.search(row)
    if revision is None:
        raise CannotDo(f"{file} holds a database, but not parlour's; nothing was restored.")
    migrations.check_not_newer(revision[1])


def _run(program: str, settings: Settings, *words: str) -> None:
    """Runs one of PostgreSQL's programs on the database; raises CannotDo with what it complains of."""
    parts = urlsplit(settings.database.url or "")
    user, _, host = parts.netloc.rpartition("@")
    name, _, password = user.partition(":")
    # In the environment: everybody on the machine sees a command line.
    environment = {**os.environ, **({"PGPASSWORD": unquote(password)} if password else {})}
    url = urlunsplit(parts._replace(netloc=f"{name}@{host}" if user else host))
    _output(program, f"--dbname={url}", *words, environment=environment)


def _output(program: str, *words: str, environment: dict[str, str] | None = None) -> str:
    """What the program writes; raises CannotDo with what it complains of."""
    done = subprocess.run(  # noqa: S603 - a list, never a shell line; the programs are PostgreSQL's
        [str(find_program(program)), *words],
        env=environment,
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        umask=0o077,
    )
    if done.returncode != 0:
        raise CannotDo(f"{program} failed: {' '.join(done.stderr.split())}")
    return done.stdout
