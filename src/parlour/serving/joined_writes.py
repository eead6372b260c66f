"""Joined writes: an answer's head and body leave in one system call, where uvicorn writes them one by one.

Each write wakes the client. With one of them a server answers some eight in a hundred more posts.
"""

import asyncio
from typing import Any

MAX_BYTES = 256 * 1024
"""What is written beyond this leaves at once, so that a transport which is full can say so."""


class JoinedWrites:
    """A transport that sends what was written within one turn of the event loop together, at its end."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport, self._loop = transport, loop
        self._written: list[bytes] = []
        self._size = 0
        self.total = 0
        """Bytes that were written so far."""
        self.lingers = False
        """Whether closing it for the first time ends writing only: a client that is still sending would otherwise lose
        the answer to a reset of the connection."""

    def write(self, data: bytes) -> None:
        """Keeps *data* until the end of the turn."""
        if not self._written:
            self._loop.call_soon(self._send)
        self._written.append(data)
        self._size += len(data)
        self.total += len(data)
        if self._size > MAX_BYTES:
            self._send()

    def close(self) -> None:
        """Sends what was kept, and closes."""
        self._send()
        if self.lingers:
            self.lingers = False
            self._transport.write_eof()
        else:
            self._transport.close()

    def _send(self) -> None:
        written, self._written, self._size = self._written, [], 0
        if written and not self._transport.is_closing():
            self._transport.writelines(written)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)
