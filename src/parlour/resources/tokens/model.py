"""What a token is made of, and what was made."""

from typing import Annotated

import msgspec

from parlour.core.errors import IdentityTooLong, MissingParameter
from parlour.core.fields import SidOf, Text
from parlour.core.identities import MAX_IDENTITY_LENGTH
from parlour.core.own_fields import Between
from parlour.core.sids import Prefix
from parlour.resources.users.model import check_identity
from parlour.tokens.model import DEFAULT_LIFETIME_SECONDS, MAX_LIFETIME_SECONDS, AccessToken

KEY_NAME = "parlour token"
"""The friendly name of the key that signs where none is named."""


class TokenDraft(msgspec.Struct, frozen=True, kw_only=True):
    """For whom a token is, and for how long."""

    identity: Annotated[
        str, Text(MAX_IDENTITY_LENGTH, too_long=IdentityTooLong, empty=MissingParameter, check=check_identity, key=True)
    ]
    ttl: Annotated[int, Between(MAX_LIFETIME_SECONDS)] = DEFAULT_LIFETIME_SECONDS
    """Seconds."""
    key_sid: Annotated[str | None, SidOf(Prefix.API_KEY)] = None
    """The API key that signs it."""


class SignedToken(msgspec.Struct, frozen=True):
    """A token, and what it says."""

    said: AccessToken
    text: str
