"""ParticipantConversation, and how the list is asked for."""

from typing import Annotated

import msgspec

from parlour.core.errors import IdentityOrAddress, MissingIdentityOrAddress
from parlour.core.fields import MAX_INTEGER, Text
from parlour.resources.list_extensions.model import PARLOUR, PLAIN, ListExtensions

_ANY = Text(MAX_INTEGER)
"""A value that is too long matches no participant."""


class ParticipantConversation(msgspec.Struct, frozen=True, gc=False):
    """A participant together with its conversation; dates are texts, as they are shown."""

    conversation_sid: str
    participant_sid: str
    user_sid: str | None
    identity: str | None
    binding_type: str | None
    address: str | None
    proxy_address: str | None
    projected_address: str | None
    binding_name: str | None
    binding_level: str | None
    unique_name: str | None
    friendly_name: str | None
    attributes: str
    state: str
    inactive_due_at: str | None
    closed_due_at: str | None
    created_at: str
    updated_at: str
    created_by: str


class ParticipantConversationQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Whose conversations are asked for."""

    identity: Annotated[str, _ANY] = ""
    address: Annotated[str, _ANY] = ""
    parlour: Annotated[ListExtensions, PARLOUR] = PLAIN


def check_query(query: ParticipantConversationQuery) -> None:
    """Raises IdentityOrAddress or MissingIdentityOrAddress unless exactly one is given."""
    if query.identity and query.address:
        raise IdentityOrAddress
    if not query.identity and not query.address:
        raise MissingIdentityOrAddress
