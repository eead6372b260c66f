"""For how long something is kept: as it is written in a setting, and as it is said."""

import re
from datetime import timedelta

import pytest

from parlour.core.duration import DURATION, duration, in_words
from parlour.core.retention import PATTERN, length


@pytest.mark.parametrize(
    ("text", "span", "words"),
    [
        ("7", timedelta(days=7), "7 days"),
        ("1", timedelta(days=1), "1 day"),
        ("0", timedelta(), "0 seconds"),
        ("P30D", timedelta(days=30), "30 days"),
        ("P2W", timedelta(days=14), "14 days"),
        ("PT36H", timedelta(hours=36), "36 hours"),
        ("P1DT30M", timedelta(minutes=1470), "1470 minutes"),
        ("PT0M", timedelta(), "0 seconds"),
        ("36h", timedelta(hours=36), "36 hours"),
        ("P999W9999DT99999H9999999M", timedelta(weeks=999, days=9999, hours=99999, minutes=9999999), None),
    ],
)
def test_a_length_of_time_is_read_and_said(text: str, span: timedelta, words: str | None) -> None:
    assert re.fullmatch(PATTERN, text)
    assert length(text) == span
    assert words is None or in_words(span) == words


@pytest.mark.parametrize("text", ["", "P", "PT", "P1Y", "-1", "week", "P1DT", "1.5", "12345"])
def test_what_is_no_length_of_time_has_not_the_form_of_one(text: str) -> None:
    assert re.fullmatch(PATTERN, text) is None


@pytest.mark.parametrize(
    ("text", "span", "words"),
    [
        ("24h", timedelta(hours=24), "1 day"),
        ("90m", timedelta(minutes=90), "90 minutes"),
        ("30s", timedelta(seconds=30), "30 seconds"),
        ("1s", timedelta(seconds=1), "1 second"),
        ("2d", timedelta(days=2), "2 days"),
        ("1h30m", timedelta(minutes=90), "90 minutes"),
        ("1d2h3m4s", timedelta(days=1, hours=2, minutes=3, seconds=4), "93784 seconds"),
        ("0", timedelta(), "0 seconds"),
        ("PT30S", timedelta(seconds=30), "30 seconds"),
        ("P1DT12H", timedelta(hours=36), "36 hours"),
    ],
)
def test_a_duration_is_read_and_said(text: str, span: timedelta, words: str) -> None:
    assert re.fullmatch(DURATION, text)
    assert duration(text) == span
    assert in_words(span) == words


@pytest.mark.parametrize("text", ["", "7", "h", "24 h", "24H", "1m1h", "-1s", "1.5h", "1e3s", "24h ", "P", "PT", "P1Y"])
def test_what_is_no_duration_has_not_the_form_of_one(text: str) -> None:
    assert re.fullmatch(DURATION, text) is None
