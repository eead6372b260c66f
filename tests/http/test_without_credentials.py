"""Whatever is asked for without a credential is refused, however its path is written."""

from collections.abc import Iterator

import falcon.inspect
import pytest
from yarl import URL

from parlour.app import entrance
from parlour.compat.usage_counter import UsageCounter
from parlour.resources.services.actions import resolve
from parlour.runtime.backend import backend_of
from parlour.settings import Settings
from tests.account_client import NOT_FOUND, AccountClient
from tests.server import Parlour

OPEN = {"/", "/healthz", "/readyz", "/openapi.json", "/metrics"}
"""Paths that answer everybody; they show nothing of an account."""
METHODS = ("GET", "POST", "DELETE", "HEAD", "PUT", "PATCH")


def templates(parlour: Parlour) -> list[str]:
    """The paths of all routes of the application, whoever declared them."""
    node = parlour.inside
    app = entrance(
        node, UsageCounter(node.database, node.clock), backend_of(node, resolve), lambda: None, Settings()
    ).app
    return [route.path for route in falcon.inspect.inspect_routes(app)]


def filled(template: str, service: str) -> str:
    parts = template.split("/")
    return "/".join(
        part if not part.startswith("{") else service if before == "Services" else "x"
        for before, part in zip(["", *parts], parts, strict=False)
    )


def oddly_written(path: str) -> Iterator[str]:
    """*path* as clients, proxies and attackers may write it."""
    first, rest = path[1:2], path[2:]
    last = path.rpartition("/")
    yield path
    yield f"/{path}"
    yield f"///{path}"
    yield f"{path}/"
    yield f"{path}//"
    yield f"/{path}/"
    yield f"/.{path}"
    yield f"/x/..{path}"
    yield f"/%2e{path}"
    yield f"/%2F{path[1:]}"
    yield f"/%{ord(first):x}{rest}"
    yield f"{path}%2f"
    yield f"{path};x=1"
    yield f"{path}%00"
    yield f"{path}?{path}"
    yield f"{last[0]}//{last[2]}"
    yield f"{last[0]}/%{ord(last[2][:1] or 'x'):X}{last[2][1:]}"
    yield path.replace("/v1", "/V1")


@pytest.fixture(scope="session")
def routes(parlour: Parlour) -> list[str]:
    return templates(parlour)


def test_there_are_routes_of_each_kind(routes: list[str]) -> None:
    assert len(routes) > 60
    assert set(routes) >= OPEN
    assert "/parlour/v1/Events" in routes


@pytest.mark.parametrize("method", METHODS)
async def test_no_route_answers_without_a_credential(api: AccountClient, routes: list[str], method: str) -> None:
    odd = []
    for template in sorted(set(routes) - OPEN):
        for path in oddly_written(filled(template, api.service)):
            url = URL(api.url + path, encoded=True)
            async with api.parlour.client.request(method, url, allow_redirects=False) as answer:
                if not 400 <= answer.status < 500:
                    odd.append((method, path, answer.status))
    assert not odd


@pytest.mark.parametrize("method", METHODS)
async def test_an_operation_refuses_by_itself_what_the_gate_let_through(
    api: AccountClient, routes: list[str], method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("parlour.http.middleware._AUTHENTICATED_PREFIXES", ("/nothing-is-guarded/",))
    statuses = {}
    for template in sorted(set(routes) - OPEN):
        url = URL(api.url + filled(template, api.service), encoded=True)
        async with api.parlour.client.request(method, url) as answer:
            statuses[template] = answer.status
    assert set(statuses.values()) <= {401, 405}
    assert method in ("HEAD", "PUT", "PATCH") or 401 in statuses.values()


@pytest.mark.parametrize("slashes", ["//", "///"])
async def test_a_base_url_that_ends_with_a_slash_works_as_if_it_had_none(api: AccountClient, slashes: str) -> None:
    user = await api.made(f"{api.url}{slashes}v1/Users", Identity="dana")
    assert user["url"] == f"{api.url}/v1/Users/{user['sid']}"
    assert (await api.get(f"{api.url}{slashes}v1/Users")).rows == [user]
    missing = await api.get(f"{api.url}{slashes}v1/Users/nobody")
    assert (missing.refusal, missing.message) == (NOT_FOUND, "The requested resource /Users/nobody was not found")
    assert (await api.get(f"{api.url}{slashes}parlour/v1/Events", Wait=0)).status == 200
