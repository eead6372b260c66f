"""Participant, its read horizon, and what makes and changes one."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, UnsetType

from parlour.core.errors import (
    AddressEmpty,
    BindingNotSupported,
    IdentityMissing,
    IdentityNotAddable,
    IdentityTooLong,
    InvalidAddress,
    InvalidDateCreated,
    InvalidDateUpdated,
    InvalidLastReadIndex,
    InvalidLastReadTimestamp,
    InvalidProxyAddress,
    ProjectedAddressMissing,
    ProjectedAddressNotAddable,
    ProjectedAddressNotRemovable,
    ProxyAddressEmpty,
    ProxyNotAddable,
    ProxyNotRemovable,
)
from parlour.core.fields import KB, Choice, Clearable, JsonText, Moment, NotEmpty, Text, Whole
from parlour.core.identities import MAX_IDENTITY_LENGTH
from parlour.resources.participants.addresses import (
    EMAIL,
    binding_type,
    check_address,
    check_pair,
    check_parts,
    check_projected_address,
    check_proxy_address,
)
from parlour.resources.users.model import ROLE, check_identity

MAX_PARTICIPANTS = 1000
MAX_CHANNEL_PARTICIPANTS = 50
MAX_OPEN_CONVERSATIONS = 1000
"""Of one identity, counting active and inactive ones."""


class NotificationLevel(StrEnum):
    """Whether a conversation's push notifications reach a user."""

    DEFAULT = "default"
    MUTED = "muted"


class Participant(msgspec.Struct, frozen=True):
    """A participant of a conversation."""

    sid: str
    conversation_sid: str
    identity: str | None
    user_sid: str | None
    binding_type: str | None
    address: str | None
    proxy_address: str | None
    projected_address: str | None
    binding_name: str | None
    binding_level: str | None
    attributes: str
    role_sid: str | None
    notification_level: str
    last_read_index: int | None
    """The read horizon: everything up to this index is read; None until it is set."""
    last_read_at: datetime | None
    read_count: int
    """Existing messages up to the horizon."""
    created_at: datetime
    updated_at: datetime
    last_event_id: int

    @property
    def pair(self) -> tuple[str, str] | None:
        """Address and proxy address, where it has both."""
        return pair_of(self.address, self.proxy_address)


def pair_of(address: str | None, proxy_address: str | None) -> tuple[str, str] | None:
    """Both, or None."""
    return None if address is None or proxy_address is None else (address, proxy_address)


class Size(msgspec.Struct, frozen=True):
    """What a conversation knows of its participants without looking at them."""

    participants: int
    is_group: bool


IDENTITY = Text(MAX_IDENTITY_LENGTH, too_long=IdentityTooLong, check=check_identity, key=True)
ADDRESS = Text(256, too_long=InvalidAddress, empty=AddressEmpty, check=check_address, key=True)
PROXY = Text(256, too_long=InvalidProxyAddress, check=check_proxy_address, key=True)
PROJECTED = Text(256, too_long=InvalidAddress, check=check_projected_address, key=True)
ATTRIBUTES = JsonText(4 * KB)
READ_INDEX = Clearable(Whole(InvalidLastReadIndex))
READ_TIMESTAMP = Clearable(Moment(InvalidLastReadTimestamp))


class MessagingLevel(StrEnum):
    """How an e-mail reaches a participant."""

    TO = "to"
    CC = "cc"
    FROM = "from"


class MessagingBindingDraft(msgspec.Struct, frozen=True, kw_only=True):
    """How a channel reaches the new participant."""

    address: Annotated[str | None, ADDRESS] = None
    proxy_address: Annotated[str | None, NotEmpty(PROXY, ProxyAddressEmpty)] = None
    projected_address: Annotated[str | None, NotEmpty(PROJECTED, ProjectedAddressMissing)] = None
    name: Annotated[str | None, Clearable(Text(256))] = None
    level: Annotated[MessagingLevel | None, Clearable(Choice(MessagingLevel))] = None

    @property
    def is_given(self) -> bool:
        """Whether a channel reaches the participant at all."""
        return self.address is not None or self.projected_address is not None

    @property
    def pair(self) -> tuple[str, str] | None:
        """Address and proxy address, where it has both."""
        return pair_of(self.address, self.proxy_address)


