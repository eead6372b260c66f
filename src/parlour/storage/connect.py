"""Connecting: how every connection to PostgreSQL is opened, with limits to what it may wait for."""

import asyncio
import os
import socket
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import asyncpg
import msgspec

CONNECT_TIMEOUT_SECONDS = 4.0
"""How long a server may take to let a connection in; with several servers, each."""
CLOSE_TIMEOUT_SECONDS = 1.0
"""How long a server may take to say goodbye."""
LEEWAY_SECONDS = 2.0
"""How much later than the server's own limit an answer may come before the connection counts as mute."""
UNLIMITED_SILENCE_SECONDS = 60.0
"""When a connection counts as mute where statements have no limit."""

PLAN_SECONDS = 30
"""For which a connection keeps the plan of a statement. One that was made while tables were small reads them whole,
and PostgreSQL would go on with it until they are analysed, which may take minutes."""

_KEEPALIVE = (
    ("TCP_KEEPIDLE", 10),  # seconds
    ("TCP_KEEPINTVL", 5),  # seconds
    ("TCP_KEEPCNT", 3),
    ("TCP_USER_TIMEOUT", 20_000),  # milliseconds
)
"""So that the kernel notices a host that has gone, also while a statement may take long."""

UNREACHABLE = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.InsufficientResourcesError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # the server has said that it ends the connection; no server takes writes
)
"""What says that a connection is of no more use, or that there is none to be had."""

LOCK_SECONDS = 5.0
"""How long a change waits for others to the same thing, unless a setting says otherwise."""


class Limits(msgspec.Struct, frozen=True):
    """What statements on a connection may wait for, in seconds; 0 leaves it to the database's own settings."""

    statement: float = 10.0
    lock: float = LOCK_SECONDS
    idle_in_transaction: float = 10.0

    @property
    def server_settings(self) -> dict[str, str]:
        """The same in PostgreSQL's words."""
        named = {
            "statement_timeout": self.statement,
            "lock_timeout": self.lock,
            "idle_in_transaction_session_timeout": self.idle_in_transaction,
        }
        return {name: str(round(seconds * 1000)) for name, seconds in named.items() if seconds}

    @property
    def silence(self) -> float:
        """Seconds without an answer after which a connection counts as mute."""
        return self.statement + LEEWAY_SECONDS if self.statement else UNLIMITED_SILENCE_SECONDS

    @property
    def lock_patience(self) -> float:
        """Seconds that a change waits for its turn in this process, beside what it waits for in the database."""
        return self.lock or LOCK_SECONDS


UNLIMITED = Limits(0, 0, 0)
"""For what may take as long as it takes: migrations, seeding."""


class Connector:
    """Opens connections to the database at *url*, which may name several servers; then to one that takes writes."""

    def __init__(self, url: str, limits: Limits = UNLIMITED, *, statement_cache_size: int = 1024) -> None:
        self._url, self._limits, self._statement_cache_size = url, limits, statement_cache_size
        self._servers = servers_of(url)
        """Where there are several: the one that took the last connection first."""

    async def connect(self) -> Any:
        """A connection; raises UNREACHABLE."""
        failure: BaseException | None = None
        for server in self._servers.copy():
            try:
                connection = await self._connect(server)
            except UNREACHABLE as error:
                failure = error
                continue
            self._servers.remove(server)
            self._servers.insert(0, server)
            return connection
        if failure is not None:
            raise failure
        return await self._connect()

    async def _connect(self, server: tuple[str, int] | None = None) -> Any:
        which: dict[str, Any] = {} if server is None else {"host": server[0], "port": server[1]}
        if server is not None and not _names_attributes(self._url):
            which["target_session_attrs"] = "read-write"
        connection = await asyncpg.connect(
            self._url,
            timeout=CONNECT_TIMEOUT_SECONDS,
            server_settings=self._limits.server_settings,
            statement_cache_size=self._statement_cache_size,
            max_cached_statement_lifetime=PLAN_SECONDS,
            **which,
        )
        _keep_alive(connection)
        return connection


async def close(connection: Any) -> None:
    """Closes the connection, even if the server no longer answers."""
    try:
        await connection.close(timeout=CLOSE_TIMEOUT_SECONDS)
    except UNREACHABLE:
        connection.terminate()


async def close_all(connections: list[Any]) -> None:
    """The same for several at once."""
    await asyncio.gather(*map(close, connections))


def servers_of(url: str) -> list[tuple[str, int]]:
    """Hosts and ports in the order of the URL, where it names several; with one, asyncpg reads it all by itself."""
    parts = urlsplit(url)
    listed = parts.netloc.rpartition("@")[2].split(",")
    if listed != [""]:
        pairs = [_host_and_port(each) for each in listed]
    else:
        query = parse_qs(parts.query)
        hosts, ports = (query.get(name, [""])[0].split(",") for name in ("host", "port"))
        pairs = list(zip(hosts, ports if len(ports) == len(hosts) else ports[:1] * len(hosts), strict=True))
    if len(pairs) < 2:
        return []
    return [(unquote(host), int(port or os.environ.get("PGPORT") or 5432)) for host, port in pairs]


def _host_and_port(address: str) -> tuple[str, str]:
    host, _, port = address.rpartition(":")
    return (host.strip("[]"), port) if host and port.isdigit() else (address.strip("[]"), "")


def _names_attributes(url: str) -> bool:
    return "target_session_attrs" in parse_qs(urlsplit(url).query) or "PGTARGETSESSIONATTRS" in os.environ


def _keep_alive(connection: Any) -> None:
    """Asks the kernel to look after the connection, where it is TCP."""
    peer: socket.socket | None = connection._transport.get_extra_info("socket")
    if peer is None or peer.family not in (socket.AF_INET, socket.AF_INET6):
        return
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEPALIVE:
        if hasattr(socket, name):
            peer.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
