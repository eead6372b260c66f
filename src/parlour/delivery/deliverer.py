"""Delivering: takes lanes that are due, sends what waits in them one at a time, and keeps every attempt.

Any number of processes do this. A lane belongs to one of them for a while; when that process is killed, its claim runs
out and another goes on, at worst sending again what was sent but not yet kept.
"""

import asyncio
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, TypeVar
from uuid import uuid4

import structlog

from parlour.contract.delivery import Delivery, DeliveryState
from parlour.contract.output import Output, Sent
from parlour.core.audience import Audience
from parlour.core.errors import ApiError, Conflict, Unavailable
from parlour.delivery import keeping
from parlour.delivery.model import Claim
from parlour.delivery.notice import Notice, Noticed
from parlour.delivery.queries import lanes
from parlour.runtime.metrics import FAMILIES
from parlour.runtime.node import Node
from parlour.runtime.signals import DELIVER
from parlour.storage.transaction import Reading, Record, Transaction

Outputs = Mapping[Audience, Output[Transaction]]
"""What this process can send, by audience."""

MAX_LANES = 1000
"""That a process empties at the same time. Most of them only wait for an answer."""
MAX_PER_RECEIVER = 100
"""Of these, so that a receiver which is slow with many conversations leaves room for the others."""
MAX_PROBES = 400
"""Lanes, besides, by which a process finds out at the same time whether receivers that are away are back."""
CLAIM_BATCH = 50
LEASE_USE_SECONDS = 2.0
"""How long a process keeps a lane: short enough for one more try before the claim runs out."""
CLOCK_STEP_SECONDS = 1.0
"""By so much less than the time that passed the clock has to have gone on to count as put back."""
RELEASE_TIMEOUT_SECONDS = 2.0
"""For giving back the lanes of a process that ends."""
_TRIED_AGAIN = (Unavailable, Conflict)
"""What the database may say now and not a moment later."""

Key = TypeVar("Key")

_log: Any = structlog.get_logger("parlour.delivery")


