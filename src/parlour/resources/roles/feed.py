"""How roles look in the event feed."""

from parlour.contract.feed import FactMembers, Members, Rendered
from parlour.resources.roles.facts import RoleAdded, RoleRemoved, RoleUpdated
from parlour.resources.roles.rest import view

_ROLE: Members = {"role": Rendered(view)}

FACTS: FactMembers = {RoleAdded: _ROLE, RoleUpdated: _ROLE, RoleRemoved: _ROLE}
"""By the type of a fact: what of it is shown."""
