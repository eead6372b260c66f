"""Every operation answers without HTTP what it answers over HTTP."""

import json
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote

import msgspec
import pytest

from parlour.contract.invoke import WOULD_REFUSE, Document, Endpoint
from parlour.contract.reply import JSON, Reply
from parlour.contract.rest import Route, Verb
from parlour.core import errors
from parlour.core.actor import AccountKey, Actor, Source
from parlour.core.limits import LimitMode
from parlour.core.sids import Prefix, new_sid
from tests.account_client import AccountClient, Answer
from tests.conformance.published import EVERY, NOT_HERE, PUBLISHED, SERVED
from tests.conformance.world import CALLS, World, ask, furnish, status_of

READING = (Verb.LIST, Verb.FETCH)
ROUTES = [route for route in EVERY.values() if route.id not in NOT_HERE]
_SID = re.compile(rb"\b[A-Z]{2}[0-9a-f]{32}\b")
_CHANCE = re.compile(
    rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|eyJ[\w-]+(\.[\w-]+){2}"
)
"""Moments, the UUIDs by which deliveries are known again, and access tokens, which hold the second of their making."""

each_route = pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.id)


def references(route: Route, address: str) -> tuple[str, ...]:
    """What *address* has in the places of the path's parameters."""
    parts = zip(route.path.split("/"), address.split("/"), strict=True)
    return tuple(unquote(each) for name, each in parts if name.startswith("{"))


def pairs(values: Mapping[str, Any]) -> dict[str, Sequence[str]]:
    return {name: each if isinstance(each, list) else [each] for name, each in values.items()}


async def invoke(
    api: AccountClient, route: Route, address: str, sent: Mapping[str, Any] | Document | None = None
) -> Reply:
    """The reply of the running parlour's own parts to the account of *api*."""
    endpoint = Endpoint(route, api.parlour.backend)
    principal = AccountKey(api.account, api.account)
    actor = Actor(source=Source.API, principal=principal, request=new_sid(Prefix.REQUEST))
    if sent is None:
        sent = CALLS.get((route.resource.name, route.operation.verb), {})
    given = sent if isinstance(sent, Document) else pairs(sent)
    return await endpoint.invoke(actor, references(route, address), given, api.url)


def about(route: Route, world: World) -> dict[str, Any] | None:
    return {"Sid": world.message} if route.resource.name == "Explanation" else None


def kind_of(route: Route) -> str:
    """Which changes follow each other in one account; a membership is removed by its participant, too."""
    if route.operation.verb is Verb.DELETE:
        return "membership removed" if route.resource.name == "UserConversation" else "removed"
    return "read" if route.operation.verb in READING else "made"


def same(reply: Reply, answer: Answer) -> None:
    """The same status, body and type; of the headers, every one that the reply brings."""
    assert (reply.status, reply.body) == (answer.status, answer.body)
    assert answer.headers.get("Content-Type") == (JSON if reply.body else None)
    assert all(answer.headers[name] == value for name, value in reply.headers.items())


def likened(body: bytes) -> bytes:
    """*body* with numbers in the places of SIDs, in the order in which they come, without what differs by chance."""
    numbers: dict[bytes, bytes] = {}

    def number(match: re.Match[bytes]) -> bytes:
        return match[0][:2] + numbers.setdefault(match[0], b"%d" % len(numbers))

    return _CHANCE.sub(b"some", _SID.sub(number, body))


@pytest.fixture
async def world(api: AccountClient) -> World:
    return await furnish(api)


@pytest.fixture
async def twin(other_api: AccountClient) -> World:
    return await furnish(other_api)


def test_all_published_operations_are_invoked() -> None:
    """Each in one of the two tests below."""
    assert len(PUBLISHED) == 103
    assert set(PUBLISHED) == set(SERVED) <= {route.id for route in ROUTES}
    assert {kind_of(route) for route in ROUTES} == {"read", "made", "removed", "membership removed"}


async def test_what_is_read_is_byte_for_byte_what_http_answers(world: World) -> None:
    for route in (each for each in ROUTES if each.operation.verb in READING and each.resource.name != "Clock"):
        address = world.address(route)
        reply = await invoke(world.api, route, address, about(route, world))
        same(reply, await ask(world.api, route, address, about(route, world)))
        assert reply.status == 200, route.id


