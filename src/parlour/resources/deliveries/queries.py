"""SQL of the lists of webhooks' deliveries."""

from parlour.contract.delivery import Recorded
from parlour.core.audience import Audience
from parlour.core.errors import NotFound
from parlour.core.paging import Page, PageRequest
from parlour.delivery.queries import deliveries
from parlour.delivery.queries.deliveries import RECORDED, of_row
from parlour.resources.deliveries.model import DeliveryQuery
from parlour.storage.keyset import Keyset
from parlour.storage.transaction import Reading

_ORDER = Keyset(("created_at", "sid"), descending=True, table="d")


def conditions(query: DeliveryQuery, *, start: int) -> tuple[str, list[object]]:
    """What a delivery ``d`` has to be that *query* means, and the values for the parameters from number *start* on."""
    each = {
        "d.conversation_sid = {}": query.conversation_sid,
        "d.subject_sid = {}": query.subject_sid,
        "d.event_type = {}": query.event_type,
        "d.state = {}": query.state,
        "d.target = {}": query.hook,
        "d.request_sid = {}": query.request_sid,
        "d.created_at >= {}": query.start_date,
        "d.created_at < {}::timestamptz + interval '1 second'": query.end_date,
    }
    asked = {condition: value for condition, value in each.items() if value is not None}
    wanted = "".join(f" and {condition.format(f'${place}')}" for place, condition in enumerate(asked, start=start))
    return wanted, list(asked.values())


async def page(reading: Reading, account_sid: str, query: DeliveryQuery, request: PageRequest) -> Page[Recorded]:
    """The account's deliveries that *query* means, the newest first."""
    wanted, values = conditions(query, start=2)
    return await _ORDER.page(
        reading,
        f"{RECORDED} where d.account_sid = $1 and d.audience = {int(Audience.WEBHOOK)}{wanted}",
        (account_sid, *values),
        request,
        of_row,
    )


async def recorded(reading: Reading, account_sid: str, sid: str) -> Recorded:
    """The delivery with all of its attempts that are kept; raises NotFound, also for another audience's."""
    found = await deliveries.recorded(reading, account_sid, sid)
    if found.delivery.audience != Audience.WEBHOOK:
        raise NotFound
    return found
