"""Planning: which webhooks a fact is sent to, and as what.

An event that cannot be told holds up nobody: it is logged and passed over.
"""

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from typing import Any
from uuid import uuid4

import msgspec
import structlog

from parlour.contract.output import Planned
from parlour.contract.webhook import AnnouncedFact, Announcement
from parlour.core.facts import Fact, LoggedEvent
from parlour.core.scope import Scope
from parlour.core.sids import Prefix, new_sid
from parlour.resources.conversation_webhooks.facts import WebhookReplayAsked
from parlour.resources.deliveries.model import Call, lane_key, receiver
from parlour.resources.hooks import queries as in_force
from parlour.resources.hooks.announced import ANNOUNCED, ANNOUNCEMENTS
from parlour.resources.hooks.model import STUDIO, ScopedHook, ServiceHooks
from parlour.resources.messages import queries as messages
from parlour.resources.messages.facts import MessageAdded
from parlour.storage.transaction import Reading, Transaction

REPLAY_BATCH = 500
"""Earlier messages that are planned at a time for a webhook that asks for them."""

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


class Planner:
    """Plans the calls of webhooks.

    *studio_url*: where the messages for a Studio flow go, with ``{FlowSid}`` in it; None: nowhere.
    """

    def __init__(self, studio_url: str | None) -> None:
        self._studio_url = studio_url

    async def plan(self, tx: Transaction, events: Sequence[LoggedEvent]) -> AsyncIterator[Sequence[Planned]]:
        """The calls for *events*, in order; what a new webhook wants to be told of earlier comes first."""
        hooks = await Hooks.of(tx, events)
        happened = list(_read(events))
        for event, fact in happened:
            if isinstance(fact, WebhookReplayAsked):
                async for portion in self._replay(tx, event, fact, hooks):
                    yield portion
        yield list(self._planned(happened, hooks))

    async def _replay(
        self, tx: Transaction, event: LoggedEvent, asked: WebhookReplayAsked, hooks: Hooks
    ) -> AsyncIterator[Sequence[Planned]]:
        """What a new webhook wants to be told of the messages before it."""
        scope = Scope(event.account_sid, event.service_sid)
        first, last = asked.first_index, asked.last_index
        around = hooks.conversations.get(event.conversation_sid or "", ())
        only = [hook for hook in around if hook.sid == asked.webhook]
        alone = Hooks({}, {event.conversation_sid or "": only}, hooks.messaging_services)
        while first <= last:
            found = await messages.between(tx, scope, event.conversation_sid or "", first, last, REPLAY_BATCH)
            told: list[Happened] = [(event, MessageAdded(message=message)) for message in found]
            yield list(self._planned(told, alone))
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
                target=target.hook,
                payload=Call(target.url, target.method, sent, uuid4()),
                lane_key=lane_key(event.conversation_sid, fact.subject_sid or "", target.url),
                receiver=receiver(target.url),
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
