"""UserConversation, and what can be changed of one."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from parlour.core.errors import InvalidNotificationLevel
from parlour.core.fields import Choice
from parlour.resources.conversations.model import Conversation, State
from parlour.resources.list_extensions.model import PARLOUR, ListExtensions
from parlour.resources.participants.model import READ_INDEX, READ_TIMESTAMP, NotificationLevel

MAX_UNREAD = 1000
"""The reported number of unread messages stops here."""


class UserConversation(msgspec.Struct, frozen=True, gc=False):
    """A conversation as one of its users has it; its dates are texts, as they are shown."""

    user_sid: str
    conversation_sid: str
    participant_sid: str
    friendly_name: str | None
    unique_name: str | None
    state: str
    inactive_due_at: str | None
    closed_due_at: str | None
    created_at: str
    updated_at: str
    attributes: str
    created_by: str
    notification_level: str
    last_read_index: int | None
    unread_count: int | None
    """Existing messages after the horizon, at most MAX_UNREAD; None without a horizon."""


class MyConversation(msgspec.Struct, frozen=True):
    """A conversation as the user who calls has it."""

    conversation: Conversation
    notification_level: str
    last_read_index: int | None
    unread_count: int | None
    """As above."""


class OpenConversation(msgspec.Struct, frozen=True, gc=False):
    """What there is to know of such a conversation before it is read."""

    conversation_sid: str
    notification_level: str
    last_read_index: int | None


class UserConversationExtensions(ListExtensions, frozen=True, kw_only=True):
    """What can be asked of this list beyond the published API."""

    state: Annotated[State | None, Choice(State, but=State.INITIALIZING)] = None


PLAIN = UserConversationExtensions()
"""Nothing is asked for: the list is the published one."""


class UserConversationQuery(msgspec.Struct, frozen=True, kw_only=True):
    """How a user's conversations are asked for; all of it is parlour's own."""

    parlour: Annotated[UserConversationExtensions, PARLOUR] = PLAIN


class UserConversationEdit(msgspec.Struct, frozen=True, kw_only=True):
    """What can be changed of a user's conversation."""

    notification_level: Annotated[
        NotificationLevel | UnsetType, Choice(NotificationLevel, InvalidNotificationLevel)
    ] = UNSET
    last_read_timestamp: Annotated[datetime | UnsetType | None, READ_TIMESTAMP] = UNSET
    last_read_message_index: Annotated[int | UnsetType | None, READ_INDEX] = UNSET
