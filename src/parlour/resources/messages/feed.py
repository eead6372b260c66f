"""How messages look in the event feed."""

from parlour.contract.feed import FactMembers, Members, Rendered
from parlour.resources.messages.facts import MessageAdded, MessageRemoved, MessageUpdated
from parlour.resources.messages.rest import view

_MESSAGE: Members = {"message": Rendered(view)}

FACTS: FactMembers = {MessageAdded: _MESSAGE, MessageUpdated: _MESSAGE, MessageRemoved: _MESSAGE}
"""By the type of a fact: what of it is shown."""
