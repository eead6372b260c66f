"""How the refusals of ``core/errors/feed.py`` are met."""

from parlour.core.errors import PositionGone
from parlour.runtime.feed import Positions
from parlour.storage.log import LogPosition
from tests.conformance.refusals.table import refusal
from tests.feed import EVENTS
from tests.house import Answer, House


@refusal(PositionGone)
async def a_position_that_comes_from_another_database(house: House) -> Answer:
    elsewhere = LogPosition("99999999999:99999999999:")
    return await house.get(EVENTS, After=Positions(house.parlour.inside.vault.key).seal(house.account, elsewhere))
