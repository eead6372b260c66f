"""``parlour backup`` and ``parlour restore``: the database in a file, by PostgreSQL's own pg_dump and pg_restore."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from parlour.cli.ending import run
from parlour.cli.output import note, show
from parlour.cli.start import KEY_FILE, CannotDo, demand_data, ready
from parlour.settings import Settings
from parlour.storage import migrations
from parlour.storage.embedded.binaries import find_program
from parlour.storage.examine import examine


def backup(settings: Settings, file: Path, as_json: bool) -> None:
    """Writes the database to *file*, whole or not at all; parlour may serve meanwhile."""
    demand_data(settings)
    if file.exists():
        raise CannotDo(f"{file} is there already; name another file.")
    partial = file.with_name(f"{file.name}.partial")
    with ready(settings, note) as reached:
        try:
            _run("pg_dump", reached, "--format=custom", "--no-owner", f"--file={partial.absolute()}")
            partial.rename(file)
        finally:
            partial.unlink(missing_ok=True)
    size = file.stat().st_size
    key = "PARLOUR_SECRET_KEY" if settings.secret_key else str(Path(settings.data) / KEY_FILE)
    lines = [f"{file} holds the database ({size:,} bytes).", f"Keep the secret key, which is not in it: {key}"]
    show(as_json, {"file": str(file), "bytes": size, "secret_key": key}, lines)


def restore(settings: Settings, file: Path, as_json: bool) -> None:
    """Puts what is in *file* into an empty database, whole or not at all; raises CannotDo."""
    if not file.is_file():
        raise CannotDo(f"There is no file {file}.")
    with ready(settings, note) as reached:
        if run(examine(reached.database_url or "")).revision is not None:
            raise CannotDo(
                "This database holds a parlour already, and a backup is only put into an empty one: name another with"
                " --data or --database-url."
            )
        words = ("--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction", str(file.absolute()))
        _run("pg_restore", reached, *words)
        before, after = run(migrations.migrate(reached.database_url or ""))
    migrated = "" if before == after else f", and its schema brought from {before} to {after}"
    lines = [f"The database is restored{migrated}."]
    if settings.secret_key is None and not (Path(settings.data) / KEY_FILE).exists():
        lines.append(f"Now put the {KEY_FILE} of the parlour that was backed up into {settings.data}.")
    show(as_json, {"before": before, "after": after}, lines)


def _run(program: str, settings: Settings, *words: str) -> None:
    """Runs one of PostgreSQL's programs on the database; raises CannotDo with what it complains of."""
    parts = urlsplit(settings.database_url or "")
    user, _, host = parts.netloc.rpartition("@")
    name, _, password = user.partition(":")
    # In the environment: everybody on the machine sees a command line.
    environment = {**os.environ, **({"PGPASSWORD": unquote(password)} if password else {})}
    url = urlunsplit(parts._replace(netloc=f"{name}@{host}" if user else host))
    complaint = _complaint([str(find_program(program)), f"--dbname={url}", *words], environment)
    if complaint is not None:
        raise CannotDo(f"{program} could not do it: {complaint}")


def _complaint(command: Sequence[str], environment: dict[str, str]) -> str | None:
    done = subprocess.run(  # noqa: S603 - a list, never a shell line; the programs are PostgreSQL's
        command, env=environment, check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True, umask=0o077
    )
    return None if done.returncode == 0 else " ".join(done.stderr.split())
