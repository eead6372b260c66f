"""Which of the names that were sent are an operation's, and under which name they are published."""

from parlour.compat.parameter_names import ParameterNames
from parlour.contract.form import KEY
from parlour.contract.rest import PUBLISHED, Route, routes
from parlour.resources.catalogue import RESOURCES

ROUTES = {route.id: route for each in RESOURCES if each.prefix == PUBLISHED for route in routes(each)}


def sorted_out(route: Route, *sent: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return ParameterNames(route).sorted_out(sent)


def test_an_operations_own_names_are_told_from_others() -> None:
    sent = ("Identity", "Colour", "Attributes", "identity")
    assert sorted_out(ROUTES["CreateUser"], *sent) == (("Identity", "Attributes"), ("Colour", "identity"))


def test_only_lists_have_pages() -> None:
    assert sorted_out(ROUTES["ListUser"], "PageSize", "Page", "PageToken")[1] == ()
    assert sorted_out(ROUTES["CreateUser"], "PageSize")[1] == ("PageSize",)


def test_a_name_with_a_key_that_the_caller_chose_counts_for_all_of_them() -> None:
    route = ROUTES["ListConversation"]
    (with_key,) = [each.wire for each in route.parameters if each.wire.endswith(KEY)]
    start = with_key.removesuffix(KEY)
    assert sorted_out(route, f"{start}colour", f"{start}size") == ((with_key,), ())


def test_unknown_names_are_cut_and_only_some_are_told() -> None:
    route = ROUTES["CreateUser"]
    assert sorted_out(route, "x" * 1000) == ((), ("x" * 64,))
    assert len(sorted_out(route, *(f"P{number}" for number in range(100)))[1]) == 16


def test_a_name_that_is_a_slip_has_one_that_was_meant() -> None:
    of = ParameterNames(ROUTES["CreateConversation"])
    for slip, meant in (
        ("friendlyName", "FriendlyName"),
        ("friendly_name", "FriendlyName"),
        ("FreindlyName", "FriendlyName"),
        ("UniqueNames", "UniqueName"),
        ("timers.inactive", "Timers.Inactive"),
        ("TimersInactive", "Timers.Inactive"),
        ("messagingServiceSid", "MessagingServiceSid"),
    ):
        assert of.near(slip) == meant
    for other in ("", "Colour", "x" * 5000, "Name", "\0", "?"):
        assert of.near(other) is None
