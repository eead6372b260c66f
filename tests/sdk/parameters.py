"""Every parameter of every operation as the official libraries send it, with what they make of the answer."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec import UNSET

from parlour.compat.differences import parts
from parlour.contract.rest import Route, Verb
from tests.conformance.effects import EFFECTS, FILTERS, MOMENT, REQUIRED, Effect, looked_up, name_in_row
from tests.conformance.published import PAGING, PUBLISHED, SERVED
from tests.conformance.world import World
from tests.sdk.library import Library, Story

Group = dict[str, Effect]
"""Parameters that can be sent in one call."""

SINGLE = {
    "Configuration", "ConfigurationWebhook", "ServiceConfiguration", "ServiceNotification",
    "ServiceWebhookConfiguration",
}  # fmt: skip
"""The resources of which there is one."""
WAYS: dict[str, Callable[[Library, World], Any]] = {
    "Configuration": lambda client, world: client.v1.configuration,
    "ConfigurationAddress": lambda client, world: client.v1.address_configurations,
    "ConfigurationWebhook": lambda client, world: client.v1.configuration.webhooks,
    "Credential": lambda client, world: client.v1.credentials,
    "Service": lambda client, world: client.v1.services,
    "ServiceBinding": lambda client, world: client.v1.services(world.api.service).bindings,
    "ServiceConfiguration": lambda client, world: client.v1.services(world.api.service).configuration,
    "ServiceNotification": lambda client, world: client.v1.services(world.api.service).configuration.notifications,
    "ServiceWebhookConfiguration": lambda client, world: client.v1.services(world.api.service).configuration.webhooks,
    "Role": lambda client, world: client.scope.roles,
    "User": lambda client, world: client.scope.users,
    "UserConversation": lambda client, world: client.scope.users(world.user).user_conversations,
    "ParticipantConversation": lambda client, world: client.scope.participant_conversations,
    "Conversation": lambda client, world: client.scope.conversations,
    "ConversationWithParticipants": lambda client, world: client.scope.conversation_with_participants,
    "ConversationMessage": lambda client, world: client.scope.conversations(world.conversation).messages,
    "ConversationParticipant": lambda client, world: client.scope.conversations(world.conversation).participants,
    "ConversationScopedWebhook": lambda client, world: client.scope.conversations(world.conversation).webhooks,
}
"""Where the libraries have each resource."""


def parameters_of(route: Route, group: Group, world: World) -> Story:
    """The story of sending the parameters of *group* to *route*."""

    def story(client: Library) -> None:
        _, resource = parts(route.id)
        way = WAYS[resource](client, world)
        if route.operation.verb is Verb.LIST:
            _filter(way, route, resource)
        else:
            _send(client, world, route, way, group)

    return story


def _filter(way: Any, route: Route, resource: str) -> None:
    for name, filter in FILTERS.get(resource, {}).items():
        assert way.list(**_given(route, {name: filter.matching}))
        assert way.list(**_given(route, {name: filter.other})) == []
    if resource == "ConversationMessage":
        assert [each.index for each in way.list(order="desc")] == [0]


def _groups(route: Route) -> list[Group]:
    """The parameters of *route* in as few calls as they can be sent in."""
    verb, resource = parts(route.id)
    if verb is Verb.LIST:
        return [{}]
    groups: list[Group] = []
    taken = {each.wire for each in route.parameters}
    for name, effect in EFFECTS[resource].items():
        if name in taken:
            fitting = next((group for group in groups if _fits(group, name, effect, verb)), None)
            if fitting is None:
                groups.append(fitting := {})
            fitting[name] = effect
    return groups


def _fits(group: Group, name: str, effect: Effect, verb: Verb) -> bool:
    """Whether what is sent for *effect* does not contradict what the group sends."""
    mine = {**effect.beside, name: effect.sent}
    for other, each in group.items():
        theirs = {**each.beside, other: each.sent}
        apart = verb is Verb.UPDATE and effect.target is not each.target
        if apart or any(mine[both] != theirs[both] for both in mine.keys() & theirs.keys()):
            return False
    return True


def _send(client: Library, world: World, route: Route, way: Any, group: Group) -> None:
    """Sends the parameters of *group* together, and looks for the effect of each."""
    verb, resource = parts(route.id)
    sent: dict[str, Any] = dict(REQUIRED.get(resource, {})) if verb is Verb.CREATE else {}
    for effect in group.values():
        sent |= effect.beside
    for name, effect in group.items():
        sent[name] = client.behind(effect.sent(world)) if callable(effect.sent) else effect.sent
    form = _given(route, {name: value for name, value in sent.items() if value is not None})
    if verb is Verb.CREATE:
        row = way.create(**form)
    else:
        row = _target(client, world, resource, way, next(iter(group.values()))).update(**form)
    for name, effect in group.items():
        shown = sent[name] if effect.shown is UNSET else effect.shown
        assert _seen(client, world, row, name, effect) == shown, name


def _target(client: Library, world: World, resource: str, way: Any, effect: Effect) -> Any:
    """What is updated."""
    if resource in SINGLE:
        return way()
    if effect.target is not None:
        return way(client.behind(effect.target(world)))
    own = {
        "ConfigurationAddress": world.address_configuration,
        "Credential": world.credential,
        "Role": world.role,
        "User": world.user,
        "UserConversation": world.conversation,
        "Conversation": world.conversation,
        "ConversationMessage": world.message,
        "ConversationParticipant": world.participant,
        "ConversationScopedWebhook": world.webhook,
    }
    return way(own[resource])


def _seen(client: Library, world: World, row: Any, name: str, effect: Effect) -> Any:
    if effect.elsewhere is not None:
        names = ("sid", "url", "links")
        return client.behind(effect.elsewhere(world, {each: getattr(row, each, None) for each in names}))
    field, _, inside = (effect.at or name_in_row(name)).partition(".")
    value = getattr(row, field)
    value = looked_up(value, inside) if inside else value
    return f"{value:%Y-%m-%dT%H:%M:%SZ}" if isinstance(value, datetime) else value


def _given(route: Route, form: dict[str, Any]) -> dict[str, Any]:
    """*form* as the Python library wants it: other names, and values of the types that it declares."""
    schemas = {**PUBLISHED[route.id].form, **PUBLISHED[route.id].query}
    given = {}
    for name, value in form.items():
        if name in schemas:
            kind = schemas[name]["type"]
            value = value == "true" if kind == "boolean" else value
            value = datetime.strptime(value, "%Y-%m-%dT%H:%M:%S%z").astimezone(UTC) if value == MOMENT else value
            given[name_in_row(name).replace(".", "_")] = (
                [value] if kind == "array" and isinstance(value, str) else value
            )
    return given


ROUTES = [
    route for route in SERVED.values() if {**PUBLISHED[route.id].form, **PUBLISHED[route.id].query}.keys() - PAGING
]
CASES = [
    pytest.param(route, group, id=f"{route.id}-{number}")
    for route in ROUTES
    for number, group in enumerate(_groups(route), start=1)
]
"""The operations that take parameters, with each group of them that can be sent together."""
