"""How a user's conversations look over REST."""

from collections.abc import Sequence

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
    return views((row,), at)[0]


def views(rows: Sequence[UserConversation], at: Place) -> list[UserConversationView]:
    """The rows. By place, as Python takes half as long to hand over nothing by name."""
    account, service = at.scope.account, at.service
    conversations_at, users_at = f"{at.root}/Conversations/", f"{at.root}/Users/"
    shown = []
    for row in rows:
        conversation_sid, participant_sid, user_sid = row.conversation_sid, row.participant_sid, row.user_sid
        conversation = conversations_at + conversation_sid
        shown.append(
            UserConversationView(
                account,
                service,
                conversation_sid,
                row.unread_count,
                row.last_read_index,
                participant_sid,
                user_sid,
                row.friendly_name,
                row.state,
                timers_shown(row.inactive_due_at, row.closed_due_at),
                row.attributes,
                row.created_at,
                row.updated_at,
                row.created_by,
                row.notification_level,
                row.unique_name,
                f"{users_at}{user_sid}/Conversations/{conversation_sid}",
                MembershipLinks(f"{conversation}/Participants/{participant_sid}", conversation),
            )
        )
    return shown


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
    views=views,
    operations=(
        listing(actions.page, UserConversationQuery, rights=rights.READ),
        fetch(actions.fetch, rights=rights.READ),
        update(UserConversationEdit, actions.update, rights=rights.UPDATE),
        delete(actions.delete, rights=rights.DELETE),
    ),
)
