"""Participation: how an end user takes part in a conversation, and what they have set there for themselves."""

from parlour.core.rights import Membership


class Participation(Membership, frozen=True):
    """The membership of a participant."""

    notification_level: str
    last_read_index: int | None
