"""The catalogue equals the published operations, both ways, and says so in what it declares."""

import pytest

from parlour.contract.rest import Mount, Route, Verb
from parlour.core.fields import Many
from parlour.resources.catalogue import RESOURCES
from tests.conformance.published import EVERY, OURS, OWN_PARAMETERS, PAGING, PUBLISHED, SERVED, Published

HIDDEN = {"MessagingBinding.Name", "MessagingBinding.Level"}
"""Parameters of a new participant that are not published, but sent by working programs."""

by_route = pytest.mark.parametrize("route", SERVED.values(), ids=lambda route: route.id)


def published_of(route: Route) -> Published:
    return PUBLISHED[route.id]


def test_there_are_103_published_operations() -> None:
    assert len(PUBLISHED) == 103


def test_every_published_operation_is_served() -> None:
    assert set(PUBLISHED) - set(SERVED) == set()


def test_nothing_is_served_that_is_not_published() -> None:
    assert set(SERVED) - set(PUBLISHED) == set()


@by_route
def test_an_operation_has_its_published_method_and_path(route: Route) -> None:
    assert (route.method, route.path) == (published_of(route).method, published_of(route).path)


@by_route
def test_an_operation_takes_the_published_parameters(route: Route) -> None:
    published = published_of(route)
    declared = published.query if route.operation.verb is Verb.LIST else published.form
    taken = {each.wire for each in route.parameters if not each.own}
    assert taken - HIDDEN == set(declared) - PAGING
    assert taken >= HIDDEN or not HIDDEN & taken
    assert {each.wire for each in route.parameters if each.required} == set(published.required)
    assert {each.wire for each in route.parameters if isinstance(each.reader, Many)} == {
        name for name, schema in declared.items() if schema["type"] == "array"
    }


@by_route
def test_an_operation_takes_no_parameter_of_our_own_but_those_that_are_known(route: Route) -> None:
    own = {each.wire for each in route.parameters if each.own}
    assert own == (OWN_PARAMETERS.get(route.resource.name, set()) if route.operation.verb is Verb.LIST else set())
    assert all(name.startswith("Parlour-") for name in own)
    assert not any(each.required for each in route.parameters if each.own)


def test_our_own_operations_are_these_and_lie_apart() -> None:
    assert set(OURS) == {
        "FetchUserUnread",
        "FetchServiceUserUnread",
        "FetchClock",
        "UpdateClock",
        "ListWebhookDelivery",
        "FetchWebhookDelivery",
        "CreateWebhookDeliveryReplay",
        "CreateWebhookReplayBatch",
        "FetchExplanation",
        "CreateToken",
        "CreateServiceToken",
    }
    assert all(route.path.startswith("/parlour/v1/") for route in OURS.values())


@by_route
def test_a_parameter_accepts_no_word_that_is_not_published(route: Route) -> None:
    published = published_of(route)
    for each in (each for each in route.parameters if each.wire not in HIDDEN and not each.own):
        declared = (published.query | published.form)[each.wire]
        accepted = each.reader.schema()
        if "enum" in accepted and "enum" in declared:
            assert set(accepted["enum"]) <= set(declared["enum"]), each.wire
        if declared["type"] == "boolean":
            assert accepted["type"] == "boolean", each.wire


@by_route
def test_an_operation_may_answer_that_it_is_still_at_it_where_that_is_published(route: Route) -> None:
    assert (route.operation.is_pending is not None) == ("202" in published_of(route).responses)


@by_route
def test_an_operation_reads_the_webhook_header_where_that_is_published(route: Route) -> None:
    assert route.operation.hooks == ("X-Twilio-Webhook-Enabled" in published_of(route).headers)


@pytest.mark.parametrize(
    "route", [each for each in SERVED.values() if each.operation.verb is Verb.LIST], ids=lambda route: route.id
)
def test_a_list_has_the_published_key_and_largest_page(route: Route) -> None:
    published = published_of(route)
    shape = published.responses["200"]
    assert shape is not None
    assert route.resource.key == shape.key
    assert route.resource.page.maximum == published.query["PageSize"]["maximum"]
    assert published.query["PageSize"]["minimum"] == 1


@pytest.mark.parametrize(
    "resource", [each for each in RESOURCES if each.mount is Mount.BOTH], ids=lambda resource: resource.name
)
def test_both_forms_of_a_resource_are_the_same_but_for_their_paths(resource: object) -> None:
    short = {
        route.operation.verb: route for route in EVERY.values() if route.resource is resource and not route.explicit
    }
    long = {route.operation.verb: route for route in EVERY.values() if route.resource is resource and route.explicit}
    assert short.keys() == long.keys()
    for verb, route in short.items():
        assert long[verb].operation is route.operation
        assert long[verb].path == route.path.replace("/v1", "/v1/Services/{ChatServiceSid}", 1)
