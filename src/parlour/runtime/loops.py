"""Loops: what this process does on its own beside answering calls, each thing in a loop of its own."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from types import TracebackType

import structlog

from parlour.core.errors import Conflict, Unavailable

RETRY_DELAY_SECONDS = 1.0
"""Seconds between two tries after one that failed."""

Run = Callable[[], Awaitable[bool | float]]
"""Does all that there is to do, or a part of it; it survives being cut off at any point.

Returns whether there is more to do now; or after how many seconds there will be.
"""

_log = structlog.get_logger()


class Loop:
    """Something that is done when somebody says that there is something to do, and from time to time to be sure."""

    def __init__(self, name: str, run_once: Run, *, interval: float) -> None:
        """*interval*: seconds after which it is done though nobody called, for what another process left behind."""
        self.name = name
        self._run_once, self._interval = run_once, interval
        self.on_run: Callable[[str, bool], None] = lambda name, is_done: None
        """Told after each turn the loop's name, and whether the turn did not fail."""
        self._woken = asyncio.Event()
        self._woken.set()

    def wake(self) -> None:
        """There is something to do."""
        self._woken.set()

    async def run(self) -> None:
        """Runs until it is cancelled; a turn that fails is logged and tried again."""
        while True:
            self._woken.clear()
            try:
                more = await self._run_once()
            except Exception as error:
                self._log_failure(error)
                self.on_run(self.name, False)
                await self._wait(RETRY_DELAY_SECONDS)
                continue
            self.on_run(self.name, True)
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
                await self._woken.wait()
        except TimeoutError:
            return


class Loops:
    """The loops of a process, running for the length of ``async with``."""

    def __init__(self, loops: Sequence[Loop]) -> None:
        self._loops = loops
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> "Loops":
        self._tasks = [asyncio.create_task(loop.run(), name=loop.name) for loop in self._loops]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
