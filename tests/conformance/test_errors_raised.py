"""Every entry of the error catalogue can be met over HTTP, and says what is published."""

import inspect
import json
import re
from pathlib import Path

import pytest

from parlour.core.errors import ApiError, GroupExists, NotFound, catalogue, of_accounts
from tests.account_client import AccountClient
from tests.conformance.published import route_of
from tests.conformance.refusals import REFUSALS
from tests.conformance.refusals.table import Refused
from tools.errors import NEVER_SENT, errors_of

PUBLISHED = json.loads(Path(__file__).with_name("errors.json").read_text(encoding="utf-8"))


def test_every_entry_has_a_request_that_meets_it() -> None:
    missing = {entry.__name__ for entry in of_accounts()} - {entry.__name__ for entry in REFUSALS}
    assert not missing, "provoke these in tests/conformance/refusals/"


@pytest.mark.parametrize(
    ("entry", "refused"), [pytest.param(entry, each, id=each.__name__) for entry, each in REFUSALS.items()]
)
async def test_it_is_refused(entry: type[ApiError], refused: Refused, api: AccountClient, postgres: str) -> None:
    fixtures = {"api": api, "postgres": postgres}
    answer = await refused(*(fixtures[name] for name in inspect.signature(refused).parameters))

    assert answer.refusal == (entry.status, entry.code)
    text = "The requested resource {path} was not found" if entry is NotFound else entry.template
    assert re.fullmatch(re.sub(r"\\\{\w+\\\}", r"\\S.*", re.escape(text)), answer.message)
    route = route_of(*answer.asked)
    assert route is None or entry in errors_of(route), "the page of errors does not say so"


def test_what_a_reaction_refuses_is_told_of_what_it_follows() -> None:
    route = route_of("DELETE", "/v1/Users/dana")
    assert route is not None
    assert GroupExists in errors_of(route)  # by the participants, who leave with their user


def test_every_published_code_is_sent_or_told_why_not() -> None:
    sent = {entry.code for entry in catalogue()}
    never = {code for codes in NEVER_SENT.values() for code in codes}
    assert sent & never == set(), "these are sent now: take them out of NEVER_SENT in tools/errors.py"
    assert {int(code) for code in PUBLISHED} - sent == never
