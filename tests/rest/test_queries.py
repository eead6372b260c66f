"""One rule for the values of all queries: an empty one counts as not sent, and a date may have a bare ``+``."""

from typing import Any
from urllib.parse import quote

import pytest

from parlour.contract.form import KEY, Parameter
from parlour.contract.rest import Route, Verb, routes
from parlour.core.fields import Choice, Flag, Many, Moment, Reader, SidOf, Text, Whole
from parlour.core.own_fields import ByKey, Either, Words
from parlour.observe.feed import FeedQuery
from parlour.resources.catalogue import RESOURCES
from tests.account_client import AccountClient, Answer
from tests.conformance.world import CALLS, World, furnish

PAGES = ("PageSize", "Page", "PageToken")
EVENTS = "/parlour/v1/Events"
QUERIED = [
    route
    for resource in RESOURCES
    for route in routes(resource)
    if route.operation.verb is Verb.LIST or (route.operation.verb is Verb.FETCH and route.parameters)
]
on_every_query = pytest.mark.parametrize("route", QUERIED, ids=lambda route: f"{route.method} {route.path}")


def valid(reader: Reader) -> str:
    """A value that *reader* takes."""
    match reader:
        case Many():
            return valid(reader.each)
        case Either():
            return valid(reader.readers[0])
        case Choice() | Words():
            return next(iter(reader.words))
        case Moment():
            return "2001-01-01T00:00:00+00:00"
        case SidOf():
            return f"{reader.prefix.value}{0:032x}"
        case Whole():
            return "1"
        case Flag():
            return "false"
        case Text() | ByKey():
            return "x"
    raise TypeError(f"tell what a {type(reader).__name__} takes")


def needed(route: Route, world: World) -> str:
    """What has to be asked in any case."""
    values = CALLS.get((route.resource.name, route.operation.verb), {})
    if any(each.required for each in route.parameters):
        values = {"Sid": world.message}
    return "".join(f"&{name}={quote(value)}" for name, value in values.items())


async def asked(api: AccountClient, address: str, query: str) -> Answer:
    return await api.send("GET", f"{address}?{query.removeprefix('&')}")


def named(parameter: Parameter) -> str:
    return parameter.wire.replace(KEY, "team")


@pytest.fixture
async def world(api: AccountClient) -> World:
    return await furnish(api)


@on_every_query
async def test_an_empty_value_counts_as_not_sent(world: World, route: Route) -> None:
    address, always = world.address(route), needed(route, world)
    plain = await asked(world.api, address, always)
    assert plain.status == 200
    names = [named(each) for each in route.parameters] + (list(PAGES) if route.operation.verb is Verb.LIST else [])
    for name in names:
        empty = await asked(world.api, address, f"{always}&{name}=&{name}")
        assert (empty.status, empty.body) == (200, plain.body), name
    everything = await asked(world.api, address, always + "".join(f"&{name}=" for name in names))
    assert everything.body == plain.body


@on_every_query
async def test_an_empty_value_beside_another_does_not_hide_it(world: World, route: Route) -> None:
    address, always = world.address(route), needed(route, world)
    for parameter in route.parameters:
        name, value = named(parameter), quote(valid(parameter.reader), safe="")
        if f"&{name}=" in always or (name == "Address" and always):
            continue  # Sent in any case, or one of two of which only one may be.
        alone = await asked(world.api, address, f"{always}&{name}={value}")
        assert alone.status == 200, (name, alone.body)
        for beside in (f"{name}=&{name}={value}", f"{name}={value}&{name}="):
            answer = await asked(world.api, address, f"{always}&{beside}")
            assert (answer.status, answer.body) == (200, alone.body), beside


MOMENTS = [(route, each.wire) for route in QUERIED for each in route.parameters if isinstance(each.reader, Moment)]


@pytest.mark.parametrize(("route", "name"), MOMENTS, ids=[f"{route.path} {name}" for route, name in MOMENTS])
@pytest.mark.parametrize("day", ["2001-01-01", "2201-01-01"])
async def test_a_moment_may_have_a_plus_that_is_not_escaped(world: World, route: Route, name: str, day: str) -> None:
    address = world.address(route)
    answers = [
        await asked(world.api, address, f"{name}={day}T00:00:00{plus}00:00") for plus in ("+", "%20", "%2B", "-")
    ]
    assert [answer.status for answer in answers] == [200] * 4
    assert [answer.rows for answer in answers] == [answers[2].rows] * 4
    assert bool(answers[0].rows) == ((day < "2101") == (name == "StartDate"))


async def test_pages_of_such_a_list_lead_on(world: World) -> None:
    for number in range(2):
        await world.api.made("/Conversations", UniqueName=f"more-{number}")
    whole = (await world.api.get("/Conversations?StartDate=2001-01-01T00:00:00+00:00")).rows
    first = await world.api.get("/Conversations?StartDate=2001-01-01T00:00:00+00:00&PageSize=1")
    second = await world.api.get(first.meta["next_page_url"])
    assert [*first.rows, *second.rows] == whole[:2]
    assert (await world.api.get(second.meta["previous_page_url"])).rows == first.rows


@pytest.mark.parametrize("name", ["After", "From", "Type", "ChatServiceSid", "ConversationSid", "PageSize"])
async def test_an_empty_value_in_the_feed_counts_as_not_sent(world: World, name: str) -> None:
    plain, empty = [(await asked(world.api, EVENTS, f"Wait=0{more}")).row for more in ("", f"&{name}=")]
    seen, shown = [[{**each, "position": ...} for each in page["events"]] for page in (plain, empty)]
    assert seen
    assert shown == seen


def test_these_are_all_parameters_of_the_feed() -> None:
    told: dict[str, Any] = FeedQuery.__annotations__
    assert set(told) == {"after", "from_", "type", "chat_service_sid", "conversation_sid", "page_size", "wait"}
