"""How roles look in the event feed."""

from parlour.contract.feed import FactParts, Parts, Rendered
from parlour.resources.roles.facts import RoleAdded, RoleRemoved, RoleUpdated
from parlour.resources.roles.rest import view

_ROLE: Parts = {"role": Rendered(view)}

FACTS: FactParts = {RoleAdded: _ROLE, RoleUpdated: _ROLE, RoleRemoved: _ROLE}
"""By the type of a fact: what of it is shown."""
