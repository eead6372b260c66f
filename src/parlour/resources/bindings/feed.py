"""How bindings look in the event feed."""

from parlour.contract.feed import Parts, Row
from parlour.resources.bindings import events
from parlour.resources.bindings.model import Binding
from parlour.resources.bindings.rest import view

_BINDING: Parts = {"binding": Row(Binding, view)}

FACTS = {events.ADDED: _BINDING, events.UPDATED: _BINDING, events.REMOVED: _BINDING}
"""By the type of a fact: what of it is shown."""
