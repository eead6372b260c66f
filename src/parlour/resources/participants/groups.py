"""Group MMS: when the bindings of a conversation make it a group text of its own, and what such a group must be.

A native takes part with an own phone number and no proxy address, a user of the application with a projected address
that stands for it. With three of them, one of each kind at least, the conversation is a group.
"""

import re
from collections.abc import Sequence
from hashlib import sha256
from typing import Protocol

from parlour.core.errors import (
    GroupNotActivated,
    GroupParticipantExists,
    GroupParticipantLimitExceeded,
    ProjectedAddressMissing,
)
from parlour.core.limits import exceeded
from parlour.resources.participants.addresses import SMS, channel_of

MIN_GROUP_SIZE = 3
"""Of bindings that make a group."""
MAX_GROUP_SIZE = 10
"""Of participants that a group has."""

_TOLL_FREE = "8(?:00|22|33|44|55|66|77|88)"
_LONG_CODE = re.compile(rf"\+1(?!{_TOLL_FREE})[0-9]{{10}}")


class MessagingBinding(Protocol):
    """How a channel reaches a participant, or the draft of one."""

    @property
    def address(self) -> str | None: ...
    @property
    def proxy_address(self) -> str | None: ...
    @property
    def projected_address(self) -> str | None: ...


def group_address(binding: MessagingBinding) -> str | None:
    """The phone number by which it takes part in group MMS: a native's own, or else the projected one."""
    if binding.address is None:
        return binding.projected_address
    is_native = binding.proxy_address is None and channel_of(binding.address) == SMS
    return binding.address if is_native else None


def group_of(bindings: Sequence[MessagingBinding], participants: int) -> list[str] | None:
    """The sorted addresses of the group that *bindings* make, or None if they make none.

    *participants*: how many the conversation has with and without a binding. Raises what keeps it from being a group.
    """
    addresses = [address for each in bindings if (address := group_address(each)) is not None]
    if len(set(addresses)) < len(addresses):
        raise GroupParticipantExists
    projected = sum(each.projected_address is not None for each in bindings)
    if not 0 < projected < len(addresses) or len(addresses) < MIN_GROUP_SIZE:
        return None
    if participants > len(bindings):
        raise ProjectedAddressMissing
    if len(addresses) < len(bindings) or not all(_LONG_CODE.fullmatch(address) for address in addresses):
        raise GroupNotActivated
    return sorted(addresses)


def check_size(participants: int) -> None:
    """Raises GroupParticipantLimitExceeded for more participants than a group has."""
    if participants > MAX_GROUP_SIZE:
        exceeded(GroupParticipantLimitExceeded())


def digest(addresses: Sequence[str]) -> bytes:
    """What stands for the set of *addresses*, which are sorted, in the database."""
    return sha256("\n".join(addresses).encode()).digest()
