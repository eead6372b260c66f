"""Participation: how an end user takes part in a conversation, and what they have set there for themselves."""

import msgspec

from parlour.core.rights import Membership


class Participation(Membership, frozen=True):
    """The membership of a participant."""

    notification_level: str
    last_read_index: int | None


class MemberStanding(msgspec.Struct, frozen=True):
    """How a user stands to a conversation."""

    newest: int
    """The number of the newest event in the conversation."""
    is_member: bool
    is_creator: bool
    """Whether the user made it and has not joined yet."""
