"""The recorder: an output that reaches nobody, and remembers what the machine gave it.

It has nothing in common with any other output: each message goes to one phone, named by its conversation.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import msgspec

from parlour.contract.delivery import Attempt, Delivery, DeliveryState, Recorded
from parlour.contract.explain import Explainer, Found, Happening, Sentence, Today
from parlour.contract.output import Planned, Sent
from parlour.core.audience import Audience
from parlour.core.clock import Clock
from parlour.core.facts import FactReader, LoggedEvent
from parlour.core.sids import Prefix, new_sid
from parlour.resources.messages.facts import MessageAdded
from parlour.storage.transaction import Transaction

EFFECTS = "create table effects (delivery_sid text, attempt integer, is_delivered boolean)"
"""Where ``settle`` notes what follows from an attempt."""
PAUSE = timedelta(seconds=10)

_FACTS = FactReader([MessageAdded])


class Payload(msgspec.Struct, frozen=True):
    phone: str
    text: str


class RecorderExplainer:
    async def look(self, reading: Any, found: Found) -> str:
        return f"phone of {found.conversation_sid}"

    def of_place(self, known: str) -> Iterable[Sentence]:
        return [Sentence(f"It is for the {known}.", {})]

    def of_happening(
        self, today: Today, happening: Happening, known: str, mine: Sequence[Recorded]
    ) -> Iterable[Sentence]:
        return [Sentence(f"The {known} heard of it {len(mine)} times.", {})]

    def of_delivery(self, recorded: Recorded) -> Sentence:
        return Sentence(f"{recorded.delivery.target}: {recorded.delivery.state}", {})

    def of_attempts(self, recorded: Recorded) -> Iterable[Sentence]:
        return [Sentence(f"dialled: {each.verdict}", {}) for each in recorded.attempts or ()]


class Recorder:
    audience = Audience.CARRIER
    name = "recorder"
    kind = "recorder"
    longest_pause = PAUSE

    def __init__(self, clock: Clock, *, max_unconfirmed: int = 0) -> None:
        self._clock = clock
        self.explainer: Explainer[Any] = RecorderExplainer()
        self.max_unconfirmed = max_unconfirmed
        self.sent: asyncio.Queue[str] = asyncio.Queue()
        """The texts, as they were sent; also those of tries that failed."""
        self.is_there = asyncio.Event()
        """Until it is set, nothing that is sent comes back."""
        self.is_there.set()
        self.refuses: set[str] = set()
        """Texts that come back as not delivered, to be tried again."""
        self.is_away = False
        """Whether nobody answers."""
        self.has_effects = True
        self.gone: set[str] = set()
        """Phones to which nothing is sent again."""
        self.on_settle: Exception | None = None

    async def plan(self, tx: Transaction, events: Sequence[LoggedEvent]) -> AsyncIterator[Sequence[Planned]]:
        for event in events:
            fact = _FACTS.read(event)
            if isinstance(fact, MessageAdded):
                message = fact.message
                payload = Payload(f"phone of {message.conversation_sid}", message.body or "")
                yield [
                    Planned(
                        account_sid=event.account_sid,
                        sid=new_sid(Prefix.DELIVERY),
                        service_sid=event.service_sid,
                        conversation_sid=message.conversation_sid,
                        subject_sid=message.sid,
                        event_id=event.id,
                        event_type=event.type,
                        target=payload.phone,
                        payload=payload,
                        lane_key=payload.phone,
                        receiver="carrier:recorder",
                        request_sid=event.request_sid,
                    )
                ]

    async def again(
        self, tx: Transaction, deliveries: Sequence[Delivery], request_sid: str | None
    ) -> Sequence[Planned]:
        return [
            Planned(
                account_sid=delivery.account_sid,
                sid=new_sid(Prefix.DELIVERY),
                service_sid=delivery.service_sid or "",
                conversation_sid=delivery.conversation_sid,
                subject_sid=delivery.subject_sid,
                event_id=delivery.event_id or 0,
                event_type=delivery.event_type,
                target=delivery.target,
                payload=delivery.payload,
                lane_key=delivery.target,
                receiver="carrier:recorder",
                request_sid=request_sid,
                replay_of=delivery.sid,
            )
            for delivery in deliveries
            if delivery.target not in self.gone
        ]

    async def begin(self, account_sid: str, deliveries: Sequence[Delivery]) -> str:
        return f"session of {account_sid}"

    async def send(self, session: Any, delivery: Delivery) -> Sent:
        assert session == f"session of {delivery.account_sid}"
        began = self._clock.now()
        payload = msgspec.convert(delivery.payload, Payload)
        self.sent.put_nowait(payload.text)
        await self.is_there.wait()
        is_delivered = not self.is_away and payload.text not in self.refuses
        attempt = Attempt(
            delivery_sid=delivery.sid,
            account_sid=delivery.account_sid,
            number=delivery.attempts,
            verdict="delivered" if is_delivered else "retry",
            status=None if self.is_away else 1 if is_delivered else 2,
            error="nobody answers" if self.is_away else None,
            record={"dialled": payload.phone},
            started_at=began,
            milliseconds=1.0,
        )
        return Sent(
            attempt=attempt,
            state=DeliveryState.DELIVERED if is_delivered else DeliveryState.WAITING,
            answer="away" if self.is_away else "answered",
            next_at=None if is_delivered else self._clock.now() + PAUSE,
            is_answered=not self.is_away,
            is_parked=self.is_away,
            has_effects=self.has_effects,
        )

    async def settle(self, tx: Transaction, delivery: Delivery, sent: Sent) -> None:
        await tx.execute(
            "insert into effects values ($1, $2, $3)",
            delivery.sid,
            sent.attempt.number,
            sent.state is DeliveryState.DELIVERED,
        )
        if self.on_settle is not None:
            raise self.on_settle

    def shown(self, delivery: Delivery) -> Mapping[str, Any]:
        return {"phone": delivery.target}

    def logged(self, attempt: Attempt) -> Mapping[str, Any]:
        return {"dialled": attempt.record["dialled"]}

    async def next(self) -> str:
        """The text that is sent next."""
        async with asyncio.timeout(60):
            return await self.sent.get()

    async def take(self, number: int) -> list[str]:
        """The next so many."""
        return [await self.next() for _ in range(number)]
