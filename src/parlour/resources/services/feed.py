"""How services look in the event feed."""

from parlour.contract.feed import Parts, Row
from parlour.resources.services import events
from parlour.resources.services.model import Service
from parlour.resources.services.rest import view

_SERVICE: Parts = {"service": Row(Service, view)}

FACTS = {events.ADDED: _SERVICE, events.REMOVED: _SERVICE}
"""By the type of a fact: what of it is shown."""