class Deliverer:
    """Sends the deliveries of this process."""

    def __init__(self, node: Node, outputs: Outputs, notice: Notice) -> None:
        """*outputs*: lanes of other audiences are left to other processes."""
        assert {output.kind for output in outputs.values()} <= set(FAMILIES), "every output has metrics"
        self._node, self._outputs, self._notice = node, outputs, notice
        self._owner = uuid4().hex
        """Under this name the process claims lanes."""
        self._sending: Counter[str] = Counter()
        self._probing: Counter[tuple[str, str]] = Counter()
        """By account and receiver that is away: lanes that find out whether it still is."""
        self._lanes: dict[asyncio.Task[bool], Claim] = {}
        self._claiming = asyncio.Lock()
        self._is_full = False
        """Whether lanes were left to others, or for later, because too many are being emptied."""
        self._lost_some = False
        """Whether the database may say of lanes that this process has them, and it does not know."""
        self._seen: tuple[datetime, float] | None = None
        """What the clock showed when it was last looked at, and how long the machine had been running then."""

    async def run_once(self) -> bool:
        """Claims lanes and begins to empty them; whether there may be more that are due."""
        room = min(CLAIM_BATCH, MAX_LANES - len(self._lanes) + self._probing.total())
        busy = [receiver for receiver, number in self._sending.items() if number >= MAX_PER_RECEIVER]
        self._is_full = room <= 0 or bool(busy)
        return room > 0 and await self._claim(lanes.claim, room, busy) == room

    async def probe(self) -> bool:
        """Claims a few lanes of each account to each receiver that is away and begins to empty them; never has more to
        do at once."""
        room = min(CLAIM_BATCH, MAX_PROBES - self._probing.total())
        if room > 0:
            await self._claim(lanes.claim_away, room, list(self._probing))
        return False

    async def _claim(self, claim: Callable[..., Awaitable[list[Claim]]], limit: int, busy: Sequence[object]) -> int:
        """Begins to empty the lanes that *claim* gives, *limit* of them; how many there are."""
        async with self._claiming:
            try:
                async with self._node.database.session() as reading:
                    await self._catch_up(reading)
                    claims = await claim(
                        reading,
                        self._node.clock.now(),
                        self._owner,
                        limit=limit,
                        busy=busy,
                        audiences=list(self._outputs),
                    )
            except _TRIED_AGAIN:
                self._lost_some = True
                raise
            for each in claims:
                self._begin(each)
        return len(claims)

    @property
    def busy(self) -> int:
        """How many lanes this process empties at the moment."""
        return len(self._lanes)

    async def close(self) -> None:
        """Lets go of everything at once; what was on its way is sent again by somebody else."""
        for task in self._lanes:
            task.cancel()
        await asyncio.gather(*self._lanes, return_exceptions=True)
        with suppress(ApiError, TimeoutError):  # then they run out
            async with asyncio.timeout(RELEASE_TIMEOUT_SECONDS), self._node.database.session() as reading:
                await lanes.release(reading, self._owner, ())

    async def _catch_up(self, reading: Reading) -> None:
        """Lanes that were lost when the database could not be reached are free, and those that wait for a time which
        the clock showed before it was put back are due."""
        if self._lost_some:
            held = [(claim.account_sid, claim.lane) for claim in self._lanes.values()]
            await lanes.release(reading, self._owner, held)
            self._lost_some = False
        now, running = self._node.clock.now(), time.monotonic()
        before = self._seen
        if before is None or (now - before[0]).total_seconds() < running - before[1] - CLOCK_STEP_SECONDS:
            await lanes.hasten(reading, now, max(output.longest_pause for output in self._outputs.values()))
        self._seen = now, running

    def _begin(self, claim: Claim) -> None:
        if claim.is_away:
            self._probing[claim.account_sid, claim.receiver] += 1
        else:
            self._sending[claim.receiver] += 1
        task = asyncio.create_task(self._empty(claim))
        self._lanes[task] = claim
        task.add_done_callback(lambda done: self._ended(done, claim))

    def _ended(self, task: asyncio.Task[bool], claim: Claim) -> None:
        del self._lanes[task]
        if claim.is_away:
            _less(self._probing, (claim.account_sid, claim.receiver))
        else:
            _less(self._sending, claim.receiver)
        goes_on = False
        if not task.cancelled():
            error = task.exception()
            if error is None:
                goes_on = task.result()
            else:
                is_lost = isinstance(error, _TRIED_AGAIN)
                self._lost_some = self._lost_some or is_lost
                _log.warning("A lane was left before it was empty.", exc_info=None if is_lost else error)
        if goes_on or self._is_full:
            self._node.signals.wake(DELIVER)

    async def _empty(self, claim: Claim) -> bool:
        """Sends the claim's deliveries in order, until one has to wait for another try or the time is up; whether the
        lane is due again.

        While attempts are being kept, the next deliveries are sent already, but only as many as the output allows: a
        process that goes on after a crash repeats these and the one that was under way. Before the lane is given back,
        all are kept.
        """
        output = self._outputs[claim.audience]
        kept: deque[asyncio.Future[Record | None]] = deque()
        try:
            is_back = await self._send(output, claim, kept)
            row = await kept[0]
        finally:
            for each in kept:
                each.cancel()  # nobody will ask what became of it
        if claim.is_away and is_back:
            await self._wake(output, claim)
        return row is not None and bool(row["goes_on"])

    async def _wake(self, output: Output[Transaction], claim: Claim) -> None:
        """The receiver, which was away, answers: all of the account's that waits for it is sent."""
        async with self._node.database.session() as reading:
            woken = await lanes.wake(reading, claim.account_sid, claim.receiver, self._node.clock.now())
        _log.info(
            "A receiver is back.", audience=output.name, receiver=claim.receiver, account=claim.account_sid, lanes=woken
        )
        self._node.signals.wake(DELIVER)

    async def _send(
        self, output: Output[Transaction], claim: Claim, kept: "deque[asyncio.Future[Record | None]]"
    ) -> bool:
        """Sends; *kept*: the attempts that are still being kept, at the end only the last. Whether the receiver was
        there in the end."""
        until = time.monotonic() + LEASE_USE_SECONDS
        session = await output.begin(claim.account_sid, claim.deliveries)
        is_answered = True
        for delivery in claim.deliveries:
            sent = await output.send(session, delivery)
            is_answered = sent.is_answered
            if sent.failed_before is not None:
                await self._give_up(output, claim, delivery, sent.failed_before)
            is_last = delivery is claim.deliveries[-1] or time.monotonic() > until
            leaves = sent.state is DeliveryState.WAITING or sent.failed_before is not None or is_last
            while leaves and kept:
                await kept.popleft()
            self._note(output, delivery, sent, is_known=claim.is_away)
            kept.append(keeping.keep(self._node, output, delivery, sent, leaves=leaves))
            if leaves:
                break
            while len(kept) > output.max_unconfirmed:
                await kept.popleft()
        return is_answered

    async def _give_up(
        self, output: Output[Transaction], claim: Claim, delivery: Delivery, failed_before: datetime
    ) -> None:
        """*delivery* was waited for in vain; so was what came behind it soon enough, and need not be tried."""
        async with self._node.database.session() as reading:
            number = await lanes.give_up(reading, delivery, failed_before, self._node.clock.now())
        _log.warning(
            "A receiver was away for longer than it is waited for.",
            audience=output.name,
            receiver=claim.receiver,
            account=claim.account_sid,
            given_up=1 + number,
        )

    def _note(self, output: Output[Transaction], delivery: Delivery, sent: Sent, *, is_known: bool) -> None:
        """*is_known*: that the receiver is away, so that another failure is no news."""
        attempt = sent.attempt
        noticed = Noticed(
            name=output.name,
            kind=output.kind,
            event_type=delivery.event_type,
            verdict=attempt.verdict,
            answer=sent.answer,
            milliseconds=attempt.milliseconds,
            attempt=attempt.number,
            is_news=not (is_known and sent.state is DeliveryState.WAITING),
        )
        self._notice(
            noticed,
            lambda: output.logged(attempt),
            request_id=delivery.request_sid,
            account=delivery.account_sid,
            delivery=delivery.sid,
        )


def _less(counted: Counter[Key], key: Key) -> None:
    counted[key] -= 1
    if not counted[key]:
        del counted[key]
