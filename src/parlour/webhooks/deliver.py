"""Delivering: takes lanes that are due, sends what waits in them one at a time, and keeps every attempt.

Any number of processes do this. A lane belongs to one of them for a while; when that process is killed, its claim runs
out and another goes on, at worst sending again what was sent but not yet kept, with the same idempotency token.
"""

import asyncio
import time
from collections import Counter
from datetime import timedelta

import structlog

from parlour.core import trace
from parlour.resources.deliveries import actions as deliveries
from parlour.resources.deliveries import queries
from parlour.resources.deliveries.model import Claim, Delivery, DeliveryState
from parlour.runtime.work import DELIVER, House
from parlour.webhooks.call import Caller, Exchange, Fault
from parlour.webhooks.notice import notice
from parlour.webhooks.secrets import Secrets

MOST_LANES = 1000
"""That a process empties at the same time. Most of them only wait for an answer."""
MOST_PER_RECEIVER = 100
"""Of these, so that a receiver which is slow with many conversations leaves room for the others."""
CLAIMED_AT_ONCE = 50
SESSION = 2.0
"""Seconds after which a lane is given back: early enough for one more call before the claim runs out."""
RETRIED = (429, 503, 504)
"""The answers after which a call is tried again, as it is when there was none."""

_log = structlog.get_logger("parlour.webhooks")


class Deliverer:
    """Sends the deliveries of this process; *retries*: how often a call that failed is tried again."""

    def __init__(self, house: House, caller: Caller, secrets: Secrets, *, retries: int) -> None:
        self._house, self._caller, self._secrets, self._retries = house, caller, secrets, retries
        self._sending: Counter[str] = Counter()
        self._lanes: set[asyncio.Task[None]] = set()

    async def turn(self) -> bool:
        """Claims lanes and begins to empty them; whether there may be more that are due."""
        room = min(CLAIMED_AT_ONCE, MOST_LANES - len(self._lanes))
        if room <= 0:
            return False
        busy = [receiver for receiver, lanes in self._sending.items() if lanes >= MOST_PER_RECEIVER]
        async with self._house.database.session() as reading:
            claims = await queries.claim(reading, self._house.clock.now(), most=room, busy=busy)
        for claim in claims:
            self._begin(claim)
        return len(claims) == room

    @property
    def busy(self) -> int:
        """How many lanes this process empties at the moment."""
        return len(self._lanes)

    async def close(self) -> None:
        """Lets go of everything at once; what was on its way is sent again by somebody else."""
        for task in self._lanes:
            task.cancel()
        await asyncio.gather(*self._lanes, return_exceptions=True)

    def _begin(self, claim: Claim) -> None:
        self._sending[claim.receiver] += 1
        task = asyncio.create_task(self._empty(claim))
        self._lanes.add(task)
        task.add_done_callback(lambda done: self._ended(done, claim))

    def _ended(self, task: asyncio.Task[None], claim: Claim) -> None:
        self._lanes.discard(task)
        if not task.cancelled() and task.exception() is not None:
            _log.warning("A lane was left before it was empty.", exc_info=task.exception())
        self._sending[claim.receiver] -= 1
        if not self._sending[claim.receiver]:
            del self._sending[claim.receiver]
        self._house.call(DELIVER)

    async def _empty(self, claim: Claim) -> None:
        """Sends the claim's deliveries in order, until one has to wait for another try or the time is up."""
        until = time.monotonic() + SESSION
        secret = await self._secrets.of(claim.account_sid)
        for delivery in claim.deliveries:
            with trace.bound(request_id=delivery.request_sid, account=delivery.account_sid, delivery=delivery.sid):
                if await self._send(delivery, secret, is_last=delivery is claim.deliveries[-1], until=until):
                    return

    async def _send(self, delivery: Delivery, secret: str, *, is_last: bool, until: float) -> bool:
        """One call of the delivery, kept with what became of it; whether the lane was given back with it."""
        parameters = {**delivery.parameters, "RetryCount": str(delivery.attempts)}
        began = self._house.clock.now()
        exchange = await self._caller.call(delivery.method, delivery.url, parameters, secret, str(delivery.token))
        state = outcome(exchange, delivery.attempts, self._retries)
        is_waiting = state is DeliveryState.WAITING
        leaves = is_last or is_waiting or time.monotonic() > until
        word = "retry" if is_waiting else state.value
        attempt = exchange.attempt(delivery.account_sid, delivery.sid, delivery.attempts, word, began)
        notice(self._house, "post", exchange, word, delivery.event_type, attempt=delivery.attempts)
        ended = self._house.clock.now()
        next_at = ended + backoff(delivery.attempts) if is_waiting else self._house.clock.now()
        await deliveries.keep(self._house, delivery, attempt, state, leaves=leaves, next_at=next_at)
        return leaves


def outcome(exchange: Exchange, attempts: int, retries: int) -> DeliveryState:
    """What becomes of a delivery after *attempts* earlier calls and this one."""
    if exchange.status is not None and 200 <= exchange.status < 300:
        return DeliveryState.DELIVERED
    is_retried = exchange.status in RETRIED or exchange.fault in (Fault.TIMEOUT, Fault.UNREACHABLE)
    return DeliveryState.WAITING if is_retried and attempts < retries else DeliveryState.FAILED


def backoff(attempts: int) -> timedelta:
    """How long the next call waits: 1, 2, 4 seconds."""
    return timedelta(seconds=1 << attempts)
