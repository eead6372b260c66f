"""Facts about bindings. None of them holds a device's token."""

from parlour.core.facts import Fact
from parlour.resources.bindings.model import Binding


class BindingFact(Fact, frozen=True, kw_only=True):
    """Something happened to a binding."""

    binding: Binding

    @property
    def subject_sid(self) -> str:
        return self.binding.sid


class BindingAdded(BindingFact, frozen=True, kw_only=True):
    """A device was registered, or taken over from another identity."""


class BindingUpdated(BindingFact, frozen=True, kw_only=True):
    """A device was registered again by the same identity."""


class BindingRemoved(BindingFact, frozen=True, kw_only=True):
    """A device gets nothing any more."""
