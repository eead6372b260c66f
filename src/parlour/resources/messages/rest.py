"""How messages look over REST."""

from collections.abc import Sequence

import msgspec

from parlour.contract.rest import (
    Mount,
    PageSize,
    Place,
    Resource,
    ShownDate,
    create,
    delete,
    fetch,
    listing,
    shown_date,
    update,
)
from parlour.resources.conversations.rest import conversations
from parlour.resources.conversations.rights import READ
from parlour.resources.messages import actions, rights
from parlour.resources.messages.model import (
    ListedMessage,
    Message,
    MessageDraft,
    MessageEdit,
    MessageQuery,
    delivery_words,
)


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


class MessageLinks(msgspec.Struct, gc=False):
    """Where more about a message is found."""

    delivery_receipts: str
    channel_metadata: str


class MessageView(msgspec.Struct, gc=False):
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
    date_created: ShownDate
    date_updated: ShownDate
    url: str
    links: MessageLinks
    chat_service_sid: str | msgspec.UnsetType = msgspec.UNSET


def view(message: Message, at: Place) -> MessageView:
    """The row of *message* at the place where it was asked for."""
    listed = ListedMessage(
        sid=message.sid,
        conversation_sid=message.conversation_sid,
        index=message.index,
        author=message.author,
        participant_sid=message.participant_sid,
        body=message.body,
        attributes=message.attributes,
        created_at=shown_date(message.created_at),
        updated_at=shown_date(message.updated_at),
        delivery=message.delivery,
    )
    return views((listed,), at)[0]


def views(messages: Sequence[ListedMessage], at: Place) -> list[MessageView]:
    """The rows of *messages*. By place, as Python takes half as long to hand over nothing by name."""
    account, named_service, start = at.scope.account, at.named_service, f"{at.root}/Conversations/"
    rows = []
    for each in messages:
        sid, conversation_sid, delivery = each.sid, each.conversation_sid, each.delivery
        url = f"{start}{conversation_sid}/Messages/{sid}"
        rows.append(
            MessageView(
                sid,
                account,
                conversation_sid,
                each.index,
                each.author,
                each.participant_sid,
                each.body,
                None,  # media
                each.attributes,
                None,  # content_sid
                None if delivery is None else msgspec.convert(delivery_words(delivery), DeliveryView),
                each.created_at,
                each.updated_at,
                url,
                MessageLinks(f"{url}/Receipts", f"{url}/ChannelMetadata"),
                named_service,
            )
        )
    return rows


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
    views=views,
    operations=(
        create(MessageDraft, actions.send, hooks=True, rights=rights.SEND),
        listing(actions.page, MessageQuery, rights=READ),
        fetch(actions.fetch, rights=READ),
        update(MessageEdit, actions.update, hooks=True, rights=rights.UPDATE),
        delete(actions.delete, hooks=True, rights=rights.DELETE),
    ),
)
