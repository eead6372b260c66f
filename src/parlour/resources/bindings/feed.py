"""How bindings look in the event feed."""

from parlour.contract.feed import FactMembers, Members, Rendered
from parlour.resources.bindings.facts import BindingAdded, BindingRemoved, BindingUpdated
from parlour.resources.bindings.rest import view

_BINDING: Members = {"binding": Rendered(view)}

FACTS: FactMembers = {BindingAdded: _BINDING, BindingUpdated: _BINDING, BindingRemoved: _BINDING}
"""By the type of a fact: what of it is shown."""
