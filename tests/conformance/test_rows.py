"""Every answer has exactly the published keys, with values of the published kinds, in both forms of the paths."""

import re
from typing import Any

import pytest

from parlour.compat.differences import DIFFERENCES
from parlour.contract.rest import Route, Verb
from tests.account_client import AccountClient, path_of
from tests.conformance.openapi import Document, fetched
from tests.conformance.published import NOT_HERE, OURS, PUBLISHED, SERVED, Schema, Shape
from tests.conformance.world import World, furnish, status_of
from tests.evidence import EVIDENCE

DATE = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")
ADDRESS = re.compile(r"https?://[^/]+/v1/\S+")
FOREIGN = {"pre_webhook_url", "post_webhook_url"}
"""Addresses that lead away from here."""
OBJECTS = {
    "auto_creation",
    "timers",
    "bindings",
    "configuration",
    "messaging_binding",
    "delivery",
    "conversation_timers",
    "participant_messaging_binding",
    "new_message",
    "added_to_conversation",
    "removed_from_conversation",
}
"""Where the published type is "any": objects all the same."""
LISTS = {
    "conversations",
    "users",
    "roles",
    "participants",
    "messages",
    "delivery_receipts",
    "webhooks",
    "user_conversations",
}
"""Links that lead to lists."""
by_route = pytest.mark.parametrize("route", SERVED.values(), ids=lambda route: route.id)


@pytest.fixture
async def world(api: AccountClient) -> World:
    return await furnish(api)


@pytest.fixture
async def document(api: AccountClient) -> Document:
    return await fetched(api)


def shape_of(route: Route) -> Shape:
    shape = PUBLISHED[route.id].responses[str(status_of(route))]
    assert shape is not None
    return shape


def check_row(row: dict[str, Any], shape: Shape) -> None:
    """The row has exactly the keys of *shape*, each with a value of its kind."""
    assert set(row) == set(shape.row)
    for name, schema in shape.row.items():
        assert is_of_kind(row[name], name, schema), (name, row[name], schema)


def is_of_kind(value: Any, name: str, schema: Schema) -> bool:
    if value is None:
        return bool(schema.get("nullable", False))
    kind = "string" if name in FOREIGN else schema["type"]
    if kind in ("string", "date-time", "uri"):
        patterns = {"date-time": DATE, "uri": ADDRESS, "string": re.compile(schema.get("pattern", "(?s:.*)"))}
        fits = isinstance(value, str) and patterns[kind].fullmatch(value) is not None
        return fits and value in schema.get("enum", [value])
    if kind == "uri-map":
        return isinstance(value, dict) and all(ADDRESS.fullmatch(url) for url in value.values())
    if kind == "any":
        return isinstance(value, dict) and name in OBJECTS
    return type(value) is {"integer": int, "boolean": bool, "array": list}[kind]


@pytest.mark.parametrize("by_alias", [False, True], ids=["by_sid", "by_alias"])
@by_route
async def test_an_operation_answers_as_published(
    world: World, document: Document, route: Route, by_alias: bool
) -> None:
    answer = await world.call(route, by_alias=by_alias)

    assert answer.status == status_of(route) == int(next(iter(PUBLISHED[route.id].responses)))
    document.check_answer(route, answer)
    if route.operation.verb is Verb.DELETE:
        assert answer.body == b""
        EVIDENCE.saw("rows", route.id)
        return
    shape = shape_of(route)
    if route.operation.verb is not Verb.LIST:
        check_row(answer.row, shape)
    else:
        assert set(answer.meta) == set(shape.meta)
        assert answer.meta["key"] == shape.key
        assert answer.rows
        for row in answer.rows:
            check_row(row, shape)
    EVIDENCE.saw("rows", route.id, list(shape.row))


@pytest.mark.parametrize(
    "route", [each for each in OURS.values() if each.id not in NOT_HERE], ids=lambda route: route.id
)
async def test_an_operation_of_our_own_answers_as_announced(world: World, document: Document, route: Route) -> None:
    for by_alias in (False, True):
        answer = await world.call(route, by_alias=by_alias)
        assert answer.status == status_of(route)
        document.check_answer(route, answer)
        if route.operation.verb is not Verb.CREATE:
            address = answer.meta["url"] if route.operation.verb is Verb.LIST else answer.row["url"]
            assert path_of(address).partition("?")[0] == world.address(route)


@by_route
async def test_addresses_hold_the_form_that_was_asked_and_sids_whatever_the_alias(world: World, route: Route) -> None:
    answer = await world.call(route, by_alias=True)
    if route.operation.verb is Verb.DELETE:
        return
    start = f"{world.api.url}/v1" + (f"/Services/{world.api.service}/" if route.explicit else "/")
    if route.operation.verb is Verb.LIST:
        addresses = [answer.meta["url"], answer.meta["first_page_url"]]
        rows = answer.rows
    else:
        addresses, rows = [], [answer.row]
    for row in rows:
        addresses += [row["url"]] if "url" in row else []
        addresses += row.get("links", {}).values()
    for address in addresses:
        assert address.startswith(start), address
        assert world.unique_name not in address
        assert world.identity not in address.partition("?")[0]
    if not route.explicit and route.resource.name not in ("Service", "Configuration"):
        assert "/Services/" not in "".join(addresses)


@pytest.mark.both_forms
async def test_every_address_in_an_answer_leads_where_it_says(api: AccountClient) -> None:
    world = await furnish(api)
    for path in (
        "/Roles",
        "/Users",
        "/Conversations",
        f"/Conversations/{world.conversation}/Webhooks",
        f"/Conversations/{world.conversation}/Participants",
        f"/Conversations/{world.conversation}/Messages",
        f"/Conversations/{world.conversation}/Messages/{world.message}/Receipts",
        f"/Users/{world.user}/Conversations",
        "/ParticipantConversations?Identity=dana",
        "/v1/Services",
    ):
        for row in (await api.get(path)).rows:
            if "url" in row:
                assert (await api.get(row["url"])).row == row
            for name, address in row.get("links", {}).items():
                if name in ("participant", "conversation"):
                    assert (await api.get(address)).row["url"] == address
                if name in LISTS:
                    assert (await api.get(address)).status == 200


async def test_links_lead_to_what_is_served_but_for_those_told_among_the_differences(world: World) -> None:
    told = next(each for each in DIFFERENCES if each.name == "Links")
    for route in SERVED.values():
        links = (await world.call(route)).row.get("links", {}) if route.operation.verb is Verb.FETCH else {}
        dead = {name for name, address in links.items() if (await world.api.get(address)).status == 404}
        assert dead == ({name for name in links if f"`{name}`" in told.text} if told.concerns(route.id) else set())
        assert bool(dead) == (bool(links) and told.concerns(route.id))


async def test_both_forms_show_the_same_but_for_their_addresses(world: World) -> None:
    """And but for ``chat_service_sid``, which some rows have in the service form only."""
    fetches = [each for each in SERVED.values() if each.operation.verb is Verb.FETCH and not each.explicit]
    for route in fetches:
        twin = SERVED.get(f"FetchService{route.resource.name}")
        if twin is not None and twin.resource is route.resource:
            short, long = (await world.call(route)).row, (await world.call(twin)).row
            only_long = long.keys() - short.keys()
            assert only_long <= {"chat_service_sid"}
            assert long["chat_service_sid"] == world.api.service
            for name in short.keys() - {"url", "links"}:
                assert short[name] == long[name], name
            assert short.get("links", {}).keys() == long.get("links", {}).keys()
