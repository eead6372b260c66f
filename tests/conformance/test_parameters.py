"""Every published parameter does what it is for: its effect is seen in the row, in the list, or where it is kept."""

from typing import Any

import pytest
from msgspec import UNSET

from parlour.compat.differences import parts
from parlour.contract.rest import Route, Verb
from tests.account_client import AccountClient
from tests.conformance.effects import (
    EFFECTS,
    FILTERS,
    REFUSED,
    REQUIRED,
    Effect,
    looked_up,
    name_in_row,
)
from tests.conformance.published import PAGING, PUBLISHED, SERVED
from tests.conformance.world import World, ask, furnish
from tests.evidence import EVIDENCE

ORDER = "Order"
"""Of messages: it leaves none out, so that it is no filter."""


def cases(*verbs: Verb) -> list[Any]:
    """Each published parameter of the operations that are served, but for those of pages."""
    return [
        pytest.param(route, name, id=f"{route.id}-{name}")
        for route in SERVED.values()
        if route.operation.verb in verbs
        for name in sorted((PUBLISHED[route.id].query | PUBLISHED[route.id].form).keys() - PAGING)
    ]


@pytest.fixture
async def world(api: AccountClient) -> World:
    return await furnish(api)


async def value(given: Any, world: World) -> Any:
    """A value of the table; what is made in the world is made now."""
    return await given(world) if callable(given) else given


async def form_of(route: Route, name: str, effect: Effect, world: World) -> dict[str, Any]:
    """What is sent: what a create needs, what has to be beside the parameter as far as it is taken, and itself."""
    _, resource = parts(route.id)
    needed = REQUIRED.get(resource, {}) if route.operation.verb is Verb.CREATE else {}
    taken = {each.wire for each in route.parameters}
    form = {**needed, **{name: given for name, given in effect.beside.items() if name in taken}}
    form[name] = await value(effect.sent, world)
    return {name: given for name, given in form.items() if given is not None}


@pytest.mark.parametrize(("route", "name"), cases(Verb.CREATE, Verb.UPDATE))
async def test_a_parameter_has_its_effect(world: World, route: Route, name: str) -> None:
    _, resource = parts(route.id)
    if name in REFUSED.get(resource, {}):
        sent, refusal = REFUSED[resource][name]
        answer = await ask(world.api, route, world.address(route), {**REQUIRED[resource], name: sent})
        assert answer.refusal == refusal
        return
    effect = EFFECTS[resource][name]
    address = world.address(route)
    if effect.target is not None and route.operation.verb is Verb.UPDATE:
        address = f"{address.rpartition('/')[0]}/{await effect.target(world)}"
    form = await form_of(route, name, effect, world)
    row = (await ask(world.api, route, address, form)).row

    if effect.elsewhere is not None:
        seen = await effect.elsewhere(world, row)
    else:
        at = effect.at or {"MessagingBinding.Address": "messaging_binding.address"}.get(name, name_in_row(name))
        seen = looked_up(row, at)
    assert seen == (form[name] if effect.shown is UNSET else effect.shown)
    EVIDENCE.saw("honoured", route.id, [name])


@pytest.mark.parametrize(("route", "name"), cases(Verb.LIST))
async def test_a_filter_leaves_out_what_does_not_match(world: World, route: Route, name: str) -> None:
    address = world.address(route)
    if name == ORDER:
        await world.api.made(f"/Conversations/{world.conversation}/Messages", Body="Good night")
        up = (await ask(world.api, route, address, {name: "asc"})).rows
        assert (await ask(world.api, route, address, {name: "desc"})).rows == up[::-1]
        assert len(up) == 2
    else:
        filter = FILTERS[parts(route.id)[1]][name]
        assert (await ask(world.api, route, address, {name: filter.matching})).rows
        assert (await ask(world.api, route, address, {name: filter.other})).rows == []
    EVIDENCE.saw("honoured", route.id, [name])


def test_nothing_is_told_of_parameters_that_are_not_published() -> None:
    published: dict[str, set[str]] = {}
    for id, operation in PUBLISHED.items():
        published.setdefault(parts(id)[1], set()).update(operation.query | operation.form)
    for table in (EFFECTS, FILTERS, REFUSED, REQUIRED):
        for resource, told in table.items():
            assert told.keys() <= published[resource], resource
