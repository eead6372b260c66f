"""Identities: the names by which applications know their users, and which names no user can have."""

from parlour.core.actor import SYSTEM_NAME
from parlour.core.sids import Prefix, is_sid

MAX_IDENTITY_LENGTH = 256
"""Characters."""


def is_reserved(identity: str) -> bool:
    """Whether it is the author of what no user did."""
    return identity == SYSTEM_NAME


def looks_like_sid(identity: str) -> bool:
    """Whether a path could not say if the SID of a user or an identity is meant."""
    return is_sid(identity, Prefix.USER)


def is_identity(text: str) -> bool:
    """Whether a user can have it."""
    return 0 < len(text) <= MAX_IDENTITY_LENGTH and "\0" not in text and not (is_reserved(text) or looks_like_sid(text))
