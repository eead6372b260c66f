"""Retention: for how long what is only looked back at is kept."""

from datetime import timedelta

import msgspec

from parlour.core.duration import DURATION, duration

PATTERN = f"^([0-9]{{1,4}}|{DURATION})$"
"""Of a length of time in a setting: a number of days, or a duration."""


class Retention(msgspec.Struct, frozen=True, kw_only=True):
    """How old what is finished has to be before it is removed."""

    deliveries: timedelta = timedelta(days=7)
    """Deliveries of webhooks, with their attempts."""
    events: timedelta = timedelta(days=30)
    """The event log."""


def length(text: str) -> timedelta:
    """The length of time that *text*, which has the PATTERN, stands for."""
    return timedelta(days=int(text)) if text.isdecimal() else duration(text)
