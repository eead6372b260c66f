"""The feed: the committed facts of one account in order, from any position on, and waiting for more of them.

Who waits costs nothing: he is woken when this process commits something of the account, when the bus tells that
another one did, or when the lookout, one statement for all who wait in this process, finds what both have missed.
"""

import asyncio
import time

import msgspec

from parlour.core.sids import Prefix
from parlour.core.signing import Signer
from parlour.runtime.hub import Waiter
from parlour.runtime.node import Node
from parlour.storage import feed, log
from parlour.storage.feed import FeedBatch, FeedFilter
from parlour.storage.log import Cursor

LOOKOUT = "lookout"
"""The name of the loop that looks for what nobody was woken for."""
LOOKOUT_INTERVAL_SECONDS = 2.0
"""Seconds after which it looks, if anybody waits."""
MIN_INTERVAL_SECONDS = 0.05
"""Seconds for which a waiter sleeps on who was woken in vain, so that what he does not want costs little."""
MAX_SEARCH_SECONDS = 5.0
"""Seconds for which facts are passed over that nobody wants, before the reader is told how far that came."""


class CursorCodec:
    """Cursors as opaque texts for readers of a feed, signed, so that one is valid for its own account only."""

    def __init__(self, secret: bytes) -> None:
        self._signer = Signer(secret, "feed positions", "EP")
        self._decoder = msgspec.msgpack.Decoder(Cursor)

    def encode(self, account: str, position: Cursor) -> str:
        """The text for *position*."""
        return self._signer.sign(msgspec.msgpack.encode(position), account.encode())

    def decode(self, account: str, text: str) -> Cursor:
        """The position that *text* stands for; raises ValueError if it was not given to *account*."""
        return self._decoder.decode(self._signer.verify(text, account.encode()))


class FeedRequest(msgspec.Struct, frozen=True):
    """What a reader of a feed asks for, wherever he is."""

    account: str
    wanted: FeedFilter
    limit: int
    """Facts in one batch."""


class Feed:
    """The feeds of all accounts."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self.cursors = CursorCodec(node.vault.key)

    async def end(self) -> Cursor:
        """The position behind everything that is committed now."""
        async with self._node.database.session() as reading:
            return await log.end(reading)

    async def read(self, asked: FeedRequest, position: Cursor) -> FeedBatch:
        """See ``storage.feed.read``; one statement for all who ask for the same at the same place."""

        async def read() -> FeedBatch:
            async with self._node.database.session() as reading:
                return await feed.read(reading, asked.account, position, asked.wanted, limit=asked.limit)

        return await self._node.single_flight.do((asked, position), read)

    async def read_on(self, asked: FeedRequest, position: Cursor, wait: float, waiter: Waiter) -> FeedBatch:
        """The same; where there is nothing yet, waits for it, but not longer than *wait* seconds, nor when the caller
        has gone or the process is about to end. Raises PositionGone."""
        hub, until, pause = self._node.signals.hub, time.monotonic() + wait, 0.0
        with hub.watching(asked.account, waiter):
            while True:
                waiter.woken.clear()
                batch = await self.read(asked, position)
                left = until - time.monotonic()
                is_over = left <= (0 if batch.is_last else -MAX_SEARCH_SECONDS)
                if batch.events or is_over or waiter.is_gone or hub.is_closing:
                    return batch
                position = batch.position
                if batch.is_last:
                    await asyncio.sleep(min(pause, left))
                    if not await _is_set(waiter.woken, until - time.monotonic()):
                        return batch
                    pause = MIN_INTERVAL_SECONDS


async def _is_set(event: asyncio.Event, seconds: float) -> bool:
    """Whether it comes to be within so many seconds."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True


class Lookout:
    """Looks from time to time whether something was committed that nobody was woken for."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._seen: str | None = None

    async def run_once(self) -> bool:
        """A turn in the background; asks nothing while nobody waits."""
        topics = [each for each in self._node.signals.hub.topics if each.startswith(Prefix.ACCOUNT)]
        if not topics:
            self._seen = None
            return False
        async with self._node.database.session() as reading:
            self._seen, changed = await feed.news(reading, self._seen, topics)
        self._node.signals.hub.wake(changed)
        return False
