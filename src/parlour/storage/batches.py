"""Batches: what arrives while the database is busy with the same statement is sent to it together."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Generic, TypeVar

import asyncpg

from parlour.core.errors import Conflict

A = TypeVar("A")
Values = tuple[object, ...]
Waiting = tuple[Values, asyncio.Future[A]]


class Batches(ABC, Generic[A]):
    """Gathers calls of one statement, each with its values and an answer of its own.

    A call alone is sent at once. While a batch is under way, arriving calls wait and form the next.
    """

    def __init__(self, *, limit: int, patience: float | None = None) -> None:
        """*limit*: calls in one batch. *patience*: seconds after which the next batch is sent beside one that takes
        longer; with None it always waits."""
        self._limit, self._patience = limit, patience
        self._loop = asyncio.get_running_loop()
        self._waiting: list[Waiting[A]] = []
        self._sender: asyncio.Task[None] | None = None
        """The task that sends the waiting calls; if it takes too long, another starts beside it."""
        self._senders: set[asyncio.Task[None]] = set()

    def begin(self, *values: object) -> "asyncio.Future[A]":
        """Hands a call in; what comes of it is to be awaited, now or later."""
        answer: asyncio.Future[A] = self._loop.create_future()
        self.hand_in(values, answer)
        return answer

    def hand_in(self, values: Values, answer: "asyncio.Future[A]") -> None:
        """The same for one who has the future already."""
        self._waiting.append((values, answer))
        if self._sender is None:
            self._send()

    @abstractmethod
    async def _answers(self, calls: Sequence[Values]) -> Sequence[A]:
        """What the database answers to each of *calls*."""

    def _send(self) -> None:
        self._sender = self._loop.create_task(self._batches())
        self._senders.add(self._sender)
        self._sender.add_done_callback(self._senders.discard)

    async def _batches(self) -> None:
        """Sends batch after batch, until no call waits or another task takes over."""
        sender = self._sender
        try:
            while self._waiting and self._sender is sender:
                batch, self._waiting = self._waiting[: self._limit], self._waiting[self._limit :]
                await self._send_one(batch, sender)
        finally:
            if self._sender is sender:
                self._sender = None

    async def _send_one(self, batch: Sequence[Waiting[A]], sender: "asyncio.Task[None] | None") -> None:
        if self._patience is None:
            await self._settle(batch)
            return
        limit = self._loop.call_later(self._patience, self._go_beside, sender)
        try:
            await self._settle(batch)
        finally:
            limit.cancel()

    def _go_beside(self, sender: "asyncio.Task[None] | None") -> None:
        """The *sender* takes too long."""
        if self._sender is sender:
            self._sender = None
            if self._waiting:
                self._send()

    async def _settle(self, batch: Sequence[Waiting[A]]) -> None:
        try:
            answers = await self._answers([values for values, _ in batch])
        except Exception as error:
            await self._retry_or_fail(batch, error)
            return
        for (_, waiting), answer in zip(batch, answers, strict=True):
            if not waiting.done():
                waiting.set_result(answer)

    async def _retry_or_fail(self, batch: Sequence[Waiting[A]], error: Exception) -> None:
        """Retries the calls of a refused batch one by one, so that a bad one affects no other."""
        if len(batch) > 1 and isinstance(error, asyncpg.PostgresError | Conflict):
            for one in batch:
                await self._settle([one])
        else:
            fail(batch, error)


def fail(batch: Sequence[Waiting[A]], error: Exception) -> None:
    """All calls of the batch raise *error*."""
    for _, waiting in batch:
        if not waiting.done():
            waiting.set_exception(error)
