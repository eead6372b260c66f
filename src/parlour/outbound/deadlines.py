"""Deadlines: many calls are watched by one timer, instead of by one each.

``asyncio.timeout`` and the timeout of aiohttp make a timer for every call, and throw nearly every one away
unused. That was a thirteenth of what a call costs.
"""

import asyncio
from math import inf
from types import TracebackType


class Deadlines:
    """Interrupts whatever takes longer than it may."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._held: set[Deadline] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._looks_at = inf

    def hold(self, seconds: float) -> "Deadline":
        """For the length of ``with``, which the task leaves by a TimeoutError when the time is over."""
        deadline = Deadline(self._held, self._loop.time() + seconds, asyncio.current_task(self._loop))
        if deadline.at < self._looks_at:
            self._look_at(deadline.at)
        return deadline

    def close(self) -> None:
        """Watches no more."""
        if self._timer is not None:
            self._timer.cancel()

    def _look_at(self, moment: float) -> None:
        self.close()
        self._looks_at = moment
        self._timer = None if moment == inf else self._loop.call_at(moment, self._look)

    def _look(self) -> None:
        """Interrupts what is late, and looks again when the next may be."""
        now = self._loop.time()
        upcoming = inf
        for deadline in sorted(self._held, key=lambda each: each.at):
            if deadline.at > now:
                upcoming = deadline.at
                break
            deadline.pass_by()
        self._look_at(upcoming)


class Deadline:
    """When a task has to have left the block."""

    __slots__ = ("_asked_before", "_held", "_is_past", "_task", "at")

    def __init__(self, held: "set[Deadline]", at: float, task: "asyncio.Task[object] | None") -> None:
        assert task is not None, "only a task can be interrupted"
        self._held, self.at, self._task = held, at, task
        self._asked_before = task.cancelling()
        self._is_past = False

    def __enter__(self) -> "Deadline":
        self._held.add(self)
        return self

    def pass_by(self) -> None:
        """It is over, and the task is not where it should be."""
        if not self._is_past:
            self._is_past = True
            self._task.cancel()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._held.remove(self)
        # Somebody else may have cancelled the task at the same time, and comes first.
        if self._is_past and self._task.uncancel() <= self._asked_before and kind is asyncio.CancelledError:
            raise TimeoutError from error
