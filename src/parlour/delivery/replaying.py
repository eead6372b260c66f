"""Replaying: an event is sent once more, as a delivery of its own, to where its target is now."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from parlour.contract.delivery import Delivery
from parlour.contract.output import Output, Planned
from parlour.core.audience import Audience
from parlour.delivery.queries import deliveries
from parlour.storage.transaction import Transaction


async def replay(
    outputs: Mapping[Audience, Output[Transaction]],
    tx: Transaction,
    before: Sequence[Delivery],
    request_sid: str | None,
) -> Sequence[Planned]:
    """Puts replays of the deliveries into their lanes, in the order of these; without those whose targets are gone."""
    by_audience: dict[int, list[Delivery]] = defaultdict(list)
    for delivery in sorted(before, key=lambda each: each.number):
        by_audience[delivery.audience].append(delivery)
    planned: list[Planned] = []
    for number, some in by_audience.items():
        audience = Audience(number)
        again = await outputs[audience].again(tx, some, request_sid)
        await deliveries.plan(tx, audience, again)
        planned += again
    return planned
