"""Real ``parlour serve`` processes for stories that need several of them, or need to kill one."""

import asyncio
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import cast

import aiohttp
import psutil
import pytest

from parlour.runtime.node import Node
from tests.account_client import AccountClient
from tests.cli.running import Serving, lives, postgres_of, wait_until
from tests.database import empty_database
from tests.processes import end
from tests.server import MovableClock, Parlour

Start = Callable[..., Awaitable[Serving]]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that every user can reach, since root's PostgreSQL is another user; it must end with the test."""
    made = Path(tempfile.mkdtemp(prefix="parlour-test-", dir="/tmp")).resolve()
    made.chmod(0o755)
    yield made
    with suppress(OSError, psutil.NoSuchProcess):
        server = postgres_of(made / "data")
        server.send_signal(signal.SIGINT)
        wait_until(lambda: not lives(server))
    shutil.rmtree(made)


@pytest.fixture
async def start(folder: Path) -> AsyncIterator[Start]:
    """Starts ``parlour serve`` with the folder's data and these words; all are ended after the test."""
    made: list[Serving] = []

    async def start_one(*words: str) -> Serving:
        made.append(await asyncio.to_thread(Serving, folder / "data", *words))
        return made[-1]

    yield start_one
    for serving in made:
        await asyncio.to_thread(end, serving.process)


@pytest.fixture
async def own_database(postgres: str) -> AsyncIterator[str]:
    """The URL of an empty database on a PostgreSQL that parlour is told of."""
    async with empty_database(postgres) as url:
        yield url


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        yield session


def account_of(serving: Serving, client: aiohttp.ClientSession) -> AccountClient:
    """The first account of a server that is another process, so that there is no looking behind its door."""
    parlour = Parlour(serving.url, cast(Node, None), MovableClock(), client)
    return AccountClient(parlour, serving.account, serving.token, service="")
