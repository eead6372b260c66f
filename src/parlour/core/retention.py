"""Retention: for how long what is only looked back at is kept."""

from datetime import timedelta

import msgspec

from parlour.core.errors import InvalidParameter
from parlour.core.fields import Timer

PATTERN = r"^([0-9]{1,4}|P(?=[0-9T])([0-9]{1,3}W)?([0-9]{1,4}D)?(T(?=[0-9])([0-9]{1,5}H)?([0-9]{1,7}M)?)?)$"
"""Of a length of time in a setting: a number of days, or an ISO 8601 duration of weeks, days, hours and minutes."""

_DURATION = Timer(timedelta(), too_short=InvalidParameter, malformed=InvalidParameter)


class Retention(msgspec.Struct, frozen=True, kw_only=True):
    """How old what is finished has to be before it is removed."""

    deliveries: timedelta = timedelta(days=7)
    """Deliveries of webhooks, with their attempts."""
    events: timedelta = timedelta(days=30)
    """The event log."""


def length(text: str) -> timedelta:
    """The length of time that *text*, which has the PATTERN, stands for."""
    if text.isdecimal():
        return timedelta(days=int(text))
    duration = _DURATION.kept(text)
    return timedelta() if duration is None else duration.length


def in_words(span: timedelta) -> str:
    """*span* as it is said: ``7 days``, ``36 hours``, ``90 minutes``."""
    for name, unit in (("day", timedelta(days=1)), ("hour", timedelta(hours=1)), ("minute", timedelta(minutes=1))):
        if span >= unit and not span % unit:
            return f"{span // unit} {name}{'' if span == unit else 's'}"
    return f"{span // timedelta(minutes=1)} minutes"
