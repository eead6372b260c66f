"""The bus: what the processes of one database tell each other, so that none of them has to keep asking.

A signal is a topic that has news (``runtime/topics.py``), and never carries contents. A loop publishes signals after
commits: a call that writes only notes them. However many commits there are, they cost the database at most 20 small
transactions a second, or 100 while another process has sockets, each with a few texts of at most 8 kB. Signals can be
lost, so everything that listens also looks from time to time without one.

A word is what is true for a moment only and stands in no table: somebody is typing. It goes to whoever listens for its
kind, and is dropped where it cannot be said at once.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import quote, unquote

import structlog

from parlour.runtime.topics import whole
from parlour.storage.notify import MAX_TEXT_BYTES, UNREACHABLE, NotifyChannel

BUS = "bus"
"""The name of the loop."""
INTERVAL_SECONDS = 5.0
"""Seconds after which a line on which nothing was said is looked at: it may have become mute."""
MIN_INTERVAL_SECONDS = 0.05
"""Seconds between two times that something is said; what is noted meanwhile is said together."""
HURRIED_INTERVAL_SECONDS = 0.01
"""The same while another process has sockets, which should not lag behind those here."""
WATCHING = "watching"
"""The word by which a process asks the others to hurry, again and again."""
_HURRIED_FOR_SECONDS = 2.5 * INTERVAL_SECONDS
RETRY_DELAY_SECONDS = 1.0
"""Seconds after which a line that could not be opened is tried again."""
MAX_TEXTS = 4
"""Of signals in one transaction; more of them are said by whole accounts, and then as EVERYTHING."""
MAX_WORDS = 500
"""That wait to be said; of more, the rest is dropped."""
EVERYTHING = "*"
"""The signal that stands for all of them."""
_BETWEEN = "\n"
"""Stands between signals; there are loops with spaces in their names."""
_WORD = "!"
"""Begins a word: its kind and its parts, percent-encoded, follow with spaces between them."""
_MAX_WORD_BYTES = 2000

_log = structlog.get_logger("parlour.bus")


class Bus:
    """Publishes signals to the other processes, and hears theirs."""

    def __init__(self, database_url: str, hear: Callable[[str], None], call: Callable[[], None]) -> None:
        """*hear* is given each signal of another process; *call* says that the loop has something to do."""
        self._channel = NotifyChannel(database_url, self._heard, call)
        self._hear, self._call = hear, call
        self._signals: set[str] = set()
        self._words: dict[str, None] = {}
        self._listeners: dict[str, Callable[..., None]] = {WATCHING: self._hurry}
        self._next_at = self._ask_at = self._hurried_until = 0.0
        self._is_watched: Callable[[], bool] = lambda: False

    def publish(self, *signals: str) -> None:
        """The other processes get *signals* soon; costs the caller nothing."""
        if not self._has_news():
            self._call()
        self._signals.update(signals)

    def listen(self, kind: str, listener: Callable[..., None]) -> None:
        """Calls *listener* with the parts of each word of that kind that another process says."""
        self._listeners[kind] = listener

    def say(self, kind: str, *parts: str) -> None:
        """The other processes hear the word soon or never; costs the caller nothing."""
        word = " ".join((_WORD + kind, *(quote(part, safe="@") for part in parts)))
        if len(self._words) >= MAX_WORDS or len(word) > _MAX_WORD_BYTES:
            return
        if not self._has_news():
            self._call()
        self._words[word] = None

    def _has_news(self) -> bool:
        return bool(self._signals or self._words)

    async def run_once(self) -> bool | float:
        """A turn in the background: what was noted is said, unless that was done a moment ago."""
        try:
            if not self._channel.is_open:
                await self._open()
            self._ask_others()
            if not self._has_news():
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
        return self._interval if self._has_news() else False

    @property
    def _interval(self) -> float:
        return HURRIED_INTERVAL_SECONDS if time.monotonic() < self._hurried_until else MIN_INTERVAL_SECONDS

    def _ask_others(self) -> None:
        """Says that somebody watches here, from time to time."""
        if self._is_watched() and time.monotonic() >= self._ask_at:
            self._ask_at = time.monotonic() + INTERVAL_SECONDS
            self.say(WATCHING)

    def listen_closely(self, is_watched: Callable[[], bool]) -> None:
        """While *is_watched*, somebody here wants to know within milliseconds what the other processes commit."""
        self._is_watched = is_watched

    def _hurry(self) -> None:
        self._hurried_until = time.monotonic() + _HURRIED_FOR_SECONDS

    def ask(self) -> None:
        """Somebody has begun to watch here."""
        self._ask_at = 0.0
        self._call()

    def close(self) -> None:
        """Nothing is said or heard any more."""
        self._channel.close()

    async def _say(self) -> None:
        signals, self._signals = self._signals, set()
        words, self._words = self._words, {}
        self._next_at = time.monotonic() + self._interval
        try:
            await self._channel.publish([*_texts(signals), *_packed(words)])
        except BaseException:
            self._signals |= signals
            raise

    async def _open(self) -> None:
        """What was said while nobody listened may have been anything; what this process wanted to say is old."""
        await self._channel.open()
        self._words.clear()
        self._hear(EVERYTHING)

    def _heard(self, text: str) -> None:
        for line in text.split(_BETWEEN):
            if line.startswith(_WORD):
                self._heard_word(line)
            else:
                self._hear(line)

    def _heard_word(self, word: str) -> None:
        """A kind for which nobody listens here is a newer parlour's."""
        kind, *parts = word.removeprefix(_WORD).split(" ")
        if kind in self._listeners:
            self._listeners[kind](*(unquote(part) for part in parts))


def _texts(signals: set[str]) -> list[str]:
    """*signals* as few texts: as they are, or by whole accounts if they are too many, or as EVERYTHING."""
    for form in (signals, {whole(signal) for signal in signals}):
        texts = list(_packed(sorted(form)))
        if len(texts) <= MAX_TEXTS and all(len(text.encode()) <= MAX_TEXT_BYTES for text in texts):
            return texts
    return [EVERYTHING]


def _packed(lines: Iterable[str]) -> Iterator[str]:
    """*lines* in texts of the size that one NOTIFY takes; longer only if a single line is."""
    text: list[str] = []
    size = 0
    for line in lines:
        length = len(line.encode()) + len(_BETWEEN)
        if text and size + length > MAX_TEXT_BYTES:
            yield _BETWEEN.join(text)
            text, size = [], 0
        text.append(line)
        size += length
    if text:
        yield _BETWEEN.join(text)
