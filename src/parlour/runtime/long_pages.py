"""Long pages: how many rows of lists are under way in this process, from the database to the connection.

A page of 1,000 rows with large attributes takes some 100 MB until it is written. Short pages take little and wait for
nobody.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from parlour.core.errors import Unavailable

SHORT_ROWS = 50
"""What a page may have at most, to count as short."""
MAX_ROWS = 3000
"""Of all long pages together that are under way. A page with more has its turn alone."""


class LongPages:
    """Lets long pages begin in the order in which they were asked for, as soon as there is room for them."""

    def __init__(self, patience: float) -> None:
        """*patience*: seconds that a page waits at most."""
        self._patience, self._rows = patience, 0
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    @asynccontextmanager
    async def of(self, rows: int) -> AsyncIterator[None]:
        """Room for a page of so many rows, for the length of the block; raises Unavailable."""
        if rows <= SHORT_ROWS:
            yield
            return
        rows = min(rows, MAX_ROWS)
        await self._enter(rows)
        try:
            yield
        finally:
            self._leave(rows)

    async def _enter(self, rows: int) -> None:
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append((rows, turn))
        self._let_in()
        try:
            async with asyncio.timeout(self._patience):
                await turn
        except BaseException as error:
            is_in = turn.done() and not turn.cancelled()
            self._leave(rows if is_in else 0)
            if isinstance(error, TimeoutError):
                raise Unavailable from error
            raise

    def _leave(self, rows: int) -> None:
        self._rows -= rows
        self._let_in()

    def _let_in(self) -> None:
        while self._waiting:
            rows, turn = self._waiting[0]
            if not turn.done():
                if self._rows + rows > MAX_ROWS:
                    return
                self._rows += rows
                turn.set_result(None)
            self._waiting.popleft()
