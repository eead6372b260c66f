"""Permissions: what a role can let an end user do, under the published names."""

from collections.abc import Iterable
from enum import StrEnum


class Permission(StrEnum):
    """One thing that a role lets the user or participant do who holds it."""

    CREATE_CONVERSATION = "createConversation"
    JOIN_CONVERSATION = "joinConversation"
    ADD_PARTICIPANT = "addParticipant"
    ADD_NON_CHAT_PARTICIPANT = "addNonChatParticipant"
    REMOVE_PARTICIPANT = "removeParticipant"
    DELETE_CONVERSATION = "deleteConversation"
    EDIT_CONVERSATION_NAME = "editConversationName"
    EDIT_CONVERSATION_ATTRIBUTES = "editConversationAttributes"
    EDIT_ANY_MESSAGE = "editAnyMessage"
    EDIT_ANY_MESSAGE_ATTRIBUTES = "editAnyMessageAttributes"
    DELETE_ANY_MESSAGE = "deleteAnyMessage"
    EDIT_OWN_MESSAGE = "editOwnMessage"
    EDIT_OWN_MESSAGE_ATTRIBUTES = "editOwnMessageAttributes"
    DELETE_OWN_MESSAGE = "deleteOwnMessage"
    EDIT_OWN_USER_INFO = "editOwnUserInfo"
    EDIT_ANY_USER_INFO = "editAnyUserInfo"
    SEND_MESSAGE = "sendMessage"
    SEND_MEDIA_MESSAGE = "sendMediaMessage"
    LEAVE_CONVERSATION = "leaveConversation"
    EDIT_NOTIFICATION_LEVEL = "editNotificationLevel"
    EDIT_OWN_PARTICIPANT_ATTRIBUTES = "editOwnParticipantAttributes"
    EDIT_ANY_PARTICIPANT_ATTRIBUTES = "editAnyParticipantAttributes"


_BY_NAME = {permission.value: permission for permission in Permission}


def named(names: Iterable[str]) -> frozenset[Permission]:
    """The permissions of a role that was kept with *names*; those that parlour does not know give no right."""
    return frozenset(_BY_NAME[name] for name in names if name in _BY_NAME)
