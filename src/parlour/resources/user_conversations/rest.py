"""How a user's conversations look over REST."""

import msgspec
from msgspec import UNSET, UnsetType

from parlour.contract.rest import Mount, PageSize, Place, Resource, ShownDate, delete, fetch, listing, update
from parlour.resources.list_extensions.model import Included
from parlour.resources.participants.rest import MembershipLinks, timers_shown
from parlour.resources.user_conversations import actions, rights
from parlour.resources.user_conversations.model import (
    UserConversation,
    UserConversationEdit,
    UserConversationQuery,
)
from parlour.resources.users.rest import users


class UserConversationView(msgspec.Struct, gc=False):
    """A user's conversation as callers see it."""

    account_sid: str
    chat_service_sid: str
    conversation_sid: str
    unread_messages_count: int | None
    last_read_message_index: int | None
    participant_sid: str
    user_sid: str
    friendly_name: str | None
    conversation_state: str
    timers: dict[str, ShownDate]
    attributes: str
    date_created: ShownDate
    date_updated: ShownDate
    created_by: str
    notification_level: str
    unique_name: str | None
    url: str
    links: MembershipLinks
    parlour: Included | UnsetType = UNSET


def view(row: UserConversation, at: Place) -> UserConversationView:
    """The row at the place where it was asked for."""
    conversation = f"{at.root}/Conversations/{row.conversation_sid}"
    return UserConversationView(
        account_sid=at.scope.account,
        chat_service_sid=at.service,
        conversation_sid=row.conversation_sid,
        unread_messages_count=row.unread_count,
        last_read_message_index=row.last_read_index,
        participant_sid=row.participant_sid,
        user_sid=row.user_sid,
        friendly_name=row.friendly_name,
        conversation_state=row.state,
        timers=timers_shown(row.inactive_due_at, row.closed_due_at),
        attributes=row.attributes,
        date_created=row.created_at,
        date_updated=row.updated_at,
        created_by=row.created_by,
        notification_level=row.notification_level,
        unique_name=row.unique_name,
        url=f"{at.root}/Users/{row.user_sid}/Conversations/{row.conversation_sid}",
        links=MembershipLinks(f"{conversation}/Participants/{row.participant_sid}", conversation),
    )


user_conversations = Resource(
    name="UserConversation",
    segment="Conversations",
    parent=users,
    above="UserSid",
    reference="ConversationSid",
    key="conversations",
    mount=Mount.BOTH,
    page=PageSize(maximum=1000),
    row=UserConversationView,
    view=view,
    operations=(
        listing(actions.page, UserConversationQuery, rights=rights.READ),
        fetch(actions.fetch, rights=rights.READ),
        update(UserConversationEdit, actions.update, rights=rights.UPDATE),
        delete(actions.delete, rights=rights.DELETE),
    ),
)
