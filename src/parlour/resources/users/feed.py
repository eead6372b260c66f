"""How users look in the event feed."""

from parlour.contract.feed import FactMembers, Members, Rendered
from parlour.resources.users.facts import UserAdded, UserReachabilityChanged, UserRemoved, UserUpdated
from parlour.resources.users.rest import view

_USER: Members = {"user": Rendered(view)}

FACTS: FactMembers = {
    UserAdded: _USER,
    UserUpdated: _USER,
    UserReachabilityChanged: _USER,
    UserRemoved: _USER,
}
"""By the type of a fact: what of it is shown."""
