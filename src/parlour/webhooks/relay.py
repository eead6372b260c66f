"""The relay: reads the facts that webhooks are to be told of, and puts a delivery for each webhook into its lane.

The position in the log and the deliveries are written in one transaction, so that every fact makes its deliveries
exactly once, whoever is killed when. One process relays at a time; the others wait for its lock.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
import structlog

from parlour.contract.webhook import AnnouncedFact, Announcement
from parlour.core.actor import SYSTEM
from parlour.core.audience import Audience
from parlour.core.facts import Fact, LoggedEvent
from parlour.core.scope import Scope
from parlour.core.sids import Prefix, new_sid
from parlour.resources.conversation_webhooks.facts import WebhookReplayAsked
from parlour.resources.deliveries import queries as deliveries
from parlour.resources.deliveries.model import Planned
from parlour.resources.hooks import queries as in_force
from parlour.resources.hooks.announced import ANNOUNCED, ANNOUNCEMENTS
from parlour.resources.hooks.model import STUDIO, ScopedHook, ServiceHooks
from parlour.resources.messages import queries as messages
from parlour.resources.messages.facts import MessageAdded
from parlour.runtime.metrics import PLANNED, RELAYED
from parlour.runtime.node import Node
from parlour.runtime.signals import DELIVER
from parlour.storage import log
from parlour.storage.clusters import adopt
from parlour.storage.transaction import Reading, Transaction

READER = "webhooks"

Happened = tuple[LoggedEvent, Fact]
"""An event of the log, and the fact that it holds."""

_log = structlog.get_logger("parlour.webhooks")


class DeliveryTarget(msgspec.Struct, frozen=True):
    """A webhook that an event is to be sent to."""

    hook: str
    url: str
    method: str


class Hooks(msgspec.Struct, frozen=True):
    """The webhooks that a batch of facts may concern."""

    services: dict[str, ServiceHooks]
    conversations: dict[str, list[ScopedHook]]
    messaging_services: dict[str, str | None]

    @classmethod
    async def of(cls, reading: Reading, events: Sequence[LoggedEvent]) -> "Hooks":
        """Those in force now."""
        conversations = {(event.service_sid, event.conversation_sid) for event in events if event.conversation_sid}
        return cls(
            await in_force.of_services(reading, {event.service_sid for event in events}),
            await in_force.of_conversations(reading, conversations),
            await in_force.messaging_services(reading, conversations),
        )

    def concerned(self, event: LoggedEvent, fact: Fact, name: str, studio_url: str | None) -> Iterator[DeliveryTarget]:
        """The webhooks to which the fact is sent as the event *name*."""
        of_service = self.services.get(event.service_sid)
        if of_service is not None and of_service.post_url and of_service.silence(name) is None:
            yield DeliveryTarget(of_service.hook, of_service.post_url, of_service.method)
        for scoped in self.conversations.get(event.conversation_sid or "", ()):
            if scoped.wants(name, event.id, fact):
                url = studio_url if scoped.target == STUDIO else scoped.url
                if url is not None:
                    method = (scoped.method or "post").upper()
                    yield DeliveryTarget(scoped.sid, url.replace("{FlowSid}", scoped.flow_sid or ""), method)


class Relay:
    """Turns facts into deliveries.

    *studio_url*: where the messages for a Studio flow go, with ``{FlowSid}`` in it; None: nowhere.
    """

    def __init__(self, node: Node, studio_url: str | None, *, limit: int = 500) -> None:
        self._node, self._studio_url, self._limit = node, studio_url, limit

    async def run_once(self) -> bool:
        """Relays what has been committed, a batch of it; whether there may be more."""
        try:
            return await self._relay()
        except log.LogMoved:
            if await adopt(self._node.database.url):
                _log.warning(
                    "The event log came from another PostgreSQL cluster; it was adopted, nothing is told twice."
                )
            return True

    async def _relay(self) -> bool:
        async with self._node.transaction(Scope("", None), SYSTEM) as tx:
            batch = await log.read(tx, await log.resume(tx, READER), limit=self._limit, audience=Audience.WEBHOOK)
            if not batch.events:
                return False
            hooks = await Hooks.of(tx, batch.events)
            happened = list(_read(batch.events))
            for event, fact in happened:
                if isinstance(fact, WebhookReplayAsked):
                    await self._replay(tx, event, fact, hooks)
            planned = list(self._planned(happened, hooks))
            await deliveries.plan(tx, planned)
            await log.remember(tx, READER, batch.position)
        self._node.metrics.count(RELAYED, by=len(batch.events))
        self._node.metrics.count(PLANNED, by=len(planned))
        self._node.signals.wake(DELIVER)
        return True

    async def _replay(self, tx: Transaction, event: LoggedEvent, asked: WebhookReplayAsked, hooks: Hooks) -> None:
        """Plans what a new webhook wants to be told of the messages before it, ahead of what comes after it."""
        scope = Scope(event.account_sid, event.service_sid)
        first, last = asked.first_index, asked.last_index
        around = hooks.conversations.get(event.conversation_sid or "", ())
        only = [hook for hook in around if hook.sid == asked.webhook]
        alone = Hooks({}, {event.conversation_sid or "": only}, hooks.messaging_services)
        while first <= last:
            found = await messages.between(tx, scope, event.conversation_sid or "", first, last, self._limit)
            told: list[Happened] = [(event, MessageAdded(message=message)) for message in found]
            await deliveries.plan(tx, list(self._planned(told, alone)))
            first = found[-1].index + 1 if found else last + 1

    def _planned(self, happened: Iterable[Happened], hooks: Hooks) -> Iterator[Planned]:
        for event, fact in happened:
            try:
                yield from self._of(event, fact, hooks)
            except Exception:
                _pass_over(event)

    def _of(self, event: LoggedEvent, fact: Fact, hooks: Hooks) -> list[Planned]:
        return [
            planned
            for announcement in ANNOUNCEMENTS.get(type(fact), ())
            if announcement.when(fact)
            for planned in self._announced(event, fact, announcement, hooks)
        ]

    def _announced(
        self, event: LoggedEvent, fact: Fact, announcement: Announcement[Any], hooks: Hooks
    ) -> Iterator[Planned]:
        targets = list(hooks.concerned(event, fact, announcement.event, self._studio_url))
        if not targets:
            return
        messaging_service = hooks.messaging_services.get(event.conversation_sid or "")
        announced = AnnouncedFact(fact, event.service_sid, event.created_at, messaging_service)
        parameters = {
            **announcement.parameters(announced),
            "AccountSid": event.account_sid,
            "ChatServiceSid": event.service_sid,
            "EventType": announcement.event.value,
            "Source": event.source,
            "ClientIdentity": event.identity,
        }
        sent = {name: value for name, value in parameters.items() if value is not None}
        for target in targets:
            yield Planned(
                account_sid=event.account_sid,
                sid=new_sid(Prefix.DELIVERY),
                service_sid=event.service_sid,
                conversation_sid=event.conversation_sid,
                subject_sid=fact.subject_sid or "",
                event_id=event.id,
                event_type=announcement.event.value,
                hook=target.hook,
                url=target.url,
                method=target.method,
                parameters=sent,
                request_sid=event.request_sid,
            )


def _read(events: Iterable[LoggedEvent]) -> Iterator[Happened]:
    for event in events:
        try:
            fact = ANNOUNCED.read(event)
        except msgspec.ValidationError:
            _pass_over(event)
            continue
        if fact is not None:
            yield event, fact


def _pass_over(event: LoggedEvent) -> None:
    """Nobody else's events shall wait for one that cannot be told, however often it is tried."""
    _log.exception("An event could not be announced and is passed over.", fact=event.id, type=event.type)
