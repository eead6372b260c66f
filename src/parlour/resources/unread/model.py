"""Unread: the sum over a user's conversations."""

import msgspec


class Unread(msgspec.Struct, frozen=True):
    """What a user has not read yet, in the conversations that are active or inactive and have its read horizon."""

    user_sid: str
    identity: str
    messages: int
    """Existing messages after the horizons."""
    conversations: int
    """Those that have at least one such message."""
