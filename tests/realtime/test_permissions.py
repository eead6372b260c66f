"""Each cell of docs/reference/permissions.md that a client can reach, tried through its socket; a refusal changes
nothing."""

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

import msgspec
import pytest

from parlour.contract.rest import Route, Verb
from parlour.core.errors import ApiError
from parlour.core.permissions import Permission
from parlour.core.rights import given_in
from parlour.resources.roles.model import PERMISSIONS, RoleType
from tests.access_tokens import token_for
from tests.account_client import AccountClient
from tests.client_calls import NOT_A_MEMBER, NOT_PERMITTED, ROUTES
from tests.end_users import Cast, cast
from tests.feed import end, facts
from tests.resources.test_permissions import (
    BEYOND,
    BEYOND_ACTIONS,
    EVERY,
    INSIDE,
    Case,
    cases,
    named,
    references,
)
from tests.twilsock import Answer, Twilsock, connected
from tools.permissions import Action, refused_fields

ROUTE_OF = {route.operation.action: route for route in ROUTES}
READS = (Verb.LIST, Verb.FETCH)


def reachable() -> Iterator[Case]:
    """The cells that a client can try: it names nobody but itself where the path is the caller's own. Fields that
    nobody may send are refused by the same declaration and tried in the actions."""
    for case in cases():
        route = ROUTE_OF.get(case.action.action)
        if route is None or case.field in refused_fields(case.action):
            continue
        if case.is_own or not route.resource.of_caller:
            yield case


async def path_of(actors: Cast, action: Action, is_own: bool, room: str) -> tuple[Route, str]:
    """Where a client calls the action."""
    route = ROUTE_OF[action.action]
    given = list(await references(actors, action, is_own, room))[1 if route.resource.of_caller else 0 :]
    parts = [quote(given.pop(0), safe="") if part.startswith("{") else part for part in route.path.split("/")]
    return route, "/".join(parts)


def document(sent: msgspec.Struct | None) -> dict[str, Any]:
    """What a client writes to send that draft."""
    every = {} if sent is None else msgspec.to_builtins(sent)
    return {name: _given(every[name]) for name in given_in(sent)}


def _given(value: Any) -> Any:
    return {name: each for name, each in value.items() if each is not None} if isinstance(value, dict) else value


async def called(client: Twilsock, actors: Cast, case: Case, room: str) -> Answer:
    """Alice tries it."""
    route, path = await path_of(actors, case.action, case.is_own, room)
    body = None if route.operation.verb in READS else document(case.draft if case.action.draft is not None else None)
    return await client.call(route.method, path, body, params={})


@pytest.mark.parametrize("case", [pytest.param(each, id=named(each)) for each in reachable()])
async def test_what_roles_permit_is_done_and_a_refusal_changes_nothing(api: AccountClient, case: Case) -> None:
    actors = await cast(api, of_user=case.of_user, of_participant=case.of_participant)
    async with connected(api.parlour, await token_for(api, "alice")) as alice:
        before = await end(api)
        answer = await called(alice, actors, case, actors.room)
    expected: type[ApiError] | None = (
        case.refusal or BEYOND_ACTIONS.get(case.action.name) or BEYOND.get(case.field or "")
    )
    if expected is None:
        assert answer.status in (200, 201, 204), answer.packet
    else:
        assert answer.refusal == (expected.status, expected.code)
        told = await facts(api, After=before)
        assert [fact["type"] for fact in told if fact["identity"] == "alice"] == []


async def test_who_takes_no_part_may_do_nothing_but_join(api: AccountClient) -> None:
    actors = await cast(api, of_user=EVERY, of_participant=EVERY)
    tried = [each for each in INSIDE if each.action in ROUTE_OF]
    assert len(tried) > 10
    async with connected(api.parlour, await token_for(api, "alice")) as alice:
        before, refused = await end(api), {}
        for action in tried:
            is_own = ROUTE_OF[action.action].resource.of_caller
            case = Case(action, None, is_own, EVERY, EVERY, None)
            refused[action.name] = (await called(alice, actors, case, actors.street)).refusal
    assert refused == dict.fromkeys(refused, NOT_A_MEMBER)
    assert [fact["type"] for fact in await facts(api, After=before)] == []


def needing() -> Sequence[Case]:
    """One of each cell that needs a permission; what removes something comes last."""
    found = {}
    for case in reachable():
        is_refused_for_want = case.refusal is not None and (case.refusal.status, case.refusal.code) == NOT_PERMITTED
        if is_refused_for_want and case.of_user != EVERY and case.field not in BEYOND:
            found[case.action.name, case.field, case.is_own] = case
    order = ("Conversations: delete", "Participants: delete", "Messages: delete")
    return sorted(found.values(), key=lambda case: (case.action.name in order, not case.is_own))


async def test_roles_that_change_while_a_client_is_connected_count_for_its_next_command(api: AccountClient) -> None:
    actors = await cast(api, of_user=[], of_participant=[])
    roles = {
        RoleType.SERVICE: (await api.get("/Users/alice")).row["role_sid"],
        RoleType.CONVERSATION: (await api.get(f"/Conversations/{actors.room}/Participants/alice")).row["role_sid"],
    }
    idle = {RoleType.SERVICE: "editConversationName", RoleType.CONVERSATION: "editAnyUserInfo"}

    async def become(permissions: dict[RoleType, Any]) -> None:
        for type, sid in roles.items():
            assert (await api.post(f"/Roles/{sid}", Permission=permissions[type])).status == 200

    everything = {type: [each for each in Permission if type in PERMISSIONS[each]] for type in RoleType}
    kept = [case for case in needing() if case.action.name.endswith((": update", "Messages: create"))]
    kept = [case for case in kept if case.field not in ("friendly_name", "unique_name") or "Users" in case.action.name]
    assert len(kept) >= 10
    async with connected(api.parlour, await token_for(api, "alice")) as alice:
        for permissions, is_permitted in ((idle, False), (everything, True), (idle, False)):
            await become(permissions)
            before = await end(api)
            statuses = {}
            for case in kept:
                answer = await called(alice, actors, case, actors.room)
                statuses[named(case)] = 0 if answer.status in (200, 201) else answer.refusal
            assert statuses == dict.fromkeys(statuses, 0 if is_permitted else NOT_PERMITTED)
            told = [fact for fact in await facts(api, After=before) if fact["identity"] == "alice"]
            assert bool(told) is is_permitted


def test_no_call_and_no_permission_is_left_out() -> None:
    assert {case.action.action for case in reachable()} == set(ROUTE_OF)
    helpful = [case for case in reachable() if case.refusal is None]
    assert {permission for case in helpful for permission in case.of_user | case.of_participant} == set(Permission)
