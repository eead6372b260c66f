"""What the counts of an account say about its application."""

from datetime import UTC, datetime

import pytest

from parlour.compat.differences import DIFFERENCES, Difference, Kind, differences_of
from parlour.compat.usage import Used, usage, usage_of
from parlour.compat.usage_counts import Names, Subject, UsageCount
from parlour.contract.rest import PUBLISHED, routes
from parlour.resources.catalogue import RESOURCES

ROUTES = [route for each in RESOURCES if each.prefix == PUBLISHED for route in routes(each)]


def of(counts: Names) -> list[Used]:
    return usage(counts, ROUTES).operations


def is_specific(difference: Difference) -> bool:
    return difference.kind is Kind.KNOWN and not any("*" in pattern for pattern in difference.where)


def differing() -> str:
    """The id of an operation that is known to differ in something of its own, whatever is sent."""
    specific = [each for each in DIFFERENCES if is_specific(each) and not each.only_with]
    return next(route.id for route in ROUTES if any(each.concerns(route.id) for each in specific))


def verified() -> str:
    return next(
        route.id
        for route in ROUTES
        if all(
            each.kind is not Kind.KNOWN or any("*" in one for one in each.where) for each in differences_of(route.id)
        )
    )


def test_an_operation_without_known_differences_is_verified() -> None:
    (used,) = of({(Subject.OPERATION, verified()): 2})
    assert (used.operation, used.count, used.is_verified, used.differences) == (verified(), 2, True, [])


def test_an_operation_with_a_known_difference_says_which() -> None:
    (used,) = of({(Subject.OPERATION, differing()): 1})
    assert not used.is_verified
    assert used.differences
    assert set(used.differences) <= {f"{each.name}: {each.text}" for each in DIFFERENCES if each.kind is Kind.KNOWN}


def test_a_difference_that_hangs_on_a_parameter_is_told_once_that_was_sent_anywhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    entry = Difference("Photos", Kind.KNOWN, "There are none.", ("fetch User",), ("PhotoSid", "Photo"))
    monkeypatch.setattr("parlour.compat.usage.DIFFERENCES", (entry,))
    called = {(Subject.OPERATION, "FetchUser"): 1}
    sent = called | {(Subject.PARAMETER, "CreateUser Photo"): 1}
    assert [each.differences for each in of(called)] == [[]]
    assert [each.differences for each in of(sent)] == [["Photos: There are none."]]
    unseen = usage(called, ROUTES, has_parameters=False)
    assert [each.differences for each in unseen.operations] == [["Photos: There are none."]]


def test_only_who_names_a_flow_is_told_of_flows() -> None:
    sent = {
        (Subject.OPERATION, "CreateConversationScopedWebhook"): 1,
        (Subject.PARAMETER, "CreateConversationScopedWebhook Target"): 1,
        (Subject.PARAMETER, "CreateConversationScopedWebhook Configuration.Url"): 1,
    }
    assert [each.is_verified for each in of(sent)] == [True]
    flow = sent | {(Subject.PARAMETER, "CreateConversationScopedWebhook Configuration.FlowSid"): 1}
    assert [each.is_verified for each in of(flow)] == [False]


def test_what_differs_everywhere_is_told_once_and_for_no_operation() -> None:
    found = usage({(Subject.OPERATION, route.id): 1 for route in ROUTES}, ROUTES)
    assert found.differences
    assert not any(set(found.differences) & set(used.differences) for used in found.operations)


def test_details_belong_to_their_operation() -> None:
    counts = {
        (Subject.OPERATION, "CreateUser"): 5,
        (Subject.OPERATION, "CreateRole"): 1,
        (Subject.PARAMETER, "CreateUser Identity"): 5,
        (Subject.UNKNOWN_PARAMETER, "CreateUser some name"): 1,
        (Subject.ERROR, "CreateUser 50207"): 2,
        (Subject.BEYOND, "CreateUser 50003"): 3,
    }
    by_id = {used.operation: used for used in of(counts)}
    user, role = by_id["CreateUser"], by_id["CreateRole"]
    assert (user.parameters, user.unknown_parameters) == ({"Identity": 5}, {"some name": 1})
    assert (user.errors, user.would_refuse) == ({"50207": 2}, {"50003": 3})
    assert (role.parameters, role.unknown_parameters, role.errors, role.would_refuse) == ({}, {}, {}, {})


def test_an_operation_that_is_gone_is_told_as_not_served() -> None:
    found = usage({(Subject.OPERATION, "FetchPhoto"): 1}, ROUTES)
    assert (found.operations, found.unserved) == ([], {"FetchPhoto": 1})


def test_the_most_used_library_comes_first() -> None:
    found = usage({(Subject.SDK, "curl 8.5.0"): 1, (Subject.SDK, "twilio-python 9.8.0"): 7}, ROUTES)
    assert list(found.sdks) == ["twilio-python 9.8.0", "curl 8.5.0"]


def test_the_time_is_that_of_all_counts_together() -> None:
    first, second, third = (datetime(2026, 5, day, tzinfo=UTC) for day in (1, 2, 3))
    found = usage_of(
        [UsageCount("operation", "ListUser", 1, second, third), UsageCount("sdk", "other", 1, first, second)], ROUTES
    )
    assert (found.first_at, found.last_at) == (first, third)


@pytest.mark.parametrize(
    ("counts", "summary"),
    [
        ({}, "No call was counted yet."),
        ({(Subject.OPERATION, verified()): 9}, "1 of 103 operations used: it is verified."),
        (
            {(Subject.OPERATION, verified()): 9, (Subject.OPERATION, differing()): 1},
            "2 of 103 operations used: 1 verified, 1 with known differences.",
        ),
        (
            {(Subject.OPERATION, verified()): 9, (Subject.UNSERVED, "GET /v1/Photos"): 1},
            "1 of 103 operations used: it is verified. 1 call for what parlour does not serve.",
        ),
        (
            {(Subject.OPERATION, verified()): 9, (Subject.UNKNOWN_PARAMETER, f"{verified()} Colour"): 1},
            "1 of 103 operations used: it is verified. 1 parameter that the API does not have.",
        ),
    ],
)
def test_the_summary_says_how_much_is_used_and_verified(counts: Names, summary: str) -> None:
    assert usage(counts, ROUTES).summary == summary


def test_the_summary_says_that_calls_are_not_counted() -> None:
    assert usage({}, ROUTES, is_counting=False).summary == "No call is counted: the setting count_usage is off."
    found = usage({(Subject.OPERATION, verified()): 9}, ROUTES, is_counting=False)
    assert found.summary.endswith("it is verified. No more calls are counted: the setting count_usage is off.")
