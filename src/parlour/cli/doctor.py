"""``parlour doctor``: looks at everything that serving needs, and says how to mend what is wrong. Changes nothing."""

import errno
import http.client
import json
import os
import platform
import shutil
import socket
import sys
from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from parlour.cli.access import URL
from parlour.cli.options import described
from parlour.cli.output import fitted, note, show
from parlour.realtime.limits import SOCKET_PATH
from parlour.serving.signals import postgres_started, run
from parlour.serving.startup import KEY_FILE
from parlour.settings import FILE, PREFIX, Settings
from parlour.storage.embedded import EmbeddedPostgres, EmbeddedPostgresError
from parlour.storage.embedded.binaries import find_binaries
from parlour.storage.embedded.postgres import BASE_FOLDER
from parlour.storage.embedded.server_user import current_user
from parlour.storage.key_check import check_key
from parlour.storage.migrations import HEAD
from parlour.storage.preflight import DatabaseState, DatabaseUnusable, check_version, inspect
from parlour.storage.vault import Vault, VaultError

MIN_FREE_BYTES = 1 << 30
"""Bytes that should be free on the disk of the data folder."""
ASKING_TIMEOUT_SECONDS = 5
_HANDSHAKE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": b64encode(bytes(16)).decode(),
}


class Finding(msgspec.Struct, frozen=True):
    """What one check found."""

    check: str
    ok: bool
    found: str
    mend: str | None = None
    """How to mend what is not ok."""


def doctor(settings: Settings, as_json: bool) -> None:
    """Prints a line for each check; exit status 1 if one of them found a problem."""
    findings = list(_examine(settings))
    healthy = all(finding.ok for finding in findings)
    show(as_json, {"ok": healthy, "checks": findings}, fitted(line for finding in findings for line in _lines(finding)))
    if not healthy:
        raise SystemExit(1)


def _lines(finding: Finding) -> Iterator[str]:
    yield f"{'ok' if finding.ok else 'PROBLEM':9}{finding.check:14}{finding.found}"
    if finding.mend is not None:
        yield f"{'':23}{finding.mend}"


def _examine(settings: Settings) -> Iterator[Finding]:
    yield _python()
    yield _variables()
    yield _data(settings)
    with ExitStack() as until_done:
        try:
            url = _database_url(settings, until_done)
            state = run(inspect(url)) if url is not None else None
            if state is not None:
                check_version(state)
        except (EmbeddedPostgresError, DatabaseUnusable) as error:
            yield Finding("database", False, "cannot be used", str(error))
        else:
            yield from _database(settings, url, state)
    yield _port(settings)
    if _is_parlour(settings.server.host, settings.server.port):
        yield _sockets(settings)


def _python() -> Finding:
    mend = None if sys.version_info >= (3, 11) else "parlour needs Python 3.11 or newer: install it with that."
    return Finding("python", mend is None, f"{platform.python_version()} in {sys.prefix}", mend)


def _variables() -> Finding:
    """That the settings can be read is known by now, since the command has them."""
    known = {PREFIX + "CONFIG", URL, *(each.variable for each in described())}
    set_here = [name for name in os.environ if name.startswith(PREFIX)]
    unknown = [name for name in set_here if name not in known]
    if unknown:
        mend = "They set nothing. Correct or unset them; all settings: parlour serve --help"
        return Finding("settings", False, f"unknown variables: {', '.join(unknown)}", mend)
    file = os.environ.get(PREFIX + "CONFIG") or (FILE if Path(FILE).exists() else "no file")
    return Finding("settings", True, f"read from {file} and {len(set_here)} environment variables")


def _data(settings: Settings) -> Finding:
    data = Path(settings.database.data)
    here = next(folder for folder in (data.absolute(), *data.absolute().parents) if folder.exists())
    if not os.access(here, os.W_OK | os.X_OK) or not here.is_dir():
        mend = "Give it the right owner (chown), or choose another data folder with --data."
        return Finding("data folder", False, f"{here} is not writable for this user", mend)
    free = shutil.disk_usage(here).free
    space = f"{free / (1 << 30):.1f} GB free"
    if free < MIN_FREE_BYTES:
        return Finding("data folder", False, f"{data}: only {space}", "Make room on its disk: 1 GB at least.")
    return Finding("data folder", True, f"{data}, {space}" if data.exists() else f"{data} will be made, {space}")


def _database_url(settings: Settings, until_done: ExitStack) -> str | None:
    """The URL of a database that should answer; None if the bundled one was never started in the data folder."""
    if settings.database.url is not None:
        return settings.database.url
    data = Path(settings.database.data)
    if not any((data / name).exists() for name in ("postgresql", "postgresql.json")):
        find_binaries(current_user(), BASE_FOLDER, note)
        return None
    return until_done.enter_context(postgres_started(EmbeddedPostgres(data, say=note)))


