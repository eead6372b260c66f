"""Role, its types and permissions, and the four that every service is born with."""

from collections.abc import Mapping
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
from parlour.core.permissions import Permission


class RoleType(StrEnum):
    """What a role is held by: a participant in a conversation, or a user in the service."""

    CONVERSATION = "conversation"
    SERVICE = "service"


_BOTH = frozenset(RoleType)
_CONVERSATION = frozenset({RoleType.CONVERSATION})
_SERVICE = frozenset({RoleType.SERVICE})

PERMISSIONS: Mapping[str, frozenset[RoleType]] = {
    Permission.CREATE_CONVERSATION: _SERVICE,
    Permission.JOIN_CONVERSATION: _SERVICE,
    Permission.ADD_PARTICIPANT: _BOTH,
    Permission.ADD_NON_CHAT_PARTICIPANT: _BOTH,
    Permission.REMOVE_PARTICIPANT: _BOTH,
    Permission.DELETE_CONVERSATION: _BOTH,
    Permission.EDIT_CONVERSATION_NAME: _BOTH,
    Permission.EDIT_CONVERSATION_ATTRIBUTES: _BOTH,
    Permission.EDIT_ANY_MESSAGE: _BOTH,
    Permission.EDIT_ANY_MESSAGE_ATTRIBUTES: _BOTH,
    Permission.DELETE_ANY_MESSAGE: _BOTH,
    Permission.EDIT_OWN_MESSAGE: _BOTH,
    Permission.EDIT_OWN_MESSAGE_ATTRIBUTES: _BOTH,
    Permission.DELETE_OWN_MESSAGE: _CONVERSATION,
    Permission.EDIT_OWN_USER_INFO: _BOTH,
    Permission.EDIT_ANY_USER_INFO: _BOTH,
    Permission.SEND_MESSAGE: _CONVERSATION,
    Permission.SEND_MEDIA_MESSAGE: _CONVERSATION,
    Permission.LEAVE_CONVERSATION: _CONVERSATION,
    Permission.EDIT_NOTIFICATION_LEVEL: _CONVERSATION,
    Permission.EDIT_OWN_PARTICIPANT_ATTRIBUTES: _CONVERSATION,
    Permission.EDIT_ANY_PARTICIPANT_ATTRIBUTES: _BOTH,
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
    Permission.ADD_PARTICIPANT,
    Permission.CREATE_CONVERSATION,
    Permission.DELETE_ANY_MESSAGE,
    Permission.DELETE_CONVERSATION,
    Permission.EDIT_ANY_MESSAGE,
    Permission.EDIT_ANY_MESSAGE_ATTRIBUTES,
    Permission.EDIT_ANY_USER_INFO,
    Permission.EDIT_CONVERSATION_ATTRIBUTES,
    Permission.EDIT_CONVERSATION_NAME,
    Permission.EDIT_OWN_MESSAGE,
    Permission.EDIT_OWN_MESSAGE_ATTRIBUTES,
    Permission.EDIT_OWN_USER_INFO,
    Permission.JOIN_CONVERSATION,
    Permission.REMOVE_PARTICIPANT,
)
SERVICE_USER = (Permission.CREATE_CONVERSATION, Permission.JOIN_CONVERSATION, Permission.EDIT_OWN_USER_INFO)
CHANNEL_ADMIN = (
    Permission.ADD_PARTICIPANT,
    Permission.ADD_NON_CHAT_PARTICIPANT,
    Permission.REMOVE_PARTICIPANT,
    Permission.DELETE_CONVERSATION,
    Permission.EDIT_CONVERSATION_NAME,
    Permission.EDIT_CONVERSATION_ATTRIBUTES,
    Permission.EDIT_ANY_MESSAGE,
    Permission.EDIT_ANY_MESSAGE_ATTRIBUTES,
    Permission.DELETE_ANY_MESSAGE,
    Permission.EDIT_OWN_MESSAGE,
    Permission.EDIT_OWN_MESSAGE_ATTRIBUTES,
    Permission.DELETE_OWN_MESSAGE,
    Permission.EDIT_OWN_USER_INFO,
    Permission.EDIT_ANY_PARTICIPANT_ATTRIBUTES,
    Permission.EDIT_OWN_PARTICIPANT_ATTRIBUTES,
    Permission.SEND_MESSAGE,
    Permission.SEND_MEDIA_MESSAGE,
    Permission.LEAVE_CONVERSATION,
    Permission.EDIT_NOTIFICATION_LEVEL,
)
CHANNEL_USER = (
    Permission.SEND_MESSAGE,
    Permission.SEND_MEDIA_MESSAGE,
    Permission.LEAVE_CONVERSATION,
    Permission.EDIT_OWN_MESSAGE,
    Permission.EDIT_OWN_MESSAGE_ATTRIBUTES,
    Permission.DELETE_OWN_MESSAGE,
    Permission.EDIT_OWN_USER_INFO,
    Permission.EDIT_NOTIFICATION_LEVEL,
    Permission.EDIT_OWN_PARTICIPANT_ATTRIBUTES,
)
