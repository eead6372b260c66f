"""How a resource looks in the event feed: what of its facts callers are shown."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import msgspec

from parlour.contract.rest import Place


class Part(Protocol):
    """One thing in the payload of a fact."""

    def show(self, value: Any, at: Place) -> Any:
        """What callers are shown of *value*, as the event log keeps it."""
        ...


class Row:
    """A row, shown as over REST."""

    def __init__(self, model: type[msgspec.Struct], view: Callable[[Any, Place], msgspec.Struct]) -> None:
        """*model*: as which the log keeps it. *view*: that of the REST resource."""
        self.model, self.view = model, view
        self._kept = _lenient(model)

    def show(self, value: Any, at: Place) -> Any:
        return self.view(msgspec.convert(value, self._kept), at)


class Plain:
    """A text or a number that is shown as it is kept."""

    def __init__(self, means: str) -> None:
        """*means*: what it says, in a sentence for the reference."""
        self.means = means

    def show(self, value: Any, at: Place) -> Any:
        return value


Parts = Mapping[str, Part]
"""By the keys of a fact's payload: what of it is shown, and nothing else."""


def shown(parts: Parts, payload: Mapping[str, Any], at: Place) -> dict[str, Any]:
    """The *payload* of a fact as callers see it."""
    return {key: part.show(payload[key], at) for key, part in parts.items() if key in payload}


def _lenient(model: type[msgspec.Struct]) -> type[msgspec.Struct]:
    """The same Struct without what is required, since a fact that was kept before a column came does not have it."""
    fields: list[tuple[str, Any, Any]] = [(each.name, each.type | None, None) for each in msgspec.structs.fields(model)]
    return msgspec.defstruct(model.__name__, fields, bases=(model,), frozen=True, kw_only=True)
