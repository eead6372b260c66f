"""Facts about receipts."""

from parlour.core.events import Fact
from parlour.resources.messages.model import Message
from parlour.resources.receipts.model import Receipt

UPDATED = "DeliveryUpdated"


def delivery_updated(receipt: Receipt, message: Message) -> Fact:
    """A receipt came into being or moved on; *message* is what that made of its message.

    Where the status is ``queued``, callers do not see the receipt yet. Webhooks are told whoever sent the message, and
    however.
    """
    return Fact(
        type=UPDATED,
        id=message.last_event_id,
        conversation_sid=receipt.conversation_sid,
        payload={"receipt": receipt, "message": message},
        webhooks=True,
    )
