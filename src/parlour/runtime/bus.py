"""The bus: what the processes of one database tell each other, so that none of them has to keep asking.

A signal is a topic that has news (``runtime/topics.py``), and never carries contents. A loop publishes signals after
commits: a call that writes only notes them. However many commits there are, they cost the database at most 20 small
transactions a second, each with at most 8 kB. Signals can be lost, so everything that listens also looks from time to
time without one.
"""

import time
from collections.abc import Callable

import structlog

from parlour.runtime.topics import whole
from parlour.storage.notify import MAX_TEXT_BYTES, UNREACHABLE, NotifyChannel

BUS = "bus"
"""The name of the loop."""
INTERVAL_SECONDS = 5.0
"""Seconds after which a line on which nothing was said is looked at: it may have become mute."""
MIN_INTERVAL_SECONDS = 0.05
"""Seconds between two times that something is said; what is noted meanwhile is said together."""
RETRY_DELAY_SECONDS = 1.0
"""Seconds after which a line that could not be opened is tried again."""
EVERYTHING = "*"
"""The signal that stands for all of them."""
_BETWEEN = "\n"
"""Stands between signals; there are loops with spaces in their names."""

_log = structlog.get_logger("parlour.bus")


class Bus:
    """Publishes signals to the other processes, and hears theirs."""

    def __init__(self, database_url: str, hear: Callable[[str], None], call: Callable[[], None]) -> None:
        """*hear* is given each signal of another process; *call* says that the loop has something to do."""
        self._channel = NotifyChannel(database_url, self._heard, call)
        self._hear, self._call = hear, call
        self._signals: set[str] = set()
        self._next_at = 0.0

    def publish(self, *signals: str) -> None:
        """The other processes get *signals* soon; costs the caller nothing."""
        if not self._signals:
            self._call()
        self._signals.update(signals)

    async def run_once(self) -> bool | float:
        """A turn in the background: what was noted is said, unless that was done a moment ago."""
        try:
            if not self._channel.is_open:
                await self._open()
            if not self._signals:
                await self._channel.check()
                return False
            pause = self._next_at - time.monotonic()
            if pause > 0:
                return pause
            await self._say()
        except UNREACHABLE as error:
            self._channel.close()
            _log.warning("The line to the other processes is broken; they get no signals.", error=str(error))
            return RETRY_DELAY_SECONDS
        return MIN_INTERVAL_SECONDS if self._signals else False

    def close(self) -> None:
        """Nothing is said or heard any more."""
        self._channel.close()

    async def _say(self) -> None:
        signals, self._signals = self._signals, set()
        self._next_at = time.monotonic() + MIN_INTERVAL_SECONDS
        try:
            await self._channel.publish(_text(signals))
        except BaseException:
            self._signals |= signals
            raise

    async def _open(self) -> None:
        """What was said while nobody listened may have been anything."""
        await self._channel.open()
        self._hear(EVERYTHING)

    def _heard(self, text: str) -> None:
        for signal in text.split(_BETWEEN):
            self._hear(signal)


def _text(signals: set[str]) -> str:
    """*signals* as one text: as they are, or by whole accounts if they are too many, or as EVERYTHING."""
    for form in (signals, {whole(signal) for signal in signals}):
        text = _BETWEEN.join(sorted(form))
        if len(text.encode()) <= MAX_TEXT_BYTES:
            return text
    return EVERYTHING
