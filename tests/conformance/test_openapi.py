"""The OpenAPI document: sound in itself, and the same operations as the server's."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from parlour import __version__
from parlour.contract.rest import Route, Verb
from parlour.core.errors import of_accounts
from tests.account_client import AccountClient
from tests.conformance.openapi import KNOWN, Document, fetched
from tests.conformance.published import EVERY

METHODS = {"get", "post", "delete"}


@pytest.fixture
async def document(api: AccountClient) -> Document:
    return await fetched(api)


def operations(document: Document) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document.content["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for each in part.values():
            yield from references(each)
    if isinstance(part, list):
        for each in part:
            yield from references(each)


def schemas(part: Any) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict):
        for name, each in part.items():
            if name == "schema" and isinstance(each, dict):
                yield each
            yield from schemas(each)
    if isinstance(part, list):
        for each in part:
            yield from schemas(each)


async def test_the_document_says_what_it_is(document: Document) -> None:
    assert re.fullmatch(r"3\.1\.\d+", document.content["openapi"])
    assert set(document.content) == {"openapi", "info", "security", "paths", "components"}
    assert document.content["info"].keys() >= {"title", "version"}
    assert document.content["info"]["version"] == __version__
    (required,) = document.content["security"]
    assert required.keys() <= document.content["components"]["securitySchemes"].keys()


async def test_the_document_has_exactly_the_operations_that_are_served(document: Document) -> None:
    told = {(operation["operationId"], method.upper(), path) for path, method, operation in operations(document)}
    assert told == {(route.id, route.method, route.path) for route in EVERY.values()}
    assert {method for _, method, _ in operations(document)} <= METHODS


async def test_every_reference_leads_somewhere(document: Document) -> None:
    found = set(references(document.content))
    assert "#/components/responses/Error" in found
    for reference in found:
        assert document.resolve(reference)


async def test_every_refusal_is_named_once(document: Document) -> None:
    named = document.content["components"]["responses"]["Error"]["description"].removeprefix("Refused: ").split(", ")
    assert sorted(named) == sorted({f"{entry.status}/{entry.code}" for entry in of_accounts()})


async def test_every_schema_keeps_to_the_words_that_are_checked(document: Document) -> None:
    found = [*schemas(document.content), *document.content["components"]["schemas"].values()]
    assert len(found) > 100
    assert {word for schema in found for word in schema} <= KNOWN


async def test_every_operation_is_complete(document: Document) -> None:
    for path, method, operation in operations(document):
        in_path = [each for each in operation["parameters"] if each["in"] == "path"]
        assert [each["name"] for each in in_path] == re.findall(r"\{(\w+)\}", path)
        assert all(each["required"] for each in in_path)
        names = [(each["in"], each["name"]) for each in operation["parameters"]]
        assert len(set(names)) == len(names)
        assert {each["in"] for each in operation["parameters"]} <= {"path", "query", "header"}
        assert all("schema" in each for each in operation["parameters"])
        assert ("requestBody" in operation) <= (method == "post")
        assert operation["responses"].keys() > {"default"}
        for response in operation["responses"].values():
            assert "$ref" in response or response["description"]


@pytest.mark.parametrize("route", EVERY.values(), ids=lambda route: route.id)
async def test_an_operation_tells_the_parameters_that_it_takes(document: Document, route: Route) -> None:
    operation = document.operation(route)
    if route.operation.verb in (Verb.LIST, Verb.FETCH):
        told = {each["name"] for each in operation["parameters"] if each["in"] == "query"}
        paging = {"PageSize", "Page", "PageToken"} if route.operation.verb is Verb.LIST else set()
        assert told == {each.wire for each in route.parameters} | paging
    elif route.operation.form is not None:
        form = operation["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]
        assert set(form["properties"]) == {each.wire for each in route.parameters}
        assert set(form["required"]) == {each.wire for each in route.parameters if each.required}
    headers = [each["name"] for each in operation["parameters"] if each["in"] == "header"]
    assert headers == (["X-Twilio-Webhook-Enabled"] if route.operation.hooks else [])


async def test_a_refusal_fits_the_document(document: Document, api: AccountClient) -> None:
    for route, answer in [
        ("FetchUser", await api.get("/Users/nobody")),
        ("CreateUser", await api.post("/Users")),
        ("ListUser", await api.get("/Users?PageSize=x")),
    ]:
        assert answer.status >= 400
        document.check_answer(EVERY[route], answer)
