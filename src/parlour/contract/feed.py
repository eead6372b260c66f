"""How a resource looks in the event feed: what of its facts callers are shown."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import msgspec

from parlour.contract.rest import Place
from parlour.core.facts import Fact


class Part(Protocol):
    """One member of a fact."""

    def show(self, value: Any, at: Place) -> Any:
        """What callers are shown of *value*."""
        ...


class Rendered:
    """A row, shown as over REST."""

    def __init__(self, view: Callable[[Any, Place], msgspec.Struct]) -> None:
        """*view*: that of the REST resource."""
        self.view = view

    def show(self, value: Any, at: Place) -> Any:
        return self.view(value, at)


class Plain:
    """A text or a number that is shown as it is kept."""

    def __init__(self, means: str) -> None:
        """*means*: what it says, in a sentence for the reference."""
        self.means = means

    def show(self, value: Any, at: Place) -> Any:
        return value


Members = Mapping[str, Part]
"""By the names of a fact's members: what of it is shown, and nothing else."""
FactMembers = Mapping[type[Fact], Members]
"""By the types of facts."""


def shown(parts: Members, fact: Fact, at: Place) -> dict[str, Any]:
    """The payload of *fact* as callers see it, without members that were not kept with it."""
    kept = {name: getattr(fact, name) for name in parts}
    return {name: parts[name].show(value, at) for name, value in kept.items() if value is not None}
