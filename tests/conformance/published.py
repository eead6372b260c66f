"""The 103 published operations as data, and which of them are served so far."""

from pathlib import Path
from typing import Any

import msgspec

from parlour.contract.rest import Route, routes
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
SERVED: dict[str, Route] = {route.id: route for resource in RESOURCES for route in routes(resource)}

NOT_YET_SERVED = (
    "/v1/ConversationWithParticipants",
    "/v1/Conversations/{ConversationSid}/Webhooks",
    "/v1/Services/{ChatServiceSid}/Bindings",
    "/v1/Services/{ChatServiceSid}/ConversationWithParticipants",
    "/v1/Services/{ChatServiceSid}/Conversations/{ConversationSid}/Webhooks",
)
"""Everything at these paths and below. A line goes when its resource joins the catalogue."""


def is_missing(operation: Published) -> bool:
    """Whether the operation is known not to be served yet."""
    return any(operation.path == path or operation.path.startswith(f"{path}/") for path in NOT_YET_SERVED)
