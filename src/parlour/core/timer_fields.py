"""The parameter type of timers: ISO 8601 durations."""

import re
from datetime import timedelta
from typing import Any

import msgspec

from parlour.core.errors import ApiError
from parlour.core.fields import One
from parlour.core.limits import exceeded


class Duration(msgspec.Struct, frozen=True):
    """A length of time as it was written and as it is counted."""

    text: str
    length: timedelta


_DURATION = re.compile(
    r"P(?=.)(?:(\d{1,9})Y)?(?:(\d{1,9})M)?(?:(\d{1,9})W)?(?:(\d{1,9})D)?"
    r"(?:T(?=.)(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})S)?)?",
    re.ASCII,
)
_SECONDS = (365 * 86400, 30 * 86400, 7 * 86400, 86400, 3600, 60, 1)
MAX_DURATION = timedelta(days=36500)


class Timer(One):
    """An ISO 8601 duration of at least *least*; empty or ``PT0S`` means none. Years are 365 days, months 30."""

    def __init__(self, least: timedelta, *, too_short: type[ApiError], malformed: type[ApiError]) -> None:
        self.least, self.too_short, self.malformed = least, too_short, malformed

    def parse(self, name: str, raw: str) -> Duration | None:
        timer = self.kept(raw)
        if timer is not None and timer.length < self.least:
            exceeded(self.too_short())
        return timer

    def kept(self, raw: str) -> Duration | None:
        """The same of a text that was accepted before, perhaps when limits were relaxed."""
        if not raw:
            return None
        match = _DURATION.fullmatch(raw.upper())
        if match is None:
            raise self.malformed
        seconds = sum(int(part or 0) * unit for part, unit in zip(match.groups(), _SECONDS, strict=True))
        if seconds == 0:
            return None
        if seconds > MAX_DURATION.total_seconds():
            raise self.malformed
        return Duration(raw, timedelta(seconds=seconds))

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "duration"}
