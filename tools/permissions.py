"""Writes docs/reference/permissions.md from the rights that operations declare: ``python -m tools.permissions``.

A test compares the committed page with what this makes, so run it after a declaration has changed. The cases of the
matrix test are made from the same rows.
"""

import importlib
import importlib.util
import inspect
import pkgutil
import textwrap
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from parlour import resources
from parlour.contract.form import wire_name
from parlour.contract.rest import Operation, Resource, routes
from parlour.core.permissions import Permission
from parlour.core.rights import ACCOUNTS_ONLY, AnyOf, Need, Reach, Rights
from parlour.resources.bindings import rights as bindings
from parlour.resources.bindings.model import BindingDraft
from parlour.resources.catalogue import CLIENT_RESOURCES, RESOURCES
from parlour.resources.roles.model import PERMISSIONS
from tools.operations import table, title

TARGET = Path(__file__).parents[1] / "docs" / "reference" / "permissions.md"

_OPENING = """\
# Permissions

What an end user of a client SDK needs to hold, by action. `tools/permissions.py` makes this page from what the
resources declare, and a test tries every cell of it against the database. [The chapter on
permissions](../chapters/permissions.md) says how rights work; account credentials and API keys need none of them.

* Of several permissions in one cell, one is enough. *None* means that none is needed, *refused* that none helps.
* *Own* is what the end user is the author of, is themselves, or takes part as.
* A line with a parameter asks for it *in addition* to the line of its action, when the parameter is sent. Parameters
  that are not listed are refused.
* *Takes part*: only participants may, and the role of their participant counts beside the role of the user.
"""

_ACCOUNTS = """\
## For accounts only
"""
_ACCOUNTS_ONLY = "No end user may do these, whatever they hold: {names}."

_FREE = """\
## Without a permission

{lines}
"""

_CALLS = """\
## Calls of client SDKs

Which action each call over a socket is. `SDK` marks what no call over REST is.
"""

_NAMES = """\
## Names

What kind of role may have which permission.
"""


class Action(msgspec.Struct, frozen=True):
    """An action as the page names it."""

    name: str
    rights: Rights
    action: Callable[..., Any]
    draft: type[msgspec.Struct] | None = None


class Line(msgspec.Struct, frozen=True):
    """A line of the table: what is needed for the action itself, or for one field of its draft."""

    action: Action
    field: str | None
    need: Need


def actions(catalogue: Sequence[Resource] = RESOURCES) -> list[Action]:
    """Everything that a caller can ask for: the operations, and what other ways in than REST ask for."""
    found = [_action(title(each), operation) for each in catalogue for operation in each.operations]
    known = {each.action for each in found}
    of_sdks = [_action(f"SDK {each.segment}", operation) for each in CLIENT_RESOURCES for operation in each.operations]
    return found + [each for each in of_sdks if each.action not in known] + _elsewhere()


def _action(resource: str, operation: Operation) -> Action:
    name = f"{resource}: {operation.verb.lower()}"
    return Action(name, operation.rights, operation.action, _shape(operation.form))


def _shape(form: Any) -> type[msgspec.Struct] | None:
    return None if form is None else form.shape


def _elsewhere() -> list[Action]:
    from parlour.resources.bindings import actions as devices
    from parlour.resources.clock import actions as clock
    from parlour.resources.credentials import actions as credentials
    from parlour.resources.receipts import actions as receipts

    return [
        Action("Devices: register", bindings.REGISTER, devices.register, BindingDraft),
        Action("Devices: unregister", bindings.UNREGISTER, devices.unregister),
        Action("Devices: unregister by token", bindings.UNREGISTER, devices.unregister_device),
        Action("Receipts: record", ACCOUNTS_ONLY, receipts.record),
        Action("Credentials: secrets", ACCOUNTS_ONLY, credentials.secrets),
        Action("Clock: look", ACCOUNTS_ONLY, clock.look),
    ]


def every_action() -> Iterator[Any]:
    """Every public coroutine of the resources that is called with a Work, in the order of the modules' names."""
    for info in pkgutil.iter_modules(resources.__path__, f"{resources.__name__}."):
        if info.ispkg and importlib.util.find_spec(f"{info.name}.actions") is not None:
            module = importlib.import_module(f"{info.name}.actions")
            for name, found in inspect.getmembers(module, inspect.iscoroutinefunction):
                is_its_own = found.__module__ == module.__name__ and not name.startswith("_")
                if is_its_own and next(iter(inspect.signature(found).parameters), "") == "work":
                    yield found


def lines(action: Action) -> list[Line]:
    """The action itself and every field that an end user may send, and one for all others."""
    return [
        Line(action, None, action.rights.always),
        *(Line(action, name, need) for name, need in action.rights.sent.items()),
    ]


def refused_fields(action: Action) -> list[str]:
    """The fields of the action's draft that no end user may send; a query only looks."""
    is_query = action.name.endswith((": list", ": fetch"))
    fields = msgspec.structs.fields(action.draft) if action.draft is not None and not is_query else ()
    return [each.name for each in fields if each.name not in action.rights.sent]


def document() -> str:
    """The whole page."""
    every = actions()
    open_to_users = [each for each in every if each.rights.reach is not Reach.NOWHERE]
    rows = [_row(line) for each in open_to_users for line in lines(each)]
    closed = sorted({each.name for each in every if each.rights.reach is Reach.NOWHERE})
    free = [f"* {each.name}: {each.rights.why}." for each in open_to_users if each.rights.why]
    head = ("Action", "Parameter", "Takes part", "Own", "Another's")
    names = [(f"`{each}`", _holders(each)) for each in Permission]
    accounts = textwrap.fill(_ACCOUNTS_ONLY.format(names="; ".join(closed)), 120, break_on_hyphens=False)
    parts = [_OPENING, table(head, rows), _FREE.format(lines="\n".join(free)), _ACCOUNTS, f"{accounts}\n"]
    parts += [_CALLS, table(("Call", "Action"), list(_calls(every))), _NAMES]
    return "\n".join([*parts, table(("Permission", "Roles of"), names)])


def _calls(every: Sequence[Action]) -> Iterator[tuple[str, str]]:
    names = {each.action: each.name for each in every}
    for route in (route for each in CLIENT_RESOURCES for route in routes(each)):
        yield f"`{route.method} {route.path}`", names[route.operation.action]


def _row(line: Line) -> tuple[str, ...]:
    rights = line.action.rights
    takes_part = "yes" if rights.reach is Reach.CONVERSATION else ""
    parameter = "" if line.field is None else f"`{wire_name(line.field)}`"
    return line.action.name, parameter, takes_part, _cell(line.need.own), _cell(line.need.other)


def _cell(any_of: AnyOf | None) -> str:
    if any_of is None:
        return "refused"
    return ", ".join(f"`{each}`" for each in sorted(any_of)) or "none"


def _holders(permission: Permission) -> str:
    return ", ".join(sorted("participants" if type == "conversation" else "users" for type in PERMISSIONS[permission]))


if __name__ == "__main__":
    TARGET.write_text(document(), encoding="utf-8")