def _database(settings: Settings, url: str | None, state: DatabaseState | None) -> Iterator[Finding]:
    if url is None or state is None:
        yield Finding("database", True, "none yet; parlour serve makes one in the data folder")
        return
    which = "the bundled one" if settings.database.url is None else "of your own"
    yield Finding("database", True, f"PostgreSQL {state.version}, {which}")
    yield _schema(state)
    yield _connections(settings, state)
    if state.revision == HEAD:
        yield _log(state)
        yield _secrets(settings, url)


def _schema(state: DatabaseState) -> Finding:
    if state.revision == HEAD:
        return Finding("schema", True, f"current ({HEAD})")
    if state.revision is None:
        return Finding("schema", True, "none yet; parlour serve makes it")
    if state.revision < HEAD:
        return Finding("schema", False, f"{state.revision}, older than {HEAD}", "Bring it up to date: parlour migrate")
    mend = "A newer parlour has migrated this database: start that one again."
    return Finding("schema", False, f"{state.revision}, newer than {HEAD}", mend)


def _log(state: DatabaseState) -> Finding:
    if not state.is_foreign:
        return Finding("event log", True, "of this PostgreSQL cluster")
    mend = "Let parlour adopt it, as parlour serve does by itself: parlour migrate"
    return Finding("event log", False, "of another PostgreSQL cluster, so no webhook is called", mend)


def _connections(settings: Settings, state: DatabaseState) -> Finding:
    wanted = settings.server.workers * settings.database.connections
    found = f"{settings.server.workers} x {settings.database.connections} of {state.max_connections}"
    if wanted <= state.max_connections:
        return Finding("connections", True, found)
    mend = "Serve with fewer --workers or --database-connections, or raise max_connections of the database."
    return Finding("connections", False, f"{found}: more than the database allows", mend)


def _secrets(settings: Settings, url: str) -> Finding:
    file = Path(settings.database.data) / KEY_FILE
    if settings.secrets.secret_key is None and not file.exists():
        mend = f"Set PARLOUR_SECRET_KEY, or put {KEY_FILE} back, as they were when the database was made."
        return Finding("secret key", False, f"{file} is missing", mend)
    key = settings.secrets.secret_key or file.read_text().strip()
    try:
        run(check_key(url, Vault(key)))
    except VaultError as error:
        return Finding("secret key", False, "does not open the stored secrets", str(error))
    except OSError as error:
        return Finding("secret key", False, "cannot be tried", str(error))
    return Finding("secret key", True, "opens the stored secrets")


def _port(settings: Settings) -> Finding:
    host, port = settings.server.host, settings.server.port
    try:
        socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            found = f"cannot listen on {host}:{port}: {error.strerror}"
            return Finding("port", False, found, "Choose others with --host and --port.")
        if _is_parlour(host, port):
            return Finding("port", True, f"a parlour serves at {host}:{port}")
        mend = f"Choose another with --port, or find out who has it: ss -ltnp 'sport = :{port}'"
        return Finding("port", False, f"{port} of {host} is taken by something else", mend)
    except (TypeError, ValueError):
        return Finding("port", False, f"{host} is not an address of this machine", "Choose another with --host.")
    return Finding("port", True, f"{port} of {host} is free")


def _sockets(settings: Settings) -> Finding:
    """Whether client SDKs get through to the parlour that serves here, also from outside."""
    base = settings.server.public_url or f"http://{settings.server.host}:{settings.server.port}"
    url = urlsplit(base.rstrip("/") + SOCKET_PATH)
    shown = url._replace(scheme=url.scheme.replace("http", "ws", 1)).geturl()
    mend = "Let the proxy pass on the headers Upgrade and Connection; see docs/chapters/realtime.md."
    kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
    try:
        asking = kind(str(url.hostname), url.port, timeout=ASKING_TIMEOUT_SECONDS)
        asking.request("GET", url.path, headers=_HANDSHAKE)
        status = asking.getresponse().status
        asking.close()
    except (OSError, http.client.HTTPException) as error:
        return Finding("sockets", False, f"{shown} cannot be reached: {error}", "Correct public_url, or what is there.")
    if status != HTTPStatus.SWITCHING_PROTOCOLS:
        return Finding("sockets", False, f"{shown} answers {status} to a WebSocket", mend)
    return Finding("sockets", True, f"a WebSocket opens at {shown}")


def _is_parlour(host: str, port: int) -> bool:
    with suppress(OSError, http.client.HTTPException, ValueError, LookupError, TypeError):
        asking = http.client.HTTPConnection(host, port, timeout=ASKING_TIMEOUT_SECONDS)
        asking.request("GET", "/openapi.json")
        return bool(json.loads(asking.getresponse().read())["info"]["title"] == "parlour")
    return False
