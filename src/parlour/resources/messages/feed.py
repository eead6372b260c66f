"""How messages look in the event feed."""

from parlour.contract.feed import Parts, Row
from parlour.resources.messages import events
from parlour.resources.messages.model import Message
from parlour.resources.messages.rest import view

_MESSAGE: Parts = {"message": Row(Message, view)}

FACTS = {events.ADDED: _MESSAGE, events.UPDATED: _MESSAGE, events.REMOVED: _MESSAGE}
"""By the type of a fact: what of it is shown."""
