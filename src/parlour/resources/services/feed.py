"""How services look in the event feed."""

from parlour.contract.feed import FactParts, Parts, Row
from parlour.resources.services.facts import ServiceAdded, ServiceRemoved
from parlour.resources.services.rest import view

_SERVICE: Parts = {"service": Row(view)}

FACTS: FactParts = {ServiceAdded: _SERVICE, ServiceRemoved: _SERVICE}
"""By the type of a fact: what of it is shown."""
