"""How messages look over REST."""

from datetime import datetime

import msgspec

from parlour.contract.rest import Mount, PageSize, Place, Resource, create, delete, fetch, listing, update, whole
from parlour.resources.conversations.rest import conversations
from parlour.resources.conversations.rights import READ
from parlour.resources.messages import actions, rights
from parlour.resources.messages.model import Message, MessageDraft, MessageEdit, MessageQuery


class MediaView(msgspec.Struct):
    """An attachment as callers see it."""

    sid: str
    size: int
    content_type: str
    filename: str | None


class DeliveryView(msgspec.Struct):
    """The summary of a message's receipts: each ``none``, ``some`` or ``all``."""

    total: int
    sent: str
    delivered: str
    read: str
    failed: str
    undelivered: str


class MessageView(msgspec.Struct):
    """A message as callers see it."""

    sid: str
    account_sid: str
    conversation_sid: str
    index: int
    author: str
    participant_sid: str | None
    body: str | None
    media: list[MediaView] | None
    attributes: str
    content_sid: str | None
    delivery: DeliveryView | None
    date_created: datetime
    date_updated: datetime
    url: str
    links: dict[str, str]
    chat_service_sid: str | msgspec.UnsetType = msgspec.UNSET


def view(message: Message, at: Place) -> MessageView:
    """The row of *message* at the place where it was asked for."""
    url = f"{at.root}/Conversations/{message.conversation_sid}/Messages/{message.sid}"
    return MessageView(
        sid=message.sid,
        account_sid=at.scope.account,
        chat_service_sid=at.named_service,
        conversation_sid=message.conversation_sid,
        index=message.index,
        author=message.author,
        participant_sid=message.participant_sid,
        body=message.body,
        media=None,
        attributes=message.attributes,
        content_sid=None,
        delivery=_delivery(message.delivery) if message.delivery is not None else None,
        date_created=whole(message.created_at),
        date_updated=whole(message.updated_at),
        url=url,
        links={"delivery_receipts": f"{url}/Receipts", "channel_metadata": f"{url}/ChannelMetadata"},
    )


def _delivery(reached: dict[str, int]) -> DeliveryView:
    total = reached["total"]
    words = {name: _share(reached[name], total) for name in ("sent", "delivered", "read", "failed", "undelivered")}
    return DeliveryView(total=total, **words)


def _share(number: int, total: int) -> str:
    if number == 0:
        return "none"
    return "all" if number == total else "some"


messages = Resource(
    name="ConversationMessage",
    segment="Messages",
    parent=conversations,
    above="ConversationSid",
    key="messages",
    mount=Mount.BOTH,
    page=PageSize(maximum=100),
    row=MessageView,
    view=view,
    operations=(
        create(MessageDraft, actions.send, hooks=True, rights=rights.SEND),
        listing(actions.page, MessageQuery, rights=READ),
        fetch(actions.fetch, rights=READ),
        update(MessageEdit, actions.update, hooks=True, rights=rights.UPDATE),
        delete(actions.delete, hooks=True, rights=rights.DELETE),
    ),
)
