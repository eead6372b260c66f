"""How receipts look to client SDKs."""

import msgspec

from parlour.contract.rest import CLIENT, Mount, PageSize, Place, Resource, listing
from parlour.contract.webhook import moment
from parlour.resources.conversations.rights import READ
from parlour.resources.messages.client import messages
from parlour.resources.receipts import actions
from parlour.resources.receipts.model import Receipt


class ClientReceiptView(msgspec.Struct):
    """A receipt as an end user sees it."""

    sid: str
    message_sid: str
    conversation_sid: str
    channel_message_sid: str | None
    participant_sid: str
    status: str
    error_code: int
    date_created: str
    date_updated: str


def view(receipt: Receipt, at: Place) -> ClientReceiptView:
    """The row of *receipt*."""
    return ClientReceiptView(
        sid=receipt.sid,
        message_sid=receipt.message_sid,
        conversation_sid=receipt.conversation_sid,
        channel_message_sid=receipt.channel_message_sid,
        participant_sid=receipt.participant_sid,
        status=receipt.status,
        error_code=receipt.error_code,
        date_created=moment(receipt.created_at),
        date_updated=moment(receipt.updated_at),
    )


receipts = Resource(
    name="ClientReceipt",
    segment="Receipts",
    parent=messages,
    above="MessageSid",
    key="delivery_receipts",
    mount=Mount.CALLER,
    prefix=CLIENT,
    page=PageSize(default=50, maximum=100),
    row=ClientReceiptView,
    view=view,
    operations=(listing(actions.page, rights=READ),),
)
