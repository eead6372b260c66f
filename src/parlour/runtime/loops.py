"""Loops: what this process does on its own beside answering calls, each thing in a loop of its own."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextvars import ContextVar
from types import TracebackType

import structlog

from parlour.core.errors import Conflict, Unavailable
from parlour.runtime.hub import Hub, Waiter

RETRY_DELAY_SECONDS = 1.0
"""Seconds between two tries after one that failed."""

Run = Callable[[], Awaitable[bool | float]]
"""Does all that there is to do, or a part of it; it survives being cut off at any point.

Returns whether there is more to do now; or after how many seconds there will be.
"""

OnRun = Callable[[str, bool], None]
"""Gets the name of a loop after each run, and whether the run did not fail."""

on_behalf_of: ContextVar[str | None] = ContextVar("on_behalf_of", default=None)
"""The loop that started what runs at the moment, also by way of other tasks; None for a call."""

_log = structlog.get_logger()


class Loop:
    """Something that is done when there is a signal with its name, and from time to time to be sure."""

    def __init__(self, name: str, run_once: Run, *, interval: float) -> None:
        """*interval*: seconds after which it is done though nobody called, for what another process left behind."""
        self.name = name
        self._run_once, self._interval = run_once, interval
        self._waiter = Waiter()

    async def run(self, hub: Hub, on_run: OnRun) -> None:
        """Runs until it is cancelled, at once and whenever *hub* wakes its name; a run that fails is logged and tried
        again."""
        on_behalf_of.set(self.name)
        with hub.watching(self.name, self._waiter):
            while True:
                self._waiter.woken.clear()
                try:
                    more = await self._run_once()
                except Exception as error:
                    self._log_failure(error)
                    on_run(self.name, False)
                    await self._wait(RETRY_DELAY_SECONDS)
                    continue
                on_run(self.name, True)
                if more is not True:
                    await self._wait(self._interval if more is False else min(more, self._interval))

    def _log_failure(self, error: Exception) -> None:
        if isinstance(error, Unavailable | Conflict):
            reason = error.reason if isinstance(error, Unavailable) else type(error.__cause__ or error).__name__
            _log.warning("A background loop could not do its work in the database.", loop=self.name, reason=reason)
        else:
            _log.error("A background loop failed.", loop=self.name, exc_info=error)

    async def _wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._waiter.woken.wait()
        except TimeoutError:
            return


class Loops:
    """The loops of a process, running for the length of ``async with``."""

    def __init__(self, loops: Sequence[Loop], hub: Hub, on_run: OnRun) -> None:
        self._loops, self._hub, self._on_run = loops, hub, on_run
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> "Loops":
        self._tasks = [asyncio.create_task(loop.run(self._hub, self._on_run), name=loop.name) for loop in self._loops]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
