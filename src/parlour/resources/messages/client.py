"""How messages, and what belongs to them, look to client SDKs."""

from typing import Any

import msgspec

from parlour.contract.rest import (
    CLIENT,
    Mount,
    PageSize,
    Place,
    Resource,
    create,
    delete,
    fetch,
    listing,
    update,
)
from parlour.contract.webhook import moment
from parlour.resources.conversations.client import conversations
from parlour.resources.conversations.rights import READ
from parlour.resources.messages import actions, rights
from parlour.resources.messages.model import ClientMessageDraft, Message, MessageEdit, RecipientQuery


class ClientMessageView(msgspec.Struct):
    """A message as its sender learns of it; all others see it in the Sync object."""

    sid: str
    index: int
    author: str
    participant_sid: str | None
    body: str | None
    attributes: str
    date_created: str
    date_updated: str


class NoView(msgspec.Struct):
    """What parlour has none of yet, so that no row is ever shown."""


def view(message: Message, at: Place) -> ClientMessageView:
    """The row of *message*."""
    return ClientMessageView(
        sid=message.sid,
        index=message.index,
        author=message.author,
        participant_sid=message.participant_sid,
        body=message.body,
        attributes=message.attributes,
        date_created=moment(message.created_at),
        date_updated=moment(message.updated_at),
    )


def no_view(nothing: Any, at: Place) -> NoView:
    """Of what there is none yet."""
    return NoView()


messages = Resource(
    name="ClientMessage",
    segment="Messages",
    parent=conversations,
    above="ConversationSid",
    mount=Mount.CALLER,
    prefix=CLIENT,
    row=ClientMessageView,
    view=view,
    operations=(
        create(ClientMessageDraft, actions.send_attached, rights=rights.SEND_ATTACHED),
        update(MessageEdit, actions.update, rights=rights.UPDATE),
        delete(actions.delete, rights=rights.DELETE),
    ),
)
channel_metadata = Resource(
    name="ClientChannelMetadata",
    segment="ChannelMetadata",
    parent=messages,
    above="MessageSid",
    singleton=True,
    mount=Mount.CALLER,
    prefix=CLIENT,
    row=NoView,
    view=no_view,
    operations=(fetch(actions.channel_metadata, rights=READ),),
)
message_recipients = Resource(
    name="ClientMessageRecipient",
    segment="MessageRecipients",
    parent=conversations,
    above="ConversationSid",
    key="message_recipients",
    mount=Mount.CALLER,
    prefix=CLIENT,
    page=PageSize(default=50, maximum=100),
    row=NoView,
    view=no_view,
    operations=(listing(actions.recipients, RecipientQuery, rights=READ),),
)
content_templates = Resource(
    name="ClientContentTemplate",
    segment="ContentTemplates",
    key="templates",
    mount=Mount.CALLER,
    prefix=CLIENT,
    page=PageSize(default=50, maximum=100),
    row=NoView,
    view=no_view,
    operations=(listing(actions.content_templates, rights=rights.LOOK_AT_TEMPLATES),),
)
