"""How the clock looks over REST."""

from datetime import datetime
from enum import StrEnum

import msgspec

from parlour.contract.rest import OWN, Mount, Place, Resource, fetch, update
from parlour.resources.clock import actions
from parlour.resources.clock.model import ClockFace, ClockMove


class ClockType(StrEnum):
    """Whose clock it is."""

    SYSTEM = "system"
    VIRTUAL = "virtual"


class ClockView(msgspec.Struct):
    """The clock as callers see it."""

    type: str
    now: datetime
    frozen: bool
    offset: float
    url: str


def view(face: ClockFace, at: Place) -> ClockView:
    """What the clock shows."""
    return ClockView(
        type=ClockType.VIRTUAL if face.is_virtual else ClockType.SYSTEM,
        now=face.now,
        frozen=face.frozen,
        offset=face.offset,
        url=f"{at.base}/Clock",
    )


clock = Resource(
    name="Clock",
    segment="Clock",
    mount=Mount.ACCOUNT,
    prefix=OWN,
    singleton=True,
    row=ClockView,
    view=view,
    operations=(fetch(actions.fetch), update(ClockMove, actions.move)),
)
