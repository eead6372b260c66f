"""How receipts look in the event feed."""

from parlour.contract.feed import FactMembers, Rendered
from parlour.resources.messages.rest import view as message_view
from parlour.resources.receipts.facts import DeliveryUpdated
from parlour.resources.receipts.rest import view

FACTS: FactMembers = {DeliveryUpdated: {"receipt": Rendered(view), "message": Rendered(message_view)}}
"""By the type of a fact: what of it is shown."""
