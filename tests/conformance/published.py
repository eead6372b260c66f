"""The 103 published operations as data, and the routes that serve them."""

import re
from pathlib import Path
from typing import Any

import msgspec

from parlour.contract.rest import OWN, Route, routes
from parlour.resources.catalogue import RESOURCES

Schema = dict[str, Any]
PAGING = {"PageSize", "Page", "PageToken"}


class Shape(msgspec.Struct, frozen=True):
    """What an answer holds."""

    row: dict[str, Schema]
    key: str = ""
    """Under which name a page holds its rows."""
    meta: tuple[str, ...] = ()


class Published(msgspec.Struct, frozen=True):
    """One operation."""

    id: str
    method: str
    path: str
    path_params: tuple[str, ...]
    query: dict[str, Schema]
    form: dict[str, Schema]
    headers: tuple[str, ...]
    required: tuple[str, ...]
    responses: dict[str, Shape | None]


class _File(msgspec.Struct):
    operations: list[Published]


_text = Path(__file__).with_name("operations.json").read_bytes()
PUBLISHED = {operation.id: operation for operation in msgspec.json.decode(_text, type=_File).operations}
EVERY: dict[str, Route] = {route.id: route for resource in RESOURCES for route in routes(resource)}
SERVED = {id: route for id, route in EVERY.items() if route.resource.prefix != OWN}
"""The published operations."""
OURS = {id: route for id, route in EVERY.items() if route.resource.prefix == OWN}
"""Those that the published API does not have."""
NOT_HERE = {"UpdateClock"}
"""Refused by the parlour of the tests, whose clock is no virtual one; see tests/resources/clock/."""

_OF_LISTS = {"Parlour-Sort", "Parlour-Order", "Parlour-Include", "Parlour-Count", "Parlour-Attributes.<key>"}
OWN_PARAMETERS = {
    "Conversation": _OF_LISTS,
    "UserConversation": _OF_LISTS | {"Parlour-State"},
    "ParticipantConversation": _OF_LISTS,
}
"""What published lists take beyond what is published, by the resource."""
_PATTERNS = [
    (route.method, re.compile(re.sub(r"\{\w+\}", "[^/]+", route.path)), route)
    # The longest first, so that a name that is written out wins over one that may be anything.
    for route in sorted(SERVED.values(), key=lambda route: -len(route.path))
]


def route_of(method: str, path: str) -> Route | None:
    """The operation that a request is a call of."""
    return next((route for each, pattern, route in _PATTERNS if each == method and pattern.fullmatch(path)), None)
