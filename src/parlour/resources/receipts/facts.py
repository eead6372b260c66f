"""Facts about receipts."""

from typing import ClassVar

from parlour.core.audience import Audience
from parlour.core.facts import Fact
from parlour.resources.messages.model import Message
from parlour.resources.receipts.model import Receipt


class DeliveryUpdated(Fact, frozen=True, kw_only=True):
    """A receipt came into being or moved on; *message* is what that made of its message.

    Where the status is ``queued``, callers do not see the receipt yet. Webhooks get it whoever sent the message, and
    however.
    """

    always_concerns: ClassVar[Audience] = Audience.WEBHOOK

    receipt: Receipt
    message: Message

    @property
    def event_id(self) -> int:
        return self.message.last_event_id

    @property
    def conversation_sid(self) -> str:
        return self.receipt.conversation_sid

    @property
    def subject_sid(self) -> str:
        return self.receipt.sid
