"""Servers: parlours that serve a database, and the bare application beside them, each as processes of its own."""

import json
import os
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import msgspec

from benchmarks.databases import ACCOUNT, KEY, TOKEN
from benchmarks.failures import Failed
from benchmarks.wrk import AUTHORIZATION
from parlour.settings import PREFIX


class Answer(msgspec.Struct, frozen=True):
    """What a server answered."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Server(msgspec.Struct, frozen=True):
    """A server that serves."""

    url: str
    pid: int

    def get(self, path: str) -> Answer:
        """What it answers to GET; raises Failed unless that is 200."""
        return self._ask(urllib.request.Request(self.url + path), 200)

    def post(self, path: str, form: str) -> Answer:
        """What it answers to the form; raises Failed unless that is 201."""
        return self._ask(urllib.request.Request(self.url + path, data=form.encode()), 201)

    def _ask(self, request: urllib.request.Request, status: int) -> Answer:
        request.add_header("Authorization", AUTHORIZATION)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                found = Answer(answer.status, answer.getheaders(), answer.read())
        except urllib.error.HTTPError as error:
            found = Answer(error.code, error.headers.items(), error.read())
        if found.status != status:
            raise Failed(f"{request.full_url} answers {found.status}: {found.body.decode(errors='replace')}")
        return found


@contextmanager
def parlour(database_url: str, checkout: Mapping[str, str] | None = None, **settings: object) -> Iterator[Server]:
    """``parlour serve`` on the database, with these settings besides; of a *checkout*, by its environment."""
    environment = {**_environment(database_url, settings), **(checkout or {})}
    with _process(["-m", "parlour", "serve", "--json"], environment) as server:
        server.get("/readyz")
        yield server


@contextmanager
def silent(database_url: str) -> Iterator[Server]:
    """A parlour that answers calls and does nothing else."""
    with serving("benchmarks.silent", database_url) as server:
        yield server


@contextmanager
def serving(module: str, database_url: str, **environment: str) -> Iterator[Server]:
    """A parlour on the database that *module* serves in its own way."""
    with _process(["-m", module], {**_environment(database_url, {}), **environment}) as server:
        server.get("/readyz")
        yield server


def _environment(database_url: str, settings: Mapping[str, object]) -> dict[str, str]:
    given: dict[str, object] = {
        "account_sid": ACCOUNT,
        "auth_token": TOKEN,
        "secret_key": KEY,
        "database_url": database_url,
        "port": 0,
    }
    return {PREFIX + name.upper(): str(value) for name, value in {**given, **settings}.items()}


@contextmanager
def bare(answer: Answer) -> Iterator[Server]:
    """An application that does nothing but give *answer*, under the server settings of ``parlour serve``."""
    headers = [(name, value) for name, value in answer.headers if name.lower() not in ("date", "connection")]
    environment = {"BARE_HEADERS": json.dumps(headers), "BARE_BODY": answer.body.decode()}
    with _process(["-m", "benchmarks.bare"], environment) as server:
        yield server


@contextmanager
def _process(arguments: list[str], environment: Mapping[str, str]) -> Iterator[Server]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            env={**plain, **environment},
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        assert process.stdout is not None
        try:
            yield Server(json.loads(process.stdout.readline())["base_url"], process.pid)
        except (ValueError, KeyError, Failed):
            log.seek(0)
            sys.stderr.write(log.read()[-4000:])
            raise
        finally:
            process.terminate()
            process.communicate()
