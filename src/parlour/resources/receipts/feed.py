"""How receipts look in the event feed."""

from parlour.contract.feed import FactParts, Row
from parlour.resources.messages.rest import view as message_view
from parlour.resources.receipts.facts import DeliveryUpdated
from parlour.resources.receipts.rest import view

FACTS: FactParts = {DeliveryUpdated: {"receipt": Row(view), "message": Row(message_view)}}
"""By the type of a fact: what of it is shown."""
