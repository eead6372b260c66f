"""Facts about bindings. None of them holds a device's token."""

from parlour.core.events import Fact
from parlour.resources.bindings.model import Binding


def binding_added(binding: Binding) -> Fact:
    """A device was registered, or taken over from another identity."""
    return Fact(type="BindingAdded", payload={"binding": binding})


def binding_updated(binding: Binding) -> Fact:
    """A device was registered again by the same identity."""
    return Fact(type="BindingUpdated", payload={"binding": binding})


def binding_removed(binding: Binding) -> Fact:
    """A device gets nothing any more."""
    return Fact(type="BindingRemoved", payload={"binding": binding})
