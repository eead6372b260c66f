"""How services look in the event feed."""

from parlour.contract.feed import FactMembers, Members, Rendered
from parlour.resources.services.facts import ServiceAdded, ServiceRemoved
from parlour.resources.services.rest import view

_SERVICE: Members = {"service": Rendered(view)}

FACTS: FactMembers = {ServiceAdded: _SERVICE, ServiceRemoved: _SERVICE}
"""By the type of a fact: what of it is shown."""
