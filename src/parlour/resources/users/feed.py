"""How users look in the event feed."""

from parlour.contract.feed import Parts, Row
from parlour.resources.users import events
from parlour.resources.users.model import SeenUser, User
from parlour.resources.users.rest import view

_USER: Parts = {"user": Row(User, view)}

FACTS: dict[str, Parts] = {
    events.ADDED: _USER,
    events.UPDATED: {"user": Row(SeenUser, view)},
    events.REMOVED: _USER,
}
"""By the type of a fact: what of it is shown."""
