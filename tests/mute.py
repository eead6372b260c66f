"""A TCP way to the database whose connections a test can let go mute: they stay open, and nothing comes through."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import parse_qs, urlsplit, urlunsplit

PORT = 5432


class MutableProxy:
    """Passes bytes between clients over TCP and the PostgreSQL of a URL, as long as it is not muted."""

    def __init__(self, database_url: str) -> None:
        self._parts = urlsplit(database_url)
        self._server: asyncio.Server | None = None
        self._lines: set[asyncio.Task[None]] = set()
        self._may_pass: dict[asyncio.Task[None], asyncio.Event] = {}
        self._mutes_new = False
        self.taken = 0
        """How many connections were made."""

    @property
    def address(self) -> str:
        """Host and port at which it listens."""
        assert self._server is not None
        return f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    @property
    def url(self) -> str:
        """The same database through this proxy."""
        user = self._parts.netloc.rpartition("@")[0]
        return urlunsplit(self._parts._replace(netloc=f"{user}@{self.address}", query=""))

    def mute(self, *, new: bool) -> None:
        """Nothing passes any more on what is connected; *new*: nor on what connects from now on."""
        for event in self._may_pass.values():
            event.clear()
        self._mutes_new = new

    def speak(self) -> None:
        """What connects from now on is heard; what was mute remains so."""
        self._mutes_new = False

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()
        for line in self._lines:
            line.cancel()
        await asyncio.gather(*self._lines, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.taken += 1
        may_pass = self._may_pass[task] = asyncio.Event()
        if not self._mutes_new:
            may_pass.set()
        self._lines.add(task)
        there_reader, there_writer = await self._connect()
        try:
            async with asyncio.TaskGroup() as both_ways:
                both_ways.create_task(_copy(reader, there_writer, may_pass))
                both_ways.create_task(_copy(there_reader, writer, may_pass))
        except asyncio.CancelledError:
            pass  # it is closed
        finally:
            writer.transport.abort()
            there_writer.transport.abort()
            del self._may_pass[task]
            self._lines.discard(task)

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        query = parse_qs(self._parts.query)
        host = query.get("host", [self._parts.hostname or "localhost"])[0]
        port = int(query.get("port", [str(self._parts.port or PORT)])[0])
        if host.startswith("/"):
            return await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
        return await asyncio.open_connection(host, port)


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter, may_pass: asyncio.Event) -> None:
    with suppress(ConnectionError):
        while True:
            data = await source.read(65536)
            await may_pass.wait()  # not even the end of a connection comes through
            if not data:
                break
            target.write(data)
            await target.drain()
    target.close()


@asynccontextmanager
async def muted_at_will(database_url: str) -> AsyncIterator[MutableProxy]:
    """A proxy to *database_url* that works until it is muted."""
    proxy = MutableProxy(database_url)
    await proxy.open()
    try:
        yield proxy
    finally:
        await proxy.close()
