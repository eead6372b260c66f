"""How roles look in the event feed."""

from parlour.contract.feed import Parts, Row
from parlour.resources.roles import events
from parlour.resources.roles.model import Role
from parlour.resources.roles.rest import view

_ROLE: Parts = {"role": Row(Role, view)}

FACTS = {events.ADDED: _ROLE, events.UPDATED: _ROLE, events.REMOVED: _ROLE}
"""By the type of a fact: what of it is shown."""
