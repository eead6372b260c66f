"""Writes docs/reference/operations.md from the resources' declarations: ``python -m tools.operations``.

A test compares the committed page with what this makes, so run it after a declaration has changed.
"""

import importlib
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import singledispatch
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

import msgspec

from parlour.contract.form import Parameter
from parlour.contract.rest import OWN, Resource, Route, ShownDate, Verb, routes
from parlour.core import fields, own_fields, timer_fields
from parlour.core.webhook_events import WebhookUrl
from parlour.resources.catalogue import RESOURCES
from parlour.resources.list_extensions.model import Included

TARGET = Path(__file__).parents[1] / "docs" / "reference" / "operations.md"

KB = 1024
PUBLISHED = 103
"""Operations of the API, each path form counted."""

_OPENING = """\
# Operations

What parlour serves now: {routes} of the API's {published} operations and {own} of its own, each form of a path
counted, in {resources} resources. `tools/operations.py` makes this page from the declarations of the resources;
`GET /openapi.json` of a running parlour says the same to programs.

* A request is a form (`application/x-www-form-urlencoded` or `multipart/form-data`), an answer JSON. Names of
  parameters that are not listed are ignored. **Bold** parameters are required.
* *May be empty*: an empty value or the word `null` stands for no value. What is not sent at all stays as it is.
* In a path, a conversation may be named by its SID or its unique name, a user and a participant by SID or identity.
* *Hooks*: with the header `X-Twilio-Webhook-Enabled: true` the call fires [webhooks](../chapters/webhooks.md).
* Lists also take `PageSize`, `Page` and `PageToken`: see [pagination](../chapters/pagination.md).
* Sizes in KB are of 1,024 bytes of UTF-8; characters are Unicode code points; moments are UTC.
"""


def document(resources: Sequence[Resource] = RESOURCES) -> str:
    """The whole page."""
    every = [route for resource in resources for route in routes(resource)]
    own = sum(route.resource.prefix == OWN for route in every)
    opening = _OPENING.format(routes=len(every) - own, resources=len(resources), published=PUBLISHED, own=own)
    parts = [opening, _overview(resources), *(_section(resource) for resource in resources)]
    return "\n".join(parts)


def _overview(resources: Sequence[Resource]) -> str:
    rows = [
        (
            f"[{title(each)}](#{title(each).lower()})",
            ", ".join(operation.verb.lower() for operation in each.operations),
            _mounted(each),
        )
        for each in resources
    ]
    return table(("Resource", "Operations", "Paths"), rows)


def _mounted(resource: Resource) -> str:
    paths = {route.path for route in routes(resource)}
    below = [path.startswith(f"{resource.prefix}/Services/{{ChatServiceSid}}") for path in paths]
    forms = "in both forms" if any(below) and not all(below) else "below a service" if all(below) else "below `/v1`"
    return f"{forms}, parlour's own" if resource.prefix == OWN else forms


def _section(resource: Resource) -> str:
    lines = [f"## {title(resource)}", "", _sentence(resource), ""]
    lines.append(table(("Field", "Value"), [(f"`{name}`", text) for name, text in _row(resource.row)]))
    by_verb: dict[Verb, list[Route]] = {}
    for route in routes(resource):
        by_verb.setdefault(route.operation.verb, []).append(route)
    lines += [_operation(forms) for forms in by_verb.values()]
    return "\n".join(lines)


def title(resource: Resource) -> str:
    """As its folder is called: ``UserConversations``."""
    return "".join(word.capitalize() for word in _package(resource).rpartition(".")[2].split("_"))


def _package(resource: Resource) -> str:
    return resource.view.__module__.rpartition(".")[0]


def _sentence(resource: Resource) -> str:
    """What the resource's package says of itself first, without its name."""
    said = (
        (importlib.import_module(_package(resource)).__doc__ or "")
        .split("\n\n")[0]
        .replace("\n", " ")
        .replace("``", "`")
    )
    _, _, rest = said.partition(": ")
    return rest[0].upper() + rest[1:]


def _operation(forms: Sequence[Route]) -> str:
    first = forms[0]
    lines = [f"### {first.id}", ""]
    lines += [f"* `{route.method} {route.path}`{_alias(route, first)}" for route in forms]
    lines += ["", _answer(first), ""]
    lines += _parameters([each for each in first.parameters if not each.own])
    if own := [each for each in first.parameters if each.own]:
        lines += ["Parlour's own, [told on a page of their own](../extensions.md):", "", *_parameters(own)]
    return "\n".join(lines)


def _parameters(every: Sequence[Parameter]) -> list[str]:
    rows = [(f"**`{each.wire}`**" if each.required else f"`{each.wire}`", value(each.reader)) for each in every]
    return [table(("Parameter", "Value"), rows)] if rows else []


def _alias(route: Route, first: Route) -> str:
    return "" if route is first else f" (`{route.id}`)"


