"""What makes a replay, and what a whole batch of them."""

from typing import Annotated

import msgspec

from parlour.contract.delivery import DeliveryState
from parlour.core.fields import Choice, SidOf
from parlour.core.own_fields import Between
from parlour.core.sids import Prefix
from parlour.resources.deliveries.model import DeliveryQuery

MAX_REPLAYED_AT_ONCE = 1000
"""Deliveries that one batch goes through."""


class ReplayDraft(msgspec.Struct, frozen=True, kw_only=True):
    """What a replay is made of: nothing has to be said."""


class ReplayBatchDraft(DeliveryQuery, frozen=True, kw_only=True):
    """Which deliveries are replayed: by the filters of their list, the oldest first, so many at a time."""

    state: Annotated[DeliveryState, Choice((DeliveryState.FAILED, DeliveryState.DELIVERED))] = DeliveryState.FAILED
    after_sid: Annotated[str | None, SidOf(Prefix.DELIVERY)] = None
    """Go on behind this delivery."""
    last_sid: Annotated[str | None, SidOf(Prefix.DELIVERY)] = None
    """Go no further than this delivery; without it, than the newest there is."""
    limit: Annotated[int, Between(MAX_REPLAYED_AT_ONCE)] = 500


class ReplayBatch(msgspec.Struct, frozen=True):
    """What came of a batch."""

    account_sid: str
    replayed: int
    before: int
    """Those that were replayed already, and were left out."""
    gone: int
    """Those whose webhook is not configured any more, which were left out, too."""
    after_sid: str | None
    last_sid: str | None
    """Where the next batch goes on, and how far all of them go."""
    is_done: bool
