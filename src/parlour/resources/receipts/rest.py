"""How receipts look over REST."""

from datetime import datetime

import msgspec

from parlour.contract.rest import Mount, Place, Resource, fetch, listing, whole
from parlour.resources.conversations.rights import READ
from parlour.resources.messages.rest import messages
from parlour.resources.receipts import actions
from parlour.resources.receipts.model import Receipt


class ReceiptView(msgspec.Struct):
    """A receipt as callers see it."""

    sid: str
    account_sid: str
    conversation_sid: str
    message_sid: str
    participant_sid: str
    channel_message_sid: str | None
    status: str
    error_code: int
    date_created: datetime
    date_updated: datetime
    url: str
    chat_service_sid: str | msgspec.UnsetType = msgspec.UNSET


def view(receipt: Receipt, at: Place) -> ReceiptView:
    """The row of *receipt* at the place where it was asked for."""
    message = f"{at.root}/Conversations/{receipt.conversation_sid}/Messages/{receipt.message_sid}"
    return ReceiptView(
        sid=receipt.sid,
        account_sid=at.scope.account,
        chat_service_sid=at.named_service,
        conversation_sid=receipt.conversation_sid,
        message_sid=receipt.message_sid,
        participant_sid=receipt.participant_sid,
        channel_message_sid=receipt.channel_message_sid,
        status=receipt.status,
        error_code=receipt.error_code,
        date_created=whole(receipt.created_at),
        date_updated=whole(receipt.updated_at),
        url=f"{message}/Receipts/{receipt.sid}",
    )


receipts = Resource(
    name="ConversationMessageReceipt",
    segment="Receipts",
    parent=messages,
    above="MessageSid",
    key="delivery_receipts",
    mount=Mount.BOTH,
    row=ReceiptView,
    view=view,
    operations=(listing(actions.page, rights=READ), fetch(actions.fetch, rights=READ)),
)
