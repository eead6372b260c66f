"""Binding, its types, and what may be registered."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

import msgspec

from parlour.core.errors import InvalidBinding, InvalidBindingType
from parlour.core.fields import MAX_INTEGER, MAX_KEY_BYTES, Choice, Many, Text
from parlour.resources.credentials.model import CredentialType

MAX_ENDPOINT_LENGTH = 128
IDLE = timedelta(days=365)
"""After which time a binding that was not registered again is removed."""


class BindingType(StrEnum):
    """By which way a binding is reached."""

    APN = "apn"
    GCM = "gcm"
    FCM = "fcm"
    TWILSOCK = "twilsock"


FITTING: dict[BindingType, frozenset[str]] = {
    BindingType.APN: frozenset({CredentialType.APN}),
    BindingType.GCM: frozenset({CredentialType.GCM, CredentialType.FCM}),
    BindingType.FCM: frozenset({CredentialType.GCM, CredentialType.FCM}),
}
"""The types of credential that reach a device. A client's socket needs none."""

MESSAGE_TYPES = ("new_message", "added_to_conversation", "removed_from_conversation")
"""What can be pushed, under the names in which it is shown."""
_FULL = "twilio.conversations."
_NEVER_PUSHED = frozenset({"twilio.ipmsg.typing_indicator", "twilio.channel.consumption_update"})
"""What client SDKs ask for as well, and hear on their socket only."""


class Binding(msgspec.Struct, frozen=True):
    """A binding of a service, without the device's token."""

    sid: str
    identity: str
    binding_type: str
    endpoint: str
    """What the client says of its device, such as its platform."""
    credential_sid: str | None
    """None for a client's socket. The credential may have been deleted since."""
    message_types: list[str]
    created_at: datetime
    updated_at: datetime


class BindingDraft(msgspec.Struct, frozen=True, kw_only=True):
    """What a client registers."""

    identity: str
    binding_type: BindingType
    address: str
    """The device's token."""
    endpoint: str
    credential_sid: str | None = None
    """As the client's access token names it."""
    message_types: Sequence[str] = ()
    """By their full or their short names."""


class DeviceToken(msgspec.Struct, frozen=True, kw_only=True):
    """What the push service knows a device by."""

    registration_id: Annotated[str, Text(MAX_INTEGER, empty=InvalidBinding)] = ""


class Registration(msgspec.Struct, frozen=True, kw_only=True):
    """What a client SDK sends to register its device."""

    channel_type: Annotated[BindingType, Choice(BindingType, InvalidBinding, but=BindingType.TWILSOCK)]
    endpoint_platform: Annotated[str, Text(MAX_ENDPOINT_LENGTH, too_long=InvalidBinding)] = ""
    message_types: Annotated[list[str], Many(Text(MAX_INTEGER))] = []
    data: DeviceToken = DeviceToken()


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """A device, as a client SDK names it that wants nothing of its binding to be left."""

    binding_type: Annotated[BindingType, Choice(BindingType, InvalidBindingType)]
    address: Annotated[str, Text(MAX_INTEGER)]


class BindingQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The filters of the list: of one of these types, and of one of these identities."""

    binding_type: Annotated[list[BindingType], Many(Choice(BindingType, InvalidBindingType))] = []
    identity: Annotated[list[str], Many(Text(MAX_INTEGER))] = []


def check_device(draft: BindingDraft) -> None:
    """Raises InvalidBinding for a token or an endpoint that cannot be one."""
    if not 0 < len(draft.address.encode()) <= MAX_KEY_BYTES or len(draft.endpoint) > MAX_ENDPOINT_LENGTH:
        raise InvalidBinding
    if "\0" in draft.address + draft.endpoint:
        raise InvalidBinding


def message_types(names: Sequence[str]) -> list[str]:
    """The short names of what *names* asks to be pushed; raises InvalidBinding for a name that nobody knows."""
    short = [name.removeprefix(_FULL) for name in names if name not in _NEVER_PUSHED]
    if any(name not in MESSAGE_TYPES for name in short):
        raise InvalidBinding
    return list(dict.fromkeys(short))
