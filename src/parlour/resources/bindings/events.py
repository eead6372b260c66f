"""Facts about bindings. None of them holds a device's token."""

from parlour.core.events import Fact
from parlour.resources.bindings.model import Binding

ADDED = "BindingAdded"
UPDATED = "BindingUpdated"
REMOVED = "BindingRemoved"


def binding_added(binding: Binding) -> Fact:
    """A device was registered, or taken over from another identity."""
    return Fact(type=ADDED, payload={"binding": binding})


def binding_updated(binding: Binding) -> Fact:
    """A device was registered again by the same identity."""
    return Fact(type=UPDATED, payload={"binding": binding})


def binding_removed(binding: Binding) -> Fact:
    """A device gets nothing any more."""
    return Fact(type=REMOVED, payload={"binding": binding})
