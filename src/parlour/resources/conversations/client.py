"""How conversations look to client SDKs."""

from enum import StrEnum

import msgspec
from msgspec import UNSET, UnsetType

from parlour.contract.rest import CLIENT, Mount, Place, Resource, create, delete, fetch, update
from parlour.contract.webhook import moment
from parlour.core.sync_names import ConversationObjects
from parlour.resources.conversations import actions, rights
from parlour.resources.conversations.model import Conversation, ConversationDraft, ConversationEdit, Seen
from parlour.resources.memberships.model import Participation


class Standing(StrEnum):
    """How the caller stands to a conversation."""

    JOINED = "joined"
    OUTSIDE = "notParticipating"


class ConversationLinks(msgspec.Struct):
    """Where a conversation leads."""

    participants: str
    messages: str


class ClientConversationView(msgspec.Struct):
    """A conversation as an end user sees it.

    A client SDK writes what is missing here over what it knows, so nothing that it shows of a conversation is left out.
    What is the caller's own is known where the conversation is fetched.
    """

    sid: str
    friendly_name: str | None
    unique_name: str | None
    attributes: str
    state: str
    created_by: str
    date_created: str
    date_updated: str
    participants_count: int
    messages_count: int
    url: str
    links: ConversationLinks
    sync_objects: ConversationObjects
    status: Standing | UnsetType = UNSET
    notification_level: str | UnsetType = UNSET
    last_read_message_index: int | UnsetType | None = UNSET


def view(shown: Conversation | Seen, at: Place) -> ClientConversationView:
    """The row of a conversation, with what is the caller's own if *shown* says so."""
    conversation = shown.conversation if isinstance(shown, Seen) else shown
    url = f"{at.root}/Conversations/{conversation.sid}"
    row = ClientConversationView(
        sid=conversation.sid,
        friendly_name=conversation.friendly_name,
        unique_name=conversation.unique_name,
        attributes=conversation.attributes,
        state=conversation.state,
        created_by=conversation.created_by,
        date_created=moment(conversation.created_at),
        date_updated=moment(conversation.updated_at),
        participants_count=conversation.participant_count,
        messages_count=conversation.message_count,
        url=url,
        links=ConversationLinks(f"{url}/Participants", f"{url}/Messages"),
        sync_objects=ConversationObjects.of(conversation.sid),
    )
    if isinstance(shown, Seen):
        row.status = Standing.OUTSIDE
        if isinstance(shown.membership, Participation):
            row.status = Standing.JOINED
            row.notification_level = shown.membership.notification_level
            row.last_read_message_index = shown.membership.last_read_index
    return row


conversations = Resource(
    name="ClientConversation",
    segment="Conversations",
    mount=Mount.CALLER,
    prefix=CLIENT,
    row=ClientConversationView,
    view=view,
    operations=(
        create(ConversationDraft, actions.create, rights=rights.CREATE),
        fetch(actions.look, rights=rights.READ),
        update(ConversationEdit, actions.update, rights=rights.UPDATE),
        delete(actions.delete, rights=rights.DELETE),
    ),
)
