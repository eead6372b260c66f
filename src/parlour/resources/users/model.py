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
from parlour.core.sids import Prefix, is_sid

RESERVED = "system"
"""The author of what no user did."""

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

    @property
    def unseen(self) -> User:
        """The user as everything but a fetch shows it."""
        return User(*msgspec.structs.astuple(self)[:-1])


def check_identity(identity: str) -> None:
    """Raises IdentityLooksLikeSid or IdentityReserved."""
    if is_sid(identity, Prefix.USER):
        raise IdentityLooksLikeSid
    if identity == RESERVED:
        raise IdentityReserved


class UserDraft(msgspec.Struct, frozen=True, kw_only=True):
    """What a new user is made of."""

    identity: Annotated[
        str, Text(256, too_long=IdentityTooLong, empty=MissingParameter, check=check_identity, key=True)
    ]
    friendly_name: Annotated[str | None, named()] = None
    attributes: Annotated[str, ATTRIBUTES] = "{}"
    role_sid: Annotated[str | None, ROLE] = None


class UserEdit(msgspec.Struct, frozen=True, kw_only=True):
    """What can be changed of a user."""

    friendly_name: Annotated[str | UnsetType | None, named()] = UNSET
    attributes: Annotated[str | UnsetType, ATTRIBUTES] = UNSET
    role_sid: Annotated[str | UnsetType, ROLE] = UNSET