class ParticipantDraft(msgspec.Struct, frozen=True, kw_only=True):
    """What a new participant is made of."""

    identity: Annotated[str | None, NotEmpty(IDENTITY, IdentityMissing)] = None
    messaging_binding: MessagingBindingDraft = MessagingBindingDraft()
    date_created: Annotated[datetime | None, Moment(InvalidDateCreated)] = None
    date_updated: Annotated[datetime | None, Moment(InvalidDateUpdated)] = None
    attributes: Annotated[str, ATTRIBUTES] = "{}"
    role_sid: Annotated[str | None, ROLE] = None


class BindingEdit(msgspec.Struct, frozen=True, kw_only=True):
    """What can be changed of how a channel reaches the participant."""

    proxy_address: Annotated[str | UnsetType | None, Clearable(PROXY)] = UNSET
    projected_address: Annotated[str | UnsetType | None, Clearable(PROJECTED)] = UNSET


class ParticipantEdit(msgspec.Struct, frozen=True, kw_only=True):
    """What can be changed of a participant."""

    date_created: Annotated[datetime | UnsetType, Moment(InvalidDateCreated)] = UNSET
    date_updated: Annotated[datetime | UnsetType, Moment(InvalidDateUpdated)] = UNSET
    attributes: Annotated[str | UnsetType, ATTRIBUTES] = UNSET
    role_sid: Annotated[str | UnsetType, ROLE] = UNSET
    messaging_binding: BindingEdit = BindingEdit()
    identity: Annotated[str | UnsetType | None, Clearable(IDENTITY)] = UNSET
    last_read_message_index: Annotated[int | UnsetType | None, READ_INDEX] = UNSET
    last_read_timestamp: Annotated[datetime | UnsetType | None, READ_TIMESTAMP] = UNSET


def check_combination(draft: ParticipantDraft) -> None:
    """Raises what keeps identity and addresses of the draft from making one participant."""
    binding = draft.messaging_binding
    check_parts(draft.identity, binding.address, binding.proxy_address, binding.projected_address)
    is_email = binding_type(binding.address, binding.projected_address) == EMAIL
    if not is_email and (binding.name is not None or binding.level is not None):
        raise BindingNotSupported


def horizon_columns(
    index: int | UnsetType | None, timestamp: datetime | UnsetType | None, now: datetime
) -> dict[str, Any]:
    """The columns of the read horizon that a call sets.

    An index alone sets the timestamp to *now* (or clears it when the index is cleared); a timestamp alone leaves
    the index as it is.
    """
    columns: dict[str, Any] = {}
    if index is not UNSET:
        columns["last_read_index"] = index
        columns["last_read_at"] = None if index is None else now
    if timestamp is not UNSET:
        columns["last_read_at"] = timestamp
    return columns


def binding_columns(participant: Participant, edit: BindingEdit) -> dict[str, Any]:
    """The columns of the messaging binding that *edit* changes; raises what keeps the participant from it."""
    columns: dict[str, Any] = {}
    if edit.proxy_address is not UNSET:
        _check_proxy_change(participant, edit.proxy_address)
        columns["proxy_address"] = edit.proxy_address
    if edit.projected_address is not UNSET:
        _check_projected_change(participant, edit.projected_address)
        columns["projected_address"] = edit.projected_address
        columns["binding_type"] = binding_type(participant.address, edit.projected_address)
    return columns


def check_identity_change(participant: Participant, projected: str | None) -> None:
    """Raises IdentityNotAddable unless it has no identity and, after the change, a projected address."""
    if participant.identity is not None or projected is None:
        raise IdentityNotAddable


def _check_proxy_change(participant: Participant, proxy: str | UnsetType | None) -> None:
    if not isinstance(proxy, str):
        if participant.proxy_address is None:
            raise ProxyNotRemovable
    elif participant.address is None:
        raise ProxyNotAddable
    else:
        check_pair(participant.address, proxy)


def _check_projected_change(participant: Participant, projected: str | UnsetType | None) -> None:
    if projected is None:
        if participant.projected_address is None:
            raise ProjectedAddressNotRemovable
    elif participant.address is not None:
        raise ProjectedAddressNotAddable
