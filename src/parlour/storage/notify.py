"""A channel between the processes of one database: short texts over LISTEN and NOTIFY, on a connection of its own.

A text may be lost when a connection breaks, so it only ever says that something can be found in the tables.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import asyncpg

from parlour.storage.connect import Connector

MAX_TEXT_BYTES = 7900
"""PostgreSQL takes up to 7,999."""
_CHANNEL = "parlour"
_TIMEOUT_SECONDS = 5.0
"""After which a connection that does not answer counts as broken."""


class NotifyChannel:
    """A connection to the database at *url*, opened when it is used."""

    def __init__(self, url: str, on_message: Callable[[str], None], on_break: Callable[[], None]) -> None:
        """*on_message* takes each text of another process; *on_break* is called when the connection is lost."""
        self._connector = Connector(url, statement_cache_size=0)
        self._on_message, self._on_break = on_message, on_break
        self._connection: Any = None

    @property
    def is_open(self) -> bool:
        """Whether texts arrive, as far as is known."""
        return self._connection is not None and not self._connection.is_closed()

    async def open(self) -> None:
        """Starts to listen; raises OSError or asyncpg's errors."""
        connection = await self._connector.connect()
        try:
            connection.add_termination_listener(lambda _: self._on_break())
            await connection.add_listener(_CHANNEL, self._received)
        except BaseException:
            connection.terminate()
            raise
        self._connection = connection

    async def publish(self, texts: Sequence[str]) -> None:
        """Sends *texts* to all other processes that listen, in one transaction; raises asyncpg's errors.

        It does not wait for the disk: what the texts announce was written by another transaction.
        """
        await self._connection.execute(
            "select set_config('synchronous_commit', 'off', true), pg_notify($1, text) from unnest($2::text[]) as text",
            _CHANNEL,
            texts,
            timeout=_TIMEOUT_SECONDS,
        )

    async def check(self) -> None:
        """Asks whether the database answers; raises asyncpg's errors, and counts as broken then."""
        await self._connection.execute("select 1", timeout=_TIMEOUT_SECONDS)

    def close(self) -> None:
        """Stops listening."""
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None

    def _received(self, connection: Any, pid: int, channel: str, text: object) -> None:
        if pid != connection.get_server_pid():
            self._on_message(str(text))


UNREACHABLE = (OSError, asyncio.TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)
"""What opening a channel or publishing on it may raise."""
