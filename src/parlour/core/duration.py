"""Durations: how long something in a setting lasts, as people write it (``36h``, ``1h30m``) or as ISO 8601 has it."""

import re
from datetime import timedelta

_PLAIN = r"(?=[0-9])([0-9]{1,4}d)?([0-9]{1,5}h)?([0-9]{1,7}m)?([0-9]{1,9}s)?"
_ISO = r"P(?=[0-9T])([0-9]{1,3}W)?([0-9]{1,4}D)?(T(?=[0-9])([0-9]{1,5}H)?([0-9]{1,7}M)?([0-9]{1,9}S)?)?"
DURATION = f"(0|{_PLAIN}|{_ISO})"
"""The pattern, without anchors."""

_PART = re.compile(r"([0-9]+)([wdhms])")
_SECONDS = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}


def duration(text: str) -> timedelta:
    """How long *text*, which matches DURATION, lasts."""
    return timedelta(seconds=sum(int(number) * _SECONDS[unit] for number, unit in _PART.findall(text.lower())))


def in_words(span: timedelta) -> str:
    """*span* as it is said: ``7 days``, ``36 hours``, ``90 minutes``, ``45 seconds``."""
    for name, unit in _UNITS:
        if span >= unit and not span % unit:
            return f"{span // unit} {name}{'' if span == unit else 's'}"
    return f"{span // _SECOND} seconds"


_SECOND = timedelta(seconds=1)
_UNITS = (
    ("day", timedelta(days=1)),
    ("hour", timedelta(hours=1)),
    ("minute", timedelta(minutes=1)),
    ("second", _SECOND),
)
