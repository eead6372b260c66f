"""The error catalogue: every entry is complete, and none contradicts the published list."""

import inspect
import json
import re
from pathlib import Path

import pytest

from parlour.core.errors import ApiError, BindingExists, InvalidParameter, catalogue

ENTRIES = catalogue()
REASONS_ADDED = (20403, 20429)
"""Codes of the platform whose text parlour ends with the reason: the original never sends them for these."""
NOT_LISTED = {20001, 20404, 20409, 20410, 50530, 52001, *range(20101, 20108)}
"""Codes of several texts, of parlour's own, or that only client SDKs and their access tokens get: the published list of
the REST API has none of them."""
PUBLISHED = json.loads((Path(__file__).parents[1] / "conformance" / "errors.json").read_text(encoding="utf-8"))
by_name = pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.__name__)


def test_names_are_unique() -> None:
    names = [entry.__name__ for entry in ENTRIES]
    assert len(names) > 50
    assert sorted(set(names)) == sorted(names)


def test_no_entry_stands_on_another() -> None:
    assert not [entry for entry in ENTRIES if entry.__subclasses__()]


@by_name
def test_an_entry_says_when_it_is_raised(entry: type[ApiError]) -> None:
    assert (inspect.getdoc(entry) or "").endswith(".")
    assert entry.__doc__ != ApiError.__doc__


@by_name
def test_an_entry_has_the_published_status_and_text(entry: type[ApiError]) -> None:
    if str(entry.code) in PUBLISHED:
        published = PUBLISHED[str(entry.code)]
        assert entry.status == published["status"]
        text, colon, _ = entry.template.partition(": ")
        is_explained = entry.code in REASONS_ADDED and bool(colon)
        given = text if is_explained else re.sub(r"\{conversation\}", "CH…", entry.template)
        assert given == published["message"]
    else:
        assert entry.code in NOT_LISTED


@by_name
def test_a_code_of_the_platform_agrees_with_its_status(entry: type[ApiError]) -> None:
    assert 400 <= entry.status < 600
    if 20400 <= entry.code < 20600:
        assert entry.code - 20000 == entry.status


def test_the_text_is_filled_with_the_details() -> None:
    assert str(InvalidParameter(name="Identity")) == "Invalid parameter Identity"


def test_a_taken_address_pair_names_the_conversation_at_the_end_of_the_text() -> None:
    """Client code reads the SID from there."""
    assert str(BindingExists(conversation="CH12")).endswith(" exists in Conversation CH12")
