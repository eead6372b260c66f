"""The OpenAPI document that the server gives away, and a check of answers against the schemas in it."""

import json
import re
from typing import Any

from parlour.contract.rest import Route
from tests.account_client import AccountClient, Answer

KINDS: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}
KNOWN = {
    "type", "properties", "required", "additionalProperties", "items", "enum", "anyOf", "$ref", "format", "pattern",
    "minimum", "maximum", "minLength", "maxLength", "maxItems", "title", "description", "contentMediaType", "default",
}  # fmt: skip
"""The words of JSON schema that `Document.check` understands (or that forbid nothing)."""


class Document:
    """``GET /openapi.json``."""

    def __init__(self, content: dict[str, Any]) -> None:
        self.content = content

    def operation(self, route: Route) -> dict[str, Any]:
        """What the document says of *route*."""
        operation: dict[str, Any] = self.content["paths"][route.path][route.method.lower()]
        return operation

    def resolve(self, reference: str) -> Any:
        """What ``#/a/b`` refers to."""
        found: Any = self.content
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]
        return found

    def check_answer(self, route: Route, answer: Answer) -> None:
        """The answer is one that the document announces for *route*."""
        responses = self.operation(route)["responses"]
        response = responses.get(str(answer.status), responses["default"])
        response = self.resolve(response["$ref"]) if "$ref" in response else response
        if "content" in response:
            self.check(answer.json, response["content"]["application/json"]["schema"])
        else:
            assert answer.body == b""

    def check(self, value: Any, schema: dict[str, Any], place: str = "$") -> None:
        """*value* fits *schema*."""
        assert set(schema) <= KNOWN, set(schema) - KNOWN
        if "$ref" in schema:
            self.check(value, self.resolve(schema["$ref"]), place)
        if "anyOf" in schema:
            assert any(self._fits(value, each, place) for each in schema["anyOf"]), (place, value)
        if "enum" in schema:
            assert value in schema["enum"], (place, value)
        if "type" in schema:
            kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
            assert any(type(value) in KINDS[kind] for kind in kinds), (place, value, kinds)
        if isinstance(value, str):
            assert re.search(schema.get("pattern", ""), value), (place, value)
        if isinstance(value, dict):
            self._check_object(value, schema, place)
        if isinstance(value, list):
            assert len(value) <= schema.get("maxItems", len(value))
            for number, item in enumerate(value):
                self.check(item, schema.get("items", {}), f"{place}[{number}]")

    def _check_object(self, value: dict[str, Any], schema: dict[str, Any], place: str) -> None:
        properties = schema.get("properties", {})
        more = schema.get("additionalProperties", True)
        assert set(schema.get("required", ())) <= set(value), place
        for name, item in value.items():
            if name in properties:
                self.check(item, properties[name], f"{place}.{name}")
            elif isinstance(more, dict):
                self.check(item, more, f"{place}.{name}")
            else:
                assert more, f"{place}.{name}"

    def _fits(self, value: Any, schema: dict[str, Any], place: str) -> bool:
        try:
            self.check(value, schema, place)
        except AssertionError:
            return False
        return True


async def fetched(api: AccountClient) -> Document:
    """The document as the server gives it away, which asks for no credentials."""
    async with api.parlour.client.get(f"{api.url}/openapi.json") as response:
        assert response.status == 200
        return Document(json.loads(await response.read()))
