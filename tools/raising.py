"""Finds which errors an operation can raise, by reading the code of its parameters and of its action.

It follows names: what a function calls in parlour, and what that calls, and from the type of a fact its reactions.
Calls through objects are not followed; what any request can meet on its way is found in the machinery itself.
"""

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import parlour
from parlour.contract.form import Form
from parlour.contract.rest import Route
from parlour.contract.webhook import PreAction
from parlour.core.errors import ApiError, WebhookRefused, catalogue
from parlour.core.facts import Fact
from parlour.resources.catalogue import REACTIONS

Entries = frozenset[type[ApiError]]

PARLOUR = Path(parlour.__file__).parent
MACHINERY = (
    "http",
    "rest",
    "observe",
    "compat/endpoints.py",
    "storage",
    "serving/connection.py",
    "contract/invoke.py",
    "contract/pages.py",
)
"""Where what any operation can meet is raised."""


def raised_by(route: Route) -> Entries:
    """What the operation's parameters and its action can raise."""
    found = set(_reachable(route.operation.action))
    for parameter in route.parameters:
        found |= _of_reader(parameter.reader)
    return frozenset(found)


@cache
def raised_anywhere() -> Entries:
    """What the machinery raises before or after an action."""
    by_name = {entry.__name__: entry for entry in catalogue()}
    places = [PARLOUR / each for each in MACHINERY]
    files = [path for each in places for path in ([each] if each.is_file() else sorted(each.rglob("*.py")))]
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in files]
    named = {node.id for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return frozenset(entry for name, entry in by_name.items() if name in named)


def _of_reader(reader: Any) -> Entries:
    """What reading one parameter can raise: the errors the reader was given, those it names, those of its checks."""
    found: set[type[ApiError]] = set()
    for method in ("read", "parse"):
        found |= _reachable(getattr(type(reader), method, None))
    for part in vars(reader).values():
        found |= {part} if _is_entry(part) else _reachable(part) if isinstance(part, FunctionType) else set()
        found |= _of_reader(part) if hasattr(part, "schema") else set()
        for parameter in part.parameters() if isinstance(part, Form) else ():
            found |= _of_reader(parameter.reader)
    return frozenset(found)


def reaches(start: Callable[..., Any], *targets: Callable[..., Any]) -> bool:
    """Whether *start*, or what it calls, names one of *targets*."""
    seen: set[Any] = set()
    waiting: list[Any] = [start]
    while waiting:
        each = waiting.pop()
        if any(each is target for target in targets):
            return True
        if isinstance(each, FunctionType) and each not in seen and _is_ours(each):
            seen.add(each)
            waiting += _named_in(each)
    return False


@cache
def _reachable(start: Any) -> Entries:
    found: set[type[ApiError]] = set()
    seen: set[Any] = set()
    waiting = [start]
    while waiting:
        each = waiting.pop()
        if _is_entry(each):
            found.add(each)
        elif isinstance(each, PreAction):
            found.add(WebhookRefused)  # by whoever is asked, which is called through an object
        elif isinstance(each, type) and issubclass(each, Fact):
            waiting += REACTIONS.get(each, ())
        elif isinstance(each, FunctionType) and each not in seen and _is_ours(each):
            seen.add(each)
            waiting += _named_in(each)
    return frozenset(found)


def _named_in(function: FunctionType) -> Iterator[Any]:
    """What the names in the function's code stand for: ``send``, ``queries.get``."""
    around = function.__globals__
    for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(function)))):
        if isinstance(node, ast.Name):
            yield around.get(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            module = around.get(node.value.id)
            if isinstance(module, ModuleType):
                yield getattr(module, node.attr, None)


def _is_entry(thing: Any) -> bool:
    return isinstance(thing, type) and issubclass(thing, ApiError) and thing is not ApiError


def _is_ours(function: FunctionType) -> bool:
    return function.__module__.startswith("parlour.")
