"""How client SDKs see the conversations of the user who calls."""

from collections.abc import Sequence

import msgspec

from parlour.contract.rest import CLIENT, Mount, PageSize, Place, Resource, fetch, listing, update
from parlour.contract.webhook import moment
from parlour.core.sync_names import ConversationObjects
from parlour.resources.conversations.client import Standing
from parlour.resources.user_conversations import actions, rights
from parlour.resources.user_conversations.model import (
    MyConversation,
    OpenConversation,
    UserConversationEdit,
)


class OpenConversationView(msgspec.Struct, gc=False):
    """What a client SDK needs to open all conversations of a user: each byte of it is time before the first is seen."""

    conversation_sid: str
    status: Standing
    sync_objects: ConversationObjects
    last_read_message_index: int | None
    notification_level: str


class MyConversationView(msgspec.Struct):
    """A conversation as the user who calls has it."""

    conversation_sid: str
    status: Standing
    sync_objects: ConversationObjects
    last_read_message_index: int | None
    notification_level: str
    unread_messages_count: int | None
    friendly_name: str | None
    unique_name: str | None
    attributes: str
    state: str
    created_by: str
    date_created: str
    date_updated: str


def view(row: MyConversation, at: Place) -> MyConversationView:
    """The row by itself."""
    conversation = row.conversation
    return MyConversationView(
        conversation_sid=conversation.sid,
        status=Standing.JOINED,
        sync_objects=ConversationObjects.of(conversation.sid),
        last_read_message_index=row.last_read_index,
        notification_level=row.notification_level,
        unread_messages_count=row.unread_count,
        friendly_name=conversation.friendly_name,
        unique_name=conversation.unique_name,
        attributes=conversation.attributes,
        state=conversation.state,
        created_by=conversation.created_by,
        date_created=moment(conversation.created_at),
        date_updated=moment(conversation.updated_at),
    )


def views(rows: Sequence[OpenConversation], at: Place) -> list[OpenConversationView]:
    """The rows of a page."""
    of, joined = ConversationObjects.of, Standing.JOINED
    return [
        OpenConversationView(
            row.conversation_sid, joined, of(row.conversation_sid), row.last_read_index, row.notification_level
        )
        for row in rows
    ]


my_conversations = Resource(
    name="MyConversation",
    segment="MyConversations",
    key="conversations",
    mount=Mount.CALLER,
    prefix=CLIENT,
    of_caller=True,
    page=PageSize(default=1000, maximum=1000),
    row=MyConversationView,
    view=view,
    views=views,
    operations=(
        listing(actions.page_of_caller, rights=rights.READ),
        fetch(actions.fetch_of_caller, rights=rights.READ),
        update(UserConversationEdit, actions.update_of_caller, rights=rights.UPDATE),
    ),
)
"""All of a page at once: a client SDK reads the pages one after the other before it begins with anything else."""
