"""How receipts look in the event feed."""

from parlour.contract.feed import Parts, Row
from parlour.resources.messages.model import Message
from parlour.resources.messages.rest import view as message_view
from parlour.resources.receipts import events
from parlour.resources.receipts.model import Receipt
from parlour.resources.receipts.rest import view

FACTS: dict[str, Parts] = {events.UPDATED: {"receipt": Row(Receipt, view), "message": Row(Message, message_view)}}
"""By the type of a fact: what of it is shown."""
