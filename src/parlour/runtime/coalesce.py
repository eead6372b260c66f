"""Shared reads: one question to the database for all who ask the same thing at the same time."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, TypeVar

from parlour.core.errors import Unavailable

STALL_SECONDS = 1.0
"""Seconds after which a read that has no answer yet is not waited for by those who ask now."""

T = TypeVar("T")


class SingleFlight:
    """Answers questions by reading, once for all callers who wait for the same answer.

    A caller that comes while a read is under way shares the next one, so no answer is older than its question: it is as
    if every caller had asked alone. A read that hangs holds nobody up: the next call begins another beside it. When the
    database cannot be reached, all waiting callers fail at once.
    """

    def __init__(self) -> None:
        self._next: dict[Hashable, asyncio.Future[Any]] = {}
        self._under_way: dict[Hashable, float] = {}
        """The questions that are being read, with the moment at which the newest read of each began."""
        self._tasks: set[asyncio.Task[None]] = set()

    async def do(self, question: Hashable, read: Callable[[], Awaitable[T]]) -> T:
        """What *read* returns or raises; callers with an equal *question* have an equal *read*."""
        before = self._under_way.get(question)
        if before is not None:
            if question not in self._next:
                self._next[question] = asyncio.get_running_loop().create_future()
            waiting: asyncio.Future[T] = self._next[question]
            if time.monotonic() - before > STALL_SECONDS:
                self._begin_next(question, read)
            return await asyncio.shield(waiting)
        began = self._under_way[question] = time.monotonic()
        try:
            answer = await read()
        except Unavailable as error:
            self._fail(question, error, began)
            raise
        finally:
            self._go_on(question, read, began)
        return answer

    def _go_on(self, question: Hashable, read: Callable[[], Awaitable[T]], began: float) -> None:
        """The read that *began* then has ended, and the next begins if somebody waits for it."""
        if self._under_way.get(question) != began:
            return  # another goes on beside it
        if question in self._next:
            self._begin_next(question, read)
        else:
            del self._under_way[question]

    def _begin_next(self, question: Hashable, read: Callable[[], Awaitable[T]]) -> None:
        began = self._under_way[question] = time.monotonic()
        task = asyncio.create_task(self._answer(question, read, self._next.pop(question), began))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(
        self, question: Hashable, read: Callable[[], Awaitable[T]], waiting: "asyncio.Future[T]", began: float
    ) -> None:
        try:
            waiting.set_result(await read())
        except BaseException as error:
            _refuse(waiting, error)
            if isinstance(error, Unavailable):
                self._fail(question, error, began)
        finally:
            self._go_on(question, read, began)

    def _fail(self, question: Hashable, error: Unavailable, began: float) -> None:
        """Nobody waits for the next read any more, which would fail as well; unless one goes on beside."""
        if question in self._next and self._under_way.get(question) == began:
            _refuse(self._next.pop(question), error)


def _refuse(waiting: "asyncio.Future[T]", error: BaseException) -> None:
    waiting.set_exception(error)
    waiting.exception()  # seen here, so that it is no fault if all who waited have gone
