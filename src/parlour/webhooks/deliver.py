"""Delivering: takes lanes that are due, sends what waits in them one at a time, and keeps every attempt.

Any number of processes do this. A lane belongs to one of them for a while; when that process is killed, its claim runs
out and another goes on, at worst sending again what was sent but not yet kept, with the same idempotency token.
"""

import asyncio
import time
from collections import Counter, deque
from datetime import datetime, timedelta

import structlog

from parlour.core.errors import Unavailable
from parlour.resources.deliveries import actions as deliveries
from parlour.resources.deliveries import queries
from parlour.resources.deliveries.model import Claim, Delivery, DeliveryState
from parlour.runtime.work import DELIVER, House
from parlour.storage.transaction import Row
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
AHEAD = 2
"""Calls of a lane that may be on their way into the database while the next is made. If it were one, the calls of all
lanes and the commits would fall into step, and each would wait for the other."""
RETRIED = (429, 503, 504)
"""The answers after which a call is tried again, as it is when there was none."""

_log = structlog.get_logger("parlour.webhooks")


class Deliverer:
    """Sends the deliveries of this process; *retries*: how often a call that failed is tried again."""

    def __init__(self, house: House, caller: Caller, secrets: Secrets, *, retries: int) -> None:
        self._house, self._caller, self._secrets, self._retries = house, caller, secrets, retries
        self._sending: Counter[str] = Counter()
        self._lanes: set[asyncio.Task[bool]] = set()
        self._is_full = False
        """Whether lanes were left to others, or for later, because too many are being emptied."""

    async def turn(self) -> bool:
        """Claims lanes and begins to empty them; whether there may be more that are due."""
        room = min(CLAIMED_AT_ONCE, MOST_LANES - len(self._lanes))
        busy = [receiver for receiver, lanes in self._sending.items() if lanes >= MOST_PER_RECEIVER]
        self._is_full = room <= 0 or bool(busy)
        if room <= 0:
            return False
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

    def _ended(self, task: asyncio.Task[bool], claim: Claim) -> None:
        self._lanes.discard(task)
        self._sending[claim.receiver] -= 1
        if not self._sending[claim.receiver]:
            del self._sending[claim.receiver]
        goes_on = False
        if not task.cancelled():
            error = task.exception()
            if error is None:
                goes_on = task.result()
            else:
                unexpected = None if isinstance(error, Unavailable) else error
                _log.warning("A lane was left before it was empty.", exc_info=unexpected)
        if goes_on or self._is_full:
            self._house.call(DELIVER)

    async def _empty(self, claim: Claim) -> bool:
        """Sends the claim's deliveries in order, until one has to wait for another try or the time is up; whether the
        lane is due again.

        While calls are being kept, the next ones are made already, but no more than AHEAD: whoever goes on after a
        crash repeats these and the one that was under way. Before the lane is given back, all are kept.
        """
        kept: deque[asyncio.Future[Row | None]] = deque()
        try:
            await self._send(claim, kept)
            row = await kept[0]
        finally:
            for each in kept:
                each.cancel()  # nobody will ask what became of it
        return row is not None and bool(row["goes_on"])

    async def _send(self, claim: Claim, kept: "deque[asyncio.Future[Row | None]]") -> None:
        """Makes the calls; *kept*: those that are still being kept, at the end only the last."""
        until = time.monotonic() + SESSION
        secret = await self._secrets.of(claim.account_sid)
        for delivery in claim.deliveries:
            began = self._house.clock.now()
            parameters = {**delivery.parameters, "RetryCount": str(delivery.attempts)}
            exchange = await self._caller.call(delivery.method, delivery.url, parameters, secret, str(delivery.token))
            state = outcome(exchange, delivery.attempts, self._retries)
            leaves = state is DeliveryState.WAITING or delivery is claim.deliveries[-1] or time.monotonic() > until
            while len(kept) >= (1 if leaves else AHEAD):
                await kept.popleft()
            kept.append(self._keep(delivery, exchange, state, began, leaves=leaves))
            if leaves:
                return

    def _keep(
        self, delivery: Delivery, exchange: Exchange, state: DeliveryState, began: datetime, *, leaves: bool
    ) -> "asyncio.Future[Row | None]":
        """Begins to keep a call and what became of it; *leaves*: the lane is given back with it."""
        now = self._house.clock.now()
        is_waiting = state is DeliveryState.WAITING
        word = "retry" if is_waiting else state.value
        notice(
            self._house,
            "post",
            exchange,
            word,
            delivery.event_type,
            attempt=delivery.attempts,
            request_id=delivery.request_sid,
            account=delivery.account_sid,
            delivery=delivery.sid,
        )
        attempt = exchange.attempt(delivery.account_sid, delivery.sid, delivery.attempts, word, began)
        next_at = now + backoff(delivery.attempts) if is_waiting else now
        return deliveries.keep(self._house, delivery, attempt, state, leaves=leaves, next_at=next_at)


def outcome(exchange: Exchange, attempts: int, retries: int) -> DeliveryState:
    """What becomes of a delivery after *attempts* earlier calls and this one."""
    if exchange.status is not None and 200 <= exchange.status < 300:
        return DeliveryState.DELIVERED
    is_retried = exchange.status in RETRIED or exchange.fault in (Fault.TIMEOUT, Fault.UNREACHABLE)
    return DeliveryState.WAITING if is_retried and attempts < retries else DeliveryState.FAILED


def backoff(attempts: int) -> timedelta:
    """How long the next call waits: 1, 2, 4 seconds."""
    return timedelta(seconds=1 << attempts)
