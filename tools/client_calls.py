"""Writes docs/reference/client-calls.md from what resources declare for client SDKs: ``python -m tools.client_calls``.

A test compares the committed page with what this makes, so run it after a declaration has changed.
"""

import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_type_hints

import msgspec

from parlour.contract.form import Parameter
from parlour.contract.rest import Route, Verb, routes
from parlour.core import fields
from parlour.resources.catalogue import CLIENT_RESOURCES
from tools.operations import table, value
from tools.permissions import actions

TARGET = Path(__file__).parents[1] / "docs" / "reference" / "client-calls.md"

_OPENING = """\
# Calls of client SDKs

What a client SDK reads and writes through its socket, beside the Sync objects: {calls} calls.
`tools/client_calls.py` makes this page from the declarations of the resources, in their `client.py`.

* A body is a JSON object. `null` is an empty value, which clears what may be empty; members that are not listed are
  ignored, or refused where only accounts may send them.
* A conversation is named by its SID or its unique name, a user and a participant by SID or identity.
* A refusal has the same shape and codes as [over REST](errors.md). Who may do it, [permissions](permissions.md) say by
  the action.
* A `meta` has `previous_token` and `next_token`, null where there is no neighbour; lists take `PageSize` and
  `PageToken`.
"""


def document() -> str:
    """The whole page."""
    every = [route for resource in CLIENT_RESOURCES for route in routes(resource)]
    return "\n".join([_OPENING.format(calls=len(every)), *map(_section, every)])


def _section(route: Route) -> str:
    names = {each.action: each.name for each in actions()}
    lines = [
        f"## {route.id}",
        "",
        f"`{route.method} {route.path}`",
        "",
        textwrap.fill(f"{_answer(route)} The action is *{names[route.operation.action]}*.", 120),
        "",
    ]
    rows = [(f"`{name}`", _value(each.reader)) for name, each in taken(route)]
    return "\n".join([*lines, *([table(("Member", "Value"), rows)] if rows else [])])


def taken(route: Route) -> Iterator[tuple[str, Parameter]]:
    """What an end user may send, by its name: as in the JSON of a body, or in the parameters of a list."""
    rights = route.operation.rights
    for each in route.parameters:
        name = each.wire if route.operation.verb is Verb.LIST else _in_json(each.wire)
        need = rights.sent.get(name.partition(".")[0])
        if route.operation.verb is Verb.LIST or (need is not None and (need.own is not None or need.other is not None)):
            yield name, each


def _value(reader: fields.Reader) -> str:
    return f"list of: {value(reader.each)}" if isinstance(reader, fields.Many) else value(reader)


def _in_json(wire: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", wire).lower()


def _answer(route: Route) -> str:
    resource, verb = route.resource, route.operation.verb
    if verb is Verb.DELETE:
        return "Answers 204 with nothing."
    if verb is Verb.LIST:
        shown: Any = resource.row
        if resource.views is not None:
            (shown,) = get_args(get_type_hints(resource.views)["return"])
        members = _members(shown)
        rows = f"rows of {members}" if members else "no rows yet"
        return f"Answers 200 with {rows} under `{resource.key}`, {resource.page.default} a page."
    status = 201 if verb is Verb.CREATE else 200
    members = _members(resource.row)
    return f"Answers {status} with {members}." if members else "Answers 404: there is none yet."


def _members(shape: type[msgspec.Struct]) -> str:
    return ", ".join(f"`{name}`" for name in shape.__struct_fields__)


if __name__ == "__main__":
    TARGET.write_text(document(), encoding="utf-8")
