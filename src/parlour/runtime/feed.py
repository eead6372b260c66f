"""The feed: the committed facts of one account in order, from any position on, and waiting for more of them.

Waiting is nearly free: a waiter is handed what the process's follower reads for all of them.
"""

import asyncio
import time
from collections.abc import Sequence

import msgspec

from parlour.core.facts import LoggedEvent
from parlour.core.signing import Signer
from parlour.runtime import topics
from parlour.runtime.follow import Subscription
from parlour.runtime.hub import Waiter
from parlour.runtime.node import Node
from parlour.storage import feed, log
from parlour.storage.feed import BATCH_BYTES, FeedBatch, FeedFilter
from parlour.storage.log import Cursor
from parlour.storage.snapshots import Snapshot

MAX_SEARCH_SECONDS = 5.0
"""How long a search skips facts that the filters exclude, before the reader gets the position reached."""


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
    """What a reader of a feed asks for, wherever it is."""

    account: str
    wanted: FeedFilter
    limit: int
    """Facts in one batch."""

    @property
    def topic(self) -> str:
        """What has news whenever there may be a fact for the reader."""
        conversation_sid = self.wanted.conversation_sid
        return self.account if conversation_sid is None else topics.conversation(self.account, conversation_sid)

    def wants(self, event: LoggedEvent) -> bool:
        """Whether the reader asks for this fact, as the database would decide."""
        wanted = self.wanted
        return (
            (not wanted.types or event.type in wanted.types)
            and wanted.service_sid in (None, event.service_sid)
            and wanted.conversation_sid in (None, event.conversation_sid)
        )


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
        until = time.monotonic() + wait
        with self._node.follower.subscribed(asked.topic, asked.wants, waiter) as subscription:
            while True:
                waiter.woken.clear()
                subscription.restart()
                batch = await self.read(asked, position)
                left = until - time.monotonic()
                is_over = left <= (0 if batch.is_last else -MAX_SEARCH_SECONDS)
                if batch.events or is_over or self._is_ending(waiter):
                    return batch
                position = batch.position
                if batch.is_last and subscription.is_joined(Snapshot.of(position.seen)):
                    found = await self._handed(subscription, asked, batch, until, waiter)
                    if found is not None:
                        return found

    async def _handed(
        self, subscription: Subscription, asked: FeedRequest, before: FeedBatch, until: float, waiter: Waiter
    ) -> FeedBatch | None:
        """What comes after the batch *before*, as soon as there is anything, or nothing in time; None if the reader has
        to read by itself."""
        while True:
            events, reached = subscription.take()
            if subscription.is_broken or not _fits(events, asked.limit):
                return None
            left = until - time.monotonic()
            if events or left <= 0 or self._is_ending(waiter):
                seen, generation = before.position.seen, before.generation
                return FeedBatch(events, Cursor(reached.text, generation=generation), seen, generation)
            waiter.woken.clear()
            await _is_set(waiter.woken, left)

    def _is_ending(self, waiter: Waiter) -> bool:
        return waiter.is_gone or self._node.signals.hub.is_closing


def _fits(events: Sequence[LoggedEvent], limit: int) -> bool:
    """Whether the facts may be in one batch."""
    if len(events) < 2:
        return True
    return len(events) <= limit and sum(len(msgspec.json.encode(each.payload)) for each in events) <= BATCH_BYTES


async def _is_set(event: asyncio.Event, seconds: float) -> bool:
    """Whether it comes to be within so many seconds."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True
