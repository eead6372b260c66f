"""Lane: who empties it, and what waits in it."""

import msgspec

from parlour.resources.deliveries.model import Delivery


class Claim(msgspec.Struct, frozen=True):
    """A lane that this process may empty until its claim runs out, with the next deliveries in it."""

    account_sid: str
    lane: str
    receiver: str
    deliveries: tuple[Delivery, ...]
    is_away: bool = False
    """Whether the receiver is known to be away, so that the one delivery finds out whether it still is."""
