"""Credential, its types, and the secrets that only ever go in."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from parlour.core.fields import KB, Choice, Clearable, Flag, Text, named


class CredentialType(StrEnum):
    """Which push service a credential signs in to."""

    APN = "apn"
    GCM = "gcm"
    FCM = "fcm"


class Credential(msgspec.Struct, frozen=True):
    """A credential of an account, without its secrets: whatever holds one cannot give them away."""

    sid: str
    friendly_name: str | None
    type: str
    sandbox: bool
    """Whether it is for Apple's sandbox."""
    created_at: datetime
    updated_at: datetime


SECRET = Clearable(Text(16 * KB))
NAME = named(64)


class Secrets(msgspec.Struct, frozen=True, kw_only=True):
    """What signs in to the push service; UNSET where nothing was sent."""

    certificate: Annotated[str | UnsetType | None, SECRET] = UNSET
    """PEM, of type apn."""
    private_key: Annotated[str | UnsetType | None, SECRET] = UNSET
    """PEM, of type apn."""
    api_key: Annotated[str | UnsetType | None, SECRET] = UNSET
    """Of type gcm."""
    secret: Annotated[str | UnsetType | None, SECRET] = UNSET
    """Of type fcm."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"


class CredentialDraft(Secrets, frozen=True, kw_only=True):
    """What a new credential is made of."""

    type: Annotated[CredentialType, Choice(CredentialType)]
    friendly_name: Annotated[str | None, NAME] = None
    sandbox: Annotated[bool, Flag()] = False


class CredentialEdit(Secrets, frozen=True, kw_only=True):
    """What can be changed of a credential."""

    type: Annotated[CredentialType | UnsetType, Choice(CredentialType)] = UNSET
    friendly_name: Annotated[str | UnsetType | None, NAME] = UNSET
    sandbox: Annotated[bool | UnsetType, Flag()] = UNSET
