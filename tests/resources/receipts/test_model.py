"""Which status follows which, and what the receipts of a message say together."""

import pytest

from parlour.resources.receipts.model import Status, moves_on, summary

ONWARD = ["queued", "sent", "delivered", "read"]
FINAL = ["failed", "undelivered"]


@pytest.mark.parametrize("before", list(Status))
@pytest.mark.parametrize("after", list(Status))
def test_a_receipt_goes_forward_or_fails_and_nothing_follows_a_failure(before: Status, after: Status) -> None:
    allowed = before in ONWARD and (after in FINAL or ONWARD.index(after) > ONWARD.index(before))
    assert moves_on(before.value, after) is allowed


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ({"queued": 2}, (2, 0, 0, 0, 0, 0)),
        ({"sent": 1}, (1, 1, 0, 0, 0, 0)),
        ({"delivered": 1}, (1, 1, 1, 0, 0, 0)),
        ({"read": 1}, (1, 1, 1, 1, 0, 0)),
        ({"failed": 1}, (1, 0, 0, 0, 1, 0)),
        ({"undelivered": 1}, (1, 1, 0, 0, 0, 1)),
        ({"queued": 1, "sent": 2, "delivered": 3, "read": 4, "failed": 5, "undelivered": 6}, (21, 15, 7, 4, 5, 6)),
    ],
)
def test_who_has_read_was_sent_and_delivered_to(numbers: dict[str, int], expected: tuple[int, ...]) -> None:
    names = ("total", "sent", "delivered", "read", "failed", "undelivered")
    assert summary(numbers) == dict(zip(names, expected, strict=True))
