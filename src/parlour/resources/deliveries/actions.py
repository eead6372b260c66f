"""What may happen to deliveries of webhooks: they are looked at."""

from datetime import datetime, timedelta

import msgspec

from parlour.contract.delivery import Delivery, DeliveryState, Recorded
from parlour.core.paging import Page, PageRequest
from parlour.core.rights import ACCOUNTS_ONLY, permit
from parlour.resources.deliveries import queries
from parlour.resources.deliveries.model import DeliveryQuery
from parlour.runtime.work import Work


async def page(work: Work, query: DeliveryQuery, request: PageRequest) -> Page[Recorded]:
    """The account's deliveries, the newest first."""
    permit(work.actor, ACCOUNTS_ONLY)
    async with work.read() as reading:
        found = await queries.page(reading, work.scope.account, query, request)
    return msgspec.structs.replace(found, rows=[waited_for(work.patience, each) for each in found.rows])


async def fetch(work: Work, sid: str) -> Recorded:
    """The delivery with all of its attempts that are kept; raises NotFound."""
    permit(work.actor, ACCOUNTS_ONLY)
    async with work.read() as reading:
        return waited_for(work.patience, await queries.recorded(reading, work.scope.account, sid))


def waited_for(patience: timedelta, recorded: Recorded) -> Recorded:
    """*recorded*, with until when its receiver is waited for."""
    if recorded.delivery.state != DeliveryState.WAITING:
        return recorded
    return msgspec.structs.replace(recorded, until=_until(patience, recorded.delivery))


def _until(patience: timedelta, delivery: Delivery) -> datetime | None:
    return delivery.created_at + patience if patience else None
