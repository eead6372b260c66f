"""The line between processes: a connection of its own on which those of one database say short texts to each other.

It is LISTEN and NOTIFY. A text may be lost when a connection breaks, so it only ever says that something can be found
in the tables.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import asyncpg

from parlour.storage.connect import Connector

LONGEST = 7900
"""Bytes of one text; PostgreSQL takes up to 7,999."""
_CHANNEL = "parlour"
_PATIENCE = 5.0
"""Seconds after which a connection that does not answer counts as broken."""


class Line:
    """A connection to the database at *url*, opened when it is used."""

    def __init__(self, url: str, hear: Callable[[str], None], broken: Callable[[], None]) -> None:
        """*hear* is given each text that another process said; *broken* is called when the connection is lost."""
        self._connector = Connector(url, statement_cache_size=0)
        self._hear, self._broken = hear, broken
        self._connection: Any = None

    @property
    def is_open(self) -> bool:
        """Whether texts are heard, as far as is known."""
        return self._connection is not None and not self._connection.is_closed()

    async def open(self) -> None:
        """From now on texts are heard; raises OSError or asyncpg's errors."""
        connection = await self._connector.connect()
        try:
            connection.add_termination_listener(lambda _: self._broken())
            await connection.add_listener(_CHANNEL, self._heard)
        except BaseException:
            connection.terminate()
            raise
        self._connection = connection

    async def say(self, text: str) -> None:
        """All other processes on the line are told *text*; raises asyncpg's errors.

        The transaction that tells it does not wait for the disk: what it tells of was written by another one.
        """
        await self._connection.execute(
            "select set_config('synchronous_commit', 'off', true), pg_notify($1, $2)",
            _CHANNEL,
            text,
            timeout=_PATIENCE,
        )

    async def check(self) -> None:
        """Returns if the database answers; raises asyncpg's errors, and counts as broken then."""
        await self._connection.execute("select 1", timeout=_PATIENCE)

    def close(self) -> None:
        """Nothing is heard any more."""
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None

    def _heard(self, connection: Any, pid: int, channel: str, text: object) -> None:
        if pid != connection.get_server_pid():
            self._hear(str(text))


UNREACHABLE = (OSError, asyncio.TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)
"""What opening a line or speaking on it may raise."""
