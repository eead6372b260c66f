"""User: an identity in a service."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from parlour.core.errors import (
    IdentityLooksLikeSid,
    IdentityReserved,
    IdentityTooLong,
    MissingParameter,
)
from parlour.core.fields import KB, JsonText, Text, named
from parlour.core.identities import MAX_IDENTITY_LENGTH, is_reserved, looks_like_sid

ATTRIBUTES = JsonText(16 * KB)
ROLE = Text(256)
"""A RoleSid: whatever is not the SID of a fitting role is not found, so its pattern need not be checked."""


class User(msgspec.Struct, frozen=True):
    """A user of a service."""

    sid: str
    identity: str
    friendly_name: str | None
    attributes: str
    role_sid: str
    created_at: datetime
    updated_at: datetime
    last_event_id: int


class SeenUser(User, frozen=True):
    """A user, and what is known of it beside."""

    is_notifiable: bool | None
    """Whether push notifications reach it. None where the service does not tell, or before its first device."""

    is_online: bool | None = None
    """Whether it has a socket. None where the service does not tell, or before its first."""

    @property
    def unseen(self) -> User:
        """The user as everything but a fetch shows it."""
        return User(*msgspec.structs.astuple(self)[: len(User.__struct_fields__)])


def check_identity(identity: str) -> None:
    """Raises IdentityLooksLikeSid or IdentityReserved."""
    if looks_like_sid(identity):
        raise IdentityLooksLikeSid
    if is_reserved(identity):
        raise IdentityReserved


class UserDraft(msgspec.Struct, frozen=True, kw_only=True):
    """What a new user is made of."""

    identity: Annotated[
        str, Text(MAX_IDENTITY_LENGTH, too_long=IdentityTooLong, empty=MissingParameter, check=check_identity, key=True)
    ]
    friendly_name: Annotated[str | None, named()] = None
    attributes: Annotated[str, ATTRIBUTES] = "{}"
    role_sid: Annotated[str | None, ROLE] = None


class UserEdit(msgspec.Struct, frozen=True, kw_only=True):
    """What can be changed of a user."""

    friendly_name: Annotated[str | UnsetType | None, named()] = UNSET
    attributes: Annotated[str | UnsetType, ATTRIBUTES] = UNSET
    role_sid: Annotated[str | UnsetType, ROLE] = UNSET
