"""What makes a replay."""

import msgspec


class ReplayDraft(msgspec.Struct, frozen=True, kw_only=True):
    """What a replay is made of: nothing has to be said."""
