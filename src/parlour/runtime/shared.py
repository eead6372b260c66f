"""Shared reads: one question to the database for all who ask the same thing at the same time."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")


class SharedReads:
    """Answers questions by reading, once for all callers who wait for the same answer.

    Who asks while a read is under way shares the next one, so no answer is older than its question: it is as if
    every caller had asked alone.
    """

    def __init__(self) -> None:
        self._next: dict[Hashable, asyncio.Future[Any]] = {}
        self._under_way: set[Hashable] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def ask(self, question: Hashable, read: Callable[[], Awaitable[T]]) -> T:
        """What *read* returns or raises; callers with an equal *question* have an equal *read*."""
        if question in self._under_way:
            if question not in self._next:
                self._next[question] = asyncio.get_running_loop().create_future()
            waiting: asyncio.Future[T] = self._next[question]
            return await asyncio.shield(waiting)
        self._under_way.add(question)
        try:
            return await read()
        finally:
            self._go_on(question, read)

    def _go_on(self, question: Hashable, read: Callable[[], Awaitable[T]]) -> None:
        """Begins the next read of *question* if somebody waits for it."""
        waiting = self._next.pop(question, None)
        if waiting is None:
            self._under_way.discard(question)
        else:
            task = asyncio.create_task(self._answer(question, read, waiting))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _answer(self, question: Hashable, read: Callable[[], Awaitable[T]], waiting: "asyncio.Future[T]") -> None:
        try:
            waiting.set_result(await read())
        except BaseException as error:
            waiting.set_exception(error)
            waiting.exception()  # seen here, so that it is no fault if all who waited have gone
        finally:
            self._go_on(question, read)
