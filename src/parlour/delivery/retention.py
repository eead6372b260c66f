"""Housekeeping: what was kept of deliveries and of the event log for long enough goes, a batch at a time."""

from parlour.delivery.queries import deliveries, lanes
from parlour.runtime.node import Node
from parlour.storage import log

HOUSEKEEPING = "housekeeping"
"""The name of the loop."""
BATCH_SIZE = 500
"""Rows of a kind in one batch: short enough that nobody waits for it."""


async def forget(node: Node) -> bool:
    """Removes a batch of what is done and old, and of lanes in which nothing waits; whether there may be more."""
    now = node.clock.now()
    async with node.database.session() as reading:
        removed = [
            await deliveries.forget(reading, now - node.retention.deliveries, BATCH_SIZE),
            await log.forget(reading, now - node.retention.events, BATCH_SIZE),
            await lanes.forget(reading, BATCH_SIZE),
        ]
    return max(removed) == BATCH_SIZE
