"""SIDs: their pattern, and that they sort by the time of their making."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlour.core.sids import Prefix, is_sid, new_sid

HEX = "0123456789abcdef" * 2
FINEST = 245
"""Nanoseconds: two SIDs made this far apart differ in the part that counts time."""


@pytest.mark.parametrize("prefix", list(Prefix))
def test_a_new_sid_has_the_pattern_of_its_kind_and_of_no_other(prefix: Prefix) -> None:
    sid = new_sid(prefix)
    assert re.fullmatch(f"{prefix.value}[0-9a-f]{{32}}", sid)
    assert [each for each in Prefix if is_sid(sid, each)] == [prefix]


def test_a_new_sid_is_a_uuid_of_version_7() -> None:
    sid = new_sid(Prefix.USER)
    assert sid[2 + 12] == "7"
    assert sid[2 + 16] in "89ab"


def test_no_two_sids_are_alike() -> None:
    assert len({new_sid(Prefix.MESSAGE) for _ in range(10_000)}) == 10_000


@given(st.integers(0, 2**47 * 10**6), st.integers(FINEST, 10**15))
def test_a_sid_sorts_after_those_made_earlier(moment: int, later: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "time_ns", lambda: moment)
        first = new_sid(Prefix.CONVERSATION)
        patch.setattr(time, "time_ns", lambda: moment + later)
        second = new_sid(Prefix.CONVERSATION)
    assert first < second


@pytest.mark.parametrize("value", [f"US{HEX}", f"US{HEX.upper()}"])
def test_both_letter_cases_of_the_digits_make_a_sid(value: str) -> None:
    assert is_sid(value, Prefix.USER)


@pytest.mark.parametrize(
    "value",
    ["", "US", HEX, f"us{HEX}", f"CH{HEX}", f"US{HEX[:-1]}", f"US{HEX}0", f"US{HEX}\n", f" US{HEX}", f"US{HEX[:-1]}g",
     f"US{HEX[:-1]}٣"],
)  # fmt: skip
def test_anything_else_is_no_sid(value: str) -> None:
    assert not is_sid(value, Prefix.USER)
