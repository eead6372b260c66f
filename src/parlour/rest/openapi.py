"""The OpenAPI 3.1 document of what is really served, made from the resources' declarations."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import falcon.asgi
import msgspec

from parlour import __version__
from parlour.contract.form import Parameter
from parlour.contract.rest import Resource, Route, Verb, routes
from parlour.core.errors import ApiError, of_accounts
from parlour.http.multipart import MULTIPART
from parlour.http.respond import send_json

ERROR = {
    "type": "object",
    "required": ["code", "message", "more_info", "status"],
    "additionalProperties": False,
    "properties": {
        "code": {"type": "integer"},
        "message": {"type": "string"},
        "more_info": {"type": "string", "format": "uri"},
        "status": {"type": "integer"},
    },
}
OWN_WORDS = "Parlour's own."
META = {
    "type": "object",
    "required": [
        "page", "page_size", "first_page_url", "previous_page_url", "url", "next_page_url", "key",
    ],
    "additionalProperties": False,
    "properties": {
        "page": {"type": "integer", "minimum": 0},
        "page_size": {"type": "integer", "minimum": 1},
        "first_page_url": {"type": "string", "format": "uri"},
        "previous_page_url": {"type": ["string", "null"], "format": "uri"},
        "url": {"type": "string", "format": "uri"},
        "next_page_url": {"type": ["string", "null"], "format": "uri"},
        "key": {"type": "string"},
        "total": {"type": "integer", "minimum": 0, "description": f"{OWN_WORDS} With Parlour-Count=true: of the list."},
    },
}  # fmt: skip
_FORM = "application/x-www-form-urlencoded"
_PAGING = ("PageSize", "Page", "PageToken")


class Description:
    """``GET /openapi.json``."""

    def __init__(self, resources: Sequence[Resource]) -> None:
        self._document = document(resources)

    async def on_get(self, request: falcon.asgi.Request, response: falcon.asgi.Response) -> None:
        send_json(response, self._document)


def document(resources: Sequence[Resource]) -> dict[str, Any]:
    """The whole document."""
    paths: dict[str, dict[str, Any]] = defaultdict(dict)
    for resource in resources:
        for route in routes(resource):
            paths[route.path][route.method.lower()] = _operation(route)
    rows = [resource.row for resource in resources]
    _, schemas = msgspec.json.schema_components(rows, ref_template="#/components/schemas/{name}")
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "parlour",
            "version": __version__,
            "description": "A self-hosted server that is wire-compatible with the Twilio Conversations API.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "security": [{"basic": []}],
        "paths": dict(paths),
        "components": {
            "securitySchemes": {"basic": {"type": "http", "scheme": "basic"}},
            "schemas": {
                **{name: _closed(schema) for name, schema in schemas.items()},
                "Error": ERROR,
                "Meta": META,
            },
            "responses": {"Error": _error_response()},
        },
    }


def _operation(route: Route) -> dict[str, Any]:
    verb = route.operation.verb
    described: dict[str, Any] = {
        "operationId": route.id,
        "tags": [route.resource.segment],
        "responses": {**_success(route), "default": {"$ref": "#/components/responses/Error"}},
    }
    parameters = [
        {"name": part[1:-1], "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for part in route.path.split("/")
        if part.startswith("{")
    ]
    if verb is Verb.LIST:
        parameters += [_query(each) for each in route.parameters] + _paging(route)
    elif verb is Verb.FETCH:
        parameters += [_query(each) for each in route.parameters]
    elif route.operation.form is not None:
        form = {"schema": _form(route.parameters)}
        described["requestBody"] = {"content": {_FORM: form, MULTIPART: form}}
    if route.operation.hooks:
        parameters.append({"name": "X-Twilio-Webhook-Enabled", "in": "header", "schema": {"enum": ["true", "false"]}})
    described["parameters"] = parameters
    return described


def _success(route: Route) -> dict[str, Any]:
    row = {"$ref": f"#/components/schemas/{route.resource.row.__name__}"}
    verb = route.operation.verb
    if verb is Verb.DELETE:
        return {"204": {"description": "It is gone."}}
    if verb is Verb.CREATE:
        made = {"201": {"description": "It was made.", "content": {"application/json": {"schema": row}}}}
        if route.operation.is_pending is not None:
            made["202"] = {"description": "It is being made.", "content": {"application/json": {"schema": row}}}
        return made
    if verb is not Verb.LIST:
        return {"200": {"description": "As it is now.", "content": {"application/json": {"schema": row}}}}
    page = {
        "type": "object",
        "required": [route.resource.key, "meta"],
        "additionalProperties": False,
        "properties": {
            route.resource.key: {"type": "array", "items": row, "maxItems": route.resource.page.maximum},
            "meta": {"$ref": "#/components/schemas/Meta"},
        },
    }
    return {"200": {"description": "A page.", "content": {"application/json": {"schema": page}}}}


def _query(parameter: Parameter) -> dict[str, Any]:
    described: dict[str, Any] = {"name": parameter.wire, "in": "query", "schema": parameter.reader.schema()}
    if parameter.required:
        described["required"] = True
    return {**described, "description": OWN_WORDS} if parameter.own else described


def _paging(route: Route) -> list[dict[str, Any]]:
    size, number, token = _PAGING
    limits = route.resource.page
    return [
        {
            "name": size,
            "in": "query",
            "schema": {"type": "integer", "minimum": 1, "default": limits.default},
            "description": f"More than {limits.maximum} is taken as {limits.maximum}.",
        },
        {"name": number, "in": "query", "schema": {"type": "integer", "minimum": 0}},
        {"name": token, "in": "query", "schema": {"type": "string"}},
    ]


def _form(parameters: Sequence[Parameter]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {each.wire: each.reader.schema() for each in parameters},
        "required": [each.wire for each in parameters if each.required],
    }


def _closed(schema: dict[str, Any]) -> dict[str, Any]:
    """A row has exactly the published keys."""
    return {**schema, "additionalProperties": False} if schema.get("type") == "object" else schema


def _error_response() -> dict[str, Any]:
    return {
        "description": "Refused: " + ", ".join(dict.fromkeys(_label(entry) for entry in of_accounts())),
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
    }


def _label(entry: type[ApiError]) -> str:
    return f"{entry.status}/{entry.code}"