@pytest.mark.parametrize("is_explicit", [False, True])
@pytest.mark.parametrize("kind", ["made", "removed", "membership removed"])
async def test_what_is_changed_is_answered_as_http_answers(
    kind: str, is_explicit: bool, world: World, twin: World
) -> None:
    """In two accounts that are furnished alike: what is done twice to one would not be the same."""
    for route in (each for each in reversed(ROUTES) if each.explicit == is_explicit and kind_of(each) == kind):
        reply = await invoke(world.api, route, world.address(route))
        answer = await twin.call(route)
        assert reply.status == answer.status == status_of(route), route.id
        assert likened(reply.body) == likened(answer.body)
        assert answer.headers.get("Content-Type") == (JSON if reply.body else None)
        assert not reply.headers


async def test_what_is_not_there_is_refused_as_over_http(api: AccountClient) -> None:
    for route in (each for each in ROUTES if "{" in each.path):
        address = re.sub(r"\{\w+\}", "no%20such%2Fthing", route.path)
        reply = await invoke(api, route, address)
        same(reply, await ask(api, route, address))
        assert json.loads(reply.body)["code"] == errors.NotFound.code, route.id


async def test_what_is_wrong_is_refused_as_over_http(world: World) -> None:
    """A parameter, a missing one, and a page token of another list."""
    for id, sent in (
        ("UpdateConversationMessage", {"Attributes": "no JSON"}),
        ("CreateRole", {"FriendlyName": "clerk"}),
        ("ListConversation", {"PageToken": "PT0"}),
        ("ListConversation", {"PageSize": "none"}),
    ):
        route = EVERY[id]
        reply = await invoke(world.api, route, world.address(route), sent)
        same(reply, await ask(world.api, route, world.address(route), sent))
        assert reply.status == 400


async def test_a_page_token_is_good_both_ways(world: World) -> None:
    route = EVERY["ListConversationParticipant"]
    reply = await invoke(world.api, route, world.address(route), {"PageSize": "1"})
    following = (await world.api.get(json.loads(reply.body)["meta"]["next_page_url"])).json
    token = re.search(r"PageToken=([^&]+)", following["meta"]["previous_page_url"])
    assert token is not None
    back = await invoke(world.api, route, world.address(route), {"PageSize": "1", "PageToken": unquote(token[1])})
    assert json.loads(back.body)["participants"] == json.loads(reply.body)["participants"]


async def test_a_document_is_taken_as_a_form_is(world: World, twin: World) -> None:
    route = EVERY["CreateConversation"]
    document = Document({"friendly_name": "Order 3", "timers": {"inactive": "PT1H"}, "attributes": '{"a":1}'})
    reply = await invoke(world.api, route, world.address(route), document)
    form = {"FriendlyName": "Order 3", "Timers.Inactive": "PT1H", "Attributes": '{"a":1}'}
    answer = await ask(twin.api, route, twin.address(route), form)
    assert (reply.status, likened(reply.body)) == (201, likened(answer.body))


async def test_limits_that_are_relaxed_are_named_in_a_header(world: World) -> None:
    route = EVERY["CreateConversation"]
    endpoint = Endpoint(route, msgspec.structs.replace(world.api.parlour.backend, limits=LimitMode.RELAXED))
    actor = Actor(source=Source.API, principal=AccountKey(world.api.account, world.api.account))
    reply = await endpoint.invoke(actor, (), {"FriendlyName": ["x" * 257]}, world.api.url)
    assert (reply.status, set(reply.headers)) == (201, {WOULD_REFUSE})


def test_operations_load_where_no_server_is_installed() -> None:
    program = """
import sys
from importlib.abc import MetaPathFinder

class Absent(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name.partition(".")[0] in ("falcon", "uvicorn", "aiohttp"):
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Absent())
import parlour.contract.invoke, parlour.runtime.backend
from parlour.contract.rest import routes
from parlour.resources.catalogue import RESOURCES
print(sum(1 for each in RESOURCES for _ in routes(each)))
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ran.stderr == ""
    assert int(ran.stdout) == len(EVERY)
