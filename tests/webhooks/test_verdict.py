"""The verdict on each answer that a pre-action webhook can give: one test per row of the table."""

import pytest

from parlour.outbound.client import Exchange, Fault, Request
from parlour.webhooks.verdict import FAILED, TIMED_OUT, Verdict, verdict

SENT = Request("POST", "https://a.test/", {}, "")
AHEAD = Verdict(is_allowed=True, changes={}, word="allowed")
REFUSED = Verdict(is_allowed=False, changes={}, word="refused")


def warned(code: int) -> Verdict:
    return Verdict(is_allowed=True, changes={}, word="allowed", warning=code)


def amended(**changes: object) -> Verdict:
    return Verdict(is_allowed=True, changes=changes, word="amended")


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, "", AHEAD),
        (200, " \n", AHEAD),
        (200, "{}", AHEAD),
        (204, "", AHEAD),
        (201, '{"body": "hi"}', AHEAD),
        (200, '{"body": "hi"}', amended(body="hi")),
        (200, '{"body": null, "other": 1}', amended(body=None, other=1)),
        (200, "OK", warned(FAILED)),
        (200, "[]", warned(FAILED)),
        (200, '"text"', warned(FAILED)),
        (200, '{"body": "hi"', warned(FAILED)),
        pytest.param(200, f'{{"body": {"[" * 30_000}{"]" * 30_000}}}', warned(FAILED), id="nested too deeply"),
        (300, "", REFUSED),
        (302, "", REFUSED),
        (400, "", REFUSED),
        (404, '{"body": "hi"}', REFUSED),
        (429, "", REFUSED),
        (500, "", REFUSED),
        (503, "", REFUSED),
        (199, "", REFUSED),
    ],
)
def test_an_answer_means(status: int, body: str, expected: Verdict) -> None:
    assert verdict(Exchange(SENT, status, {}, body, None, 1.0)) == expected


@pytest.mark.parametrize(
    ("fault", "code"), [(Fault.TIMEOUT, TIMED_OUT), (Fault.UNREACHABLE, FAILED), (Fault.FORBIDDEN, FAILED)]
)
def test_no_answer_means(fault: Fault, code: int) -> None:
    assert verdict(Exchange(SENT, None, {}, "", "because", 1.0, fault)) == warned(code)
