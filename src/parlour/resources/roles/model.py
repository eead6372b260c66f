"""Role, its types and permissions, and the four that every service is born with."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec

from parlour.core.errors import (
    FriendlyNameMissing,
    FriendlyNameTooLong,
    InvalidRoleType,
    PermissionNotFound,
)
from parlour.core.fields import Choice, Many, Text


class RoleType(StrEnum):
    """What a role is held by: a participant in a conversation, or a user in the service."""

    CONVERSATION = "conversation"
    SERVICE = "service"


_BOTH = frozenset(RoleType)
_CONVERSATION = frozenset({RoleType.CONVERSATION})
_SERVICE = frozenset({RoleType.SERVICE})

PERMISSIONS = {
    "createConversation": _SERVICE,
    "joinConversation": _SERVICE,
    "addParticipant": _BOTH,
    "addNonChatParticipant": _BOTH,
    "removeParticipant": _BOTH,
    "deleteConversation": _BOTH,
    "editConversationName": _BOTH,
    "editConversationAttributes": _BOTH,
    "editAnyMessage": _BOTH,
    "editAnyMessageAttributes": _BOTH,
    "deleteAnyMessage": _BOTH,
    "editOwnMessage": _BOTH,
    "editOwnMessageAttributes": _BOTH,
    "deleteOwnMessage": _CONVERSATION,
    "editOwnUserInfo": _BOTH,
    "editAnyUserInfo": _BOTH,
    "sendMessage": _CONVERSATION,
    "sendMediaMessage": _CONVERSATION,
    "leaveConversation": _CONVERSATION,
    "editNotificationLevel": _CONVERSATION,
    "editOwnParticipantAttributes": _CONVERSATION,
    "editAnyParticipantAttributes": _BOTH,
}
"""Every permission, with the types of role that may have it."""


class Role(msgspec.Struct, frozen=True):
    """A role of a service."""

    sid: str
    friendly_name: str
    type: str
    permissions: list[str]
    created_at: datetime
    updated_at: datetime


_PERMISSIONS = Many(Text(256, too_long=PermissionNotFound))


class RoleDraft(msgspec.Struct, frozen=True, kw_only=True):
    """What a new role is made of."""

    friendly_name: Annotated[str, Text(256, too_long=FriendlyNameTooLong, empty=FriendlyNameMissing)]
    type: Annotated[RoleType, Choice(RoleType, InvalidRoleType)]
    permission: Annotated[list[str], _PERMISSIONS]


class RoleEdit(msgspec.Struct, frozen=True, kw_only=True):
    """What can be changed of a role."""

    permission: Annotated[list[str], _PERMISSIONS]


def check_permissions(type: str, permissions: list[str]) -> None:
    """Raises PermissionNotFound if one of *permissions* is unknown or not for roles of *type*."""
    if any(type not in PERMISSIONS.get(permission, ()) for permission in permissions):
        raise PermissionNotFound


class DefaultRoles(msgspec.Struct, frozen=True):
    """The roles that a service is born with, in the order of their making."""

    service_admin: Role
    service_user: Role
    channel_admin: Role
    channel_user: Role


SERVICE_ADMIN = (
    "addParticipant", "createConversation", "deleteAnyMessage", "deleteConversation", "editAnyMessage",
    "editAnyMessageAttributes", "editAnyUserInfo", "editConversationAttributes", "editConversationName",
    "editOwnMessage", "editOwnMessageAttributes", "editOwnUserInfo", "joinConversation", "removeParticipant",
)  # fmt: skip
SERVICE_USER = ("createConversation", "joinConversation", "editOwnUserInfo")
CHANNEL_ADMIN = (
    "addParticipant", "addNonChatParticipant", "removeParticipant", "deleteConversation", "editConversationName",
    "editConversationAttributes", "editAnyMessage", "editAnyMessageAttributes", "deleteAnyMessage",
    "editOwnMessage", "editOwnMessageAttributes", "deleteOwnMessage", "editOwnUserInfo",
    "editAnyParticipantAttributes", "editOwnParticipantAttributes", "sendMessage", "sendMediaMessage",
    "leaveConversation", "editNotificationLevel",
)  # fmt: skip
CHANNEL_USER = (
    "sendMessage", "sendMediaMessage", "leaveConversation", "editOwnMessage", "editOwnMessageAttributes",
    "deleteOwnMessage", "editOwnUserInfo", "editNotificationLevel", "editOwnParticipantAttributes",
)  # fmt: skip