def _answer(route: Route) -> str:
    hooks = " Hooks." if route.operation.hooks else ""
    match route.operation.verb:
        case Verb.CREATE:
            pending = ", or 202 while it is still being made" if route.operation.is_pending is not None else ""
            return f"Answers 201 with the row{pending}.{hooks}"
        case Verb.DELETE:
            return f"Answers 204 with nothing.{hooks}"
        case Verb.LIST:
            size = route.resource.page
            rows = f"{size.default} rows, or as many as `PageSize` says up to {size.maximum}"
            return f"Answers 200 with a page of {rows}, under `{route.resource.key}`."
        case _:
            return f"Answers 200 with the row.{hooks}"


def _row(row: type[msgspec.Struct]) -> Iterator[tuple[str, str]]:
    for name, hint in get_type_hints(row, include_extras=True).items():
        yield name, _field(hint)


def _field(hint: Any) -> str:
    if hint == ShownDate:
        return "moment"
    kinds = get_args(hint) or (hint,)
    if msgspec.UnsetType in kinds:
        when = "in the service form only"
        if Included in kinds:
            when = "in a list that was asked for it"
        elif any(get_origin(kind) is list for kind in kinds):
            when = "not in a list"
        return f"{_field(next(kind for kind in kinds if kind is not msgspec.UnsetType))}, {when}"
    if NoneType in kinds:
        return _field(next(kind for kind in kinds if kind is not NoneType)) + " or null"
    if get_origin(hint) is list:
        return f"list of {_field(kinds[0])}"
    if get_origin(hint) is dict:
        return "object"
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return "object (" + ", ".join(f"`{field.name}`" for field in msgspec.structs.fields(hint)) + ")"
    return {str: "text", int: "number", float: "number", bool: "true or false", datetime: "moment"}[hint]


@singledispatch
def value(reader: fields.Reader) -> str:
    """What a parameter may be, in words."""
    raise TypeError(f"tell how {type(reader).__name__} is described")


@value.register
def _(reader: fields.Clearable) -> str:
    return value(reader.reader) + "; may be empty"


@value.register
def _(reader: fields.NotEmpty) -> str:
    return value(reader.reader)


@value.register
def _(reader: own_fields.Words) -> str:
    return value(fields.Choice(reader.words.values())) + "; several with commas between them"


@value.register
def _(reader: own_fields.Either) -> str:
    return ", or ".join(value(each) for each in reader.readers)


@value.register
def _(reader: own_fields.ByKey) -> str:
    return f"text of at most {_size(reader.longest)}, for up to {reader.max_keys} keys"


@value.register
def _(reader: fields.Many) -> str:
    return value(reader.each) + "; repeat it for more than one"


@value.register
def _(reader: fields.Text) -> str:
    limit = "" if reader.max_length == fields.MAX_INTEGER else f" of at most {reader.max_length} characters"
    return f"text{limit}" + ("; not empty" if reader.empty is not None else "")


@value.register
def _(reader: fields.Bytes) -> str:
    return f"text of at most {_size(reader.max_length)}"


@value.register
def _(reader: fields.JsonText) -> str:
    return f"JSON text of at most {_size(reader.max_length)}"


@value.register
def _(reader: fields.JsonObject) -> str:
    return "text of a JSON object"


@value.register
def _(reader: fields.Choice) -> str:
    words = [f"`{word.value}`" for word in reader.words.values()]
    return ", ".join(words[:-1]) + " or " + words[-1]


@value.register
def _(reader: WebhookUrl) -> str:
    return f"absolute http or https URL of at most {reader.max_length} characters"


@value.register
def _(reader: fields.Whole) -> str:
    return "whole number from 0"


@value.register
def _(reader: own_fields.Between) -> str:
    return f"whole number from 1 to {reader.maximum}"


@value.register
def _(reader: fields.Flag) -> str:
    return "`true` or `false`"


@value.register
def _(reader: fields.Moment) -> str:
    return "ISO 8601 moment or day"


@value.register
def _(reader: own_fields.MomentOrNow) -> str:
    return "`true` for the present moment, or an ISO 8601 moment or day"


@value.register
def _(reader: own_fields.Span) -> str:
    return "ISO 8601 duration of at least 1 s"


@value.register
def _(reader: fields.SidOf) -> str:
    return f"SID, `{reader.prefix}…`"


@value.register
def _(reader: timer_fields.Timer) -> str:
    return f"ISO 8601 duration of at least {reader.least // timedelta(minutes=1)} min; empty or `PT0S` removes it"


def _size(size: int) -> str:
    return f"{size // KB} KB" if size % KB == 0 else f"{size} bytes"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table whose columns are aligned in the source, too; ends in an empty line."""
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]

    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |"

    return "\n".join([line(head), line(["-" * width for width in widths]), *map(line, rows), ""])


if __name__ == "__main__":
    TARGET.write_text(document(), encoding="utf-8")
