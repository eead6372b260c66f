"""A line to the database that a test can cut and mend, to see what parlour does meanwhile."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, quote, urlsplit, urlunsplit

PORT = 5432


class Relay:
    """Passes bytes between clients and the PostgreSQL of a URL."""

    def __init__(self, database_url: str, folder: str) -> None:
        self._parts = urlsplit(database_url)
        self._folder = folder
        self._socket = f"{folder}/.s.PGSQL.{PORT}"
        self._server: asyncio.Server | None = None
        self._lines: set[asyncio.Task[None]] = set()
        self._speaks = asyncio.Event()
        self._speaks.set()

    @property
    def url(self) -> str:
        """The same database through this relay."""
        user = self._parts.netloc.rpartition("@")[0]
        query = f"host={quote(self._folder)}&port={PORT}"
        return urlunsplit(self._parts._replace(netloc=f"{user}@", query=query))

    async def mend(self) -> None:
        """Connections come through from now on."""
        self._server = await asyncio.start_unix_server(self._pass_on, self._socket)

    async def cut(self) -> None:
        """Nothing comes through any more, and what is connected is cut."""
        assert self._server is not None
        self._server.close()
        for line in self._lines:
            line.cancel()
        await asyncio.gather(*self._lines, return_exceptions=True)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._socket)  # noqa: PTH108

    def hush(self) -> None:
        """Connections stay, but nothing is heard from the database any more."""
        self._speaks.clear()

    def speak(self) -> None:
        """What the database has said meanwhile, and whatever it says from now on, is heard."""
        self._speaks.set()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._lines.add(task)
        there_reader, there_writer = await self._connect()
        try:
            async with asyncio.TaskGroup() as both_ways:
                both_ways.create_task(_copy(reader, there_writer))
                both_ways.create_task(_copy(there_reader, writer, self._speaks))
        finally:
            self._lines.discard(task)

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        query = parse_qs(self._parts.query)
        host = query.get("host", [self._parts.hostname or "localhost"])[0]
        port = int(query.get("port", [str(self._parts.port or PORT)])[0])
        if host.startswith("/"):
            return await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
        return await asyncio.open_connection(host, port)


async def _copy(
    source: asyncio.StreamReader, target: asyncio.StreamWriter, may_pass: asyncio.Event | None = None
) -> None:
    try:
        while data := await source.read(65536):
            if may_pass is not None:
                await may_pass.wait()
            target.write(data)
    finally:
        target.close()


@asynccontextmanager
async def relayed(database_url: str, folder: str) -> AsyncIterator[Relay]:
    """A relay to *database_url* that works; its socket is in *folder*, whose path must be short."""
    relay = Relay(database_url, folder)
    await relay.mend()
    try:
        yield relay
    finally:
        await relay.cut()
