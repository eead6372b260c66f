"""How services look in the event feed."""

from parlour.contract.feed import FactParts, Parts, Rendered
from parlour.resources.services.facts import ServiceAdded, ServiceRemoved
from parlour.resources.services.rest import view

_SERVICE: Parts = {"service": Rendered(view)}

FACTS: FactParts = {ServiceAdded: _SERVICE, ServiceRemoved: _SERVICE}
"""By the type of a fact: what of it is shown."""
