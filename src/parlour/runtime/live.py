"""The tail: a live view of what happens in an account, in any process.

Nobody looks on most of the time. Then it costs one ``if`` where something happens (``account in live.wanted``), and a
small statement a minute.
"""

import time
from collections import deque
from typing import Any

from parlour.runtime.signals import Signals
from parlour.storage import live_lines
from parlour.storage.database import Database

TAIL = "tail"
"""The name of the loop."""
INTERVAL_SECONDS = 60.0
"""Seconds after which it is looked whether somebody looks on, though nobody said so."""
WATCHED_INTERVAL_SECONDS = 5.0
"""The same while someone watches, to notice that the viewer has left."""
WATCH_TTL_SECONDS = 30.0
"""How long a viewer counts as present after its last sign of life."""
MIN_INTERVAL_SECONDS = 0.1
"""Seconds between two times that lines are passed on; what happens meanwhile is passed on together."""
MAX_WAITING = 2000
"""Lines that wait to be passed on; of more, the oldest are left out."""


def topic(account_sid: str) -> str:
    """What those watch at the hub who look on."""
    return f"{TAIL}:{account_sid}"


class Live:
    """What this process sees happen, on its way to those who look on."""

    def __init__(self, database: Database, signals: Signals) -> None:
        self._database, self._signals = database, signals
        self.wanted: frozenset[str] = frozenset()
        """The accounts that are being watched."""
        self._waiting: deque[tuple[str, dict[str, Any]]] = deque(maxlen=MAX_WAITING)
        self._next_at = 0.0

    def saw(self, account_sid: str, line: dict[str, Any]) -> None:
        """Passes on a line of an account that is being watched."""
        if not self._waiting:
            self._signals.wake(TAIL)
        self._waiting.append((account_sid, line))

    async def look_on(self, account_sid: str) -> None:
        """From now on what this process sees is shown to the caller, for some seconds; other processes learn it by
        their loops."""
        async with self._database.session() as reading:
            await live_lines.look_on(reading, account_sid, WATCH_TTL_SECONDS)
        self.wanted |= {account_sid}
        self._signals.wake_everywhere(TAIL)

    async def read(self, account_sid: str, seen: str | None) -> tuple[list[dict[str, Any]], str]:
        """What was passed on since *seen*, and the *seen* for the next time."""
        async with self._database.session() as reading:
            return await live_lines.read(reading, account_sid, seen)

    async def run_once(self) -> bool | float:
        """A turn in the background: passes on what this process saw, and learns who looks on."""
        pause = self._next_at - time.monotonic()
        if pause > 0:
            return pause
        self._next_at = time.monotonic() + MIN_INTERVAL_SECONDS
        lines = list(self._waiting)
        self._waiting.clear()
        async with self._database.session() as reading:
            if lines:
                await live_lines.write(reading, lines)
            self.wanted = await live_lines.wanted(reading)
        for account_sid in {account_sid for account_sid, _ in lines}:
            self._signals.wake_everywhere(topic(account_sid))
        return WATCHED_INTERVAL_SECONDS if self.wanted else False
