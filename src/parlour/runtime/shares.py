"""Shares: how many connections those may hold at the same time who change one and the same thing.

They take turns anyway, by the locks of the database. Without a bound, those who wait for one conversation that is
locked would take the whole pool, and whoever wants something else would wait for them.
"""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import AsyncExitStack, asynccontextmanager

from parlour.core.errors import Conflict


class _Share:
    def __init__(self, limit: int) -> None:
        self.room = asyncio.Semaphore(limit)
        self.users = 0


class Shares:
    """Lets at most *limit* at a time change what has the same key; the others wait, at most *patience* seconds."""

    def __init__(self, limit: int, patience: float) -> None:
        self._limit, self._patience = limit, patience
        self._shares: dict[str, _Share] = {}

    @asynccontextmanager
    async def of(self, keys: Collection[str]) -> AsyncIterator[None]:
        """A share of each of *keys*, for the length of the block; raises Conflict.

        They are taken in one order, so that two callers never wait for each other in a circle.
        """
        async with AsyncExitStack() as taken:
            try:
                async with asyncio.timeout(self._patience):
                    for key in sorted(set(keys)):
                        await taken.enter_async_context(self._one(key))
            except TimeoutError as error:
                raise Conflict from error
            yield

    @asynccontextmanager
    async def _one(self, key: str) -> AsyncIterator[None]:
        share = self._shares.get(key)
        if share is None:
            share = self._shares[key] = _Share(self._limit)
        share.users += 1
        try:
            async with share.room:
                yield
        finally:
            share.users -= 1
            if not share.users:
                del self._shares[key]
