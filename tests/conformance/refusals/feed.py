"""How the refusals of ``core/errors/feed.py`` are met."""

from parlour.core.errors import PositionGone
from parlour.runtime.feed import CursorCodec
from parlour.storage.log import Cursor
from tests.account_client import AccountClient, Answer
from tests.conformance.refusals.table import refusal
from tests.feed import EVENTS


@refusal(PositionGone)
async def a_position_that_comes_from_another_database(api: AccountClient) -> Answer:
    elsewhere = Cursor("99999999999:99999999999:")
    return await api.get(EVENTS, After=CursorCodec(api.parlour.inside.vault.key).encode(api.account, elsewhere))
