"""The bus: what the processes of one database tell each other, so that none of them has to keep asking.

A word is the name of a background loop, or the topic of those who wait for something (``runtime/hub.py``). Words are
said after commits, by a loop: whoever writes only notes them. However many commits there are, they cost the database
at most 20 small transactions a second. What is said can be lost, so everybody who listens also looks by himself from
time to time.
"""

import time
from collections.abc import Callable

import structlog

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
"""The word that stands for all words."""
_BETWEEN = "\n"
"""Stands between words; there are loops with spaces in their names."""

_log = structlog.get_logger("parlour.bus")


class Bus:
    """Passes words on to the other processes, and hears theirs."""

    def __init__(self, database_url: str, hear: Callable[[str], None], call: Callable[[], None]) -> None:
        """*hear* is given each word of another process; *call* says that the loop has something to do."""
        self._channel = NotifyChannel(database_url, self._heard, call)
        self._hear, self._call = hear, call
        self._words: set[str] = set()
        self._next_at = 0.0

    def pass_on(self, *words: str) -> None:
        """The other processes will be told *words*, soon; costs the caller nothing."""
        if not self._words:
            self._call()
        self._words.update(words)

    async def run_once(self) -> bool | float:
        """A turn in the background: what was noted is said, unless that was done a moment ago."""
        try:
            if not self._channel.is_open:
                await self._open()
            if not self._words:
                await self._channel.check()
                return False
            pause = self._next_at - time.monotonic()
            if pause > 0:
                return pause
            await self._say()
        except UNREACHABLE as error:
            self._channel.close()
            _log.warning("The line to the other processes is broken; they are told of nothing.", error=str(error))
            return RETRY_DELAY_SECONDS
        return MIN_INTERVAL_SECONDS if self._words else False

    def close(self) -> None:
        """Nothing is said or heard any more."""
        self._channel.close()

    async def _say(self) -> None:
        words, self._words = self._words, set()
        self._next_at = time.monotonic() + MIN_INTERVAL_SECONDS
        try:
            await self._channel.publish(_text(words))
        except BaseException:
            self._words |= words
            raise

    async def _open(self) -> None:
        """What was said while nobody listened may have been anything."""
        await self._channel.open()
        self._hear(EVERYTHING)

    def _heard(self, text: str) -> None:
        for word in text.split(_BETWEEN):
            self._hear(word)


def _text(words: set[str]) -> str:
    text = _BETWEEN.join(sorted(words))
    return text if len(text) <= MAX_TEXT_BYTES else EVERYTHING
