"""The relay of an output: reads the facts that its audience learns of, and puts what it plans for them into lanes.

The position in the log and the deliveries are written in one transaction, so that every fact makes its deliveries
exactly once, whichever process is killed when. Each output has a position of its own, and none waits for another.
One process relays for an output at a time; the others wait for the lock on its position.
"""

import structlog

from parlour.contract.output import Output
from parlour.core.actor import SYSTEM
from parlour.core.scope import Scope
from parlour.delivery.queries import deliveries
from parlour.runtime.metrics import PLANNED, RELAYED
from parlour.runtime.node import Node
from parlour.runtime.signals import DELIVER
from parlour.storage import log
from parlour.storage.transaction import Transaction

_log = structlog.get_logger("parlour.delivery")


class Relay:
    """Turns facts into the deliveries of one output."""

    def __init__(self, node: Node, output: Output[Transaction], *, limit: int = 500) -> None:
        self._node, self._output, self._limit = node, output, limit

    async def run_once(self) -> bool:
        """Relays what has been committed, a batch of it; whether there may be more."""
        try:
            return await self._relay()
        except log.LogMoved:
            if await log.adopt(self._node.database):
                _log.warning(
                    "The event log came from another PostgreSQL cluster; it was adopted, nothing is told twice."
                )
            return True

    async def _relay(self) -> bool:
        audience = self._output.audience
        planned = 0
        async with self._node.transaction(Scope("", None), SYSTEM) as tx:
            cursor = await log.resume(tx, audience)
            batch = await log.read(tx, cursor, limit=self._limit, audience=audience)
            if not batch.events:
                return False
            async for portion in self._output.plan(tx, batch.events):
                await deliveries.plan(tx, audience, portion)
                planned += len(portion)
            await log.remember(tx, audience, batch.position)
        self._node.metrics.count(RELAYED, by=len(batch.events))
        self._node.metrics.count(PLANNED, by=planned)
        self._node.signals.wake(DELIVER)
        return True
