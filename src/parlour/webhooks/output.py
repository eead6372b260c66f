"""The output to webhooks: an event is planned for each webhook that it concerns, and sent as a signed form."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from parlour.contract.delivery import Attempt, Delivery, DeliveryState
from parlour.contract.explain import Explainer
from parlour.contract.output import Planned, Sent
from parlour.core.audience import Audience
from parlour.core.clock import Clock
from parlour.core.facts import LoggedEvent
from parlour.core.sids import Prefix, new_sid
from parlour.outbound.client import Client
from parlour.resources.deliveries.model import Call, lane_key, public_url, receiver
from parlour.storage.transaction import Transaction
from parlour.webhooks.explain import WebhookExplainer
from parlour.webhooks.plan import Planner
from parlour.webhooks.request import attempt, call, logged
from parlour.webhooks.retrying import Retrying, is_away, pause
from parlour.webhooks.secrets import SigningSecrets
from parlour.webhooks.targets import Targets


class Webhooks:
    """Sends webhooks after a change."""

    audience = Audience.WEBHOOK
    name = "webhook"
    kind = "post"
    max_unconfirmed = 2
    """If it were one, the calls of all lanes and the commits would fall into step, and each would wait for the
    other."""

    def __init__(
        self, clock: Clock, client: Client, secrets: SigningSecrets, retrying: Retrying, planner: Planner
    ) -> None:
        self._clock, self._client, self._secrets, self._retrying = clock, client, secrets, retrying
        self._planner = planner
        self.longest_pause = retrying.longest_pause
        self.explainer: Explainer[Any] = WebhookExplainer()

    def plan(self, tx: Transaction, events: Sequence[LoggedEvent]) -> AsyncIterator[Sequence[Planned]]:
        return self._planner.plan(tx, events)

    async def again(
        self, tx: Transaction, deliveries: Sequence[Delivery], request_sid: str | None
    ) -> Sequence[Planned]:
        """They carry the same idempotency tokens, since they are of the same events."""
        targets = await Targets.of(tx, deliveries)
        return [
            _again(delivery, *target, request_sid)
            for delivery in deliveries
            if (target := targets.target(delivery)) is not None
        ]

    async def begin(self, account_sid: str, deliveries: Sequence[Delivery]) -> str:
        """The auth token with which they are signed."""
        return await self._secrets.of(account_sid)

    async def send(self, session: str, delivery: Delivery) -> Sent:
        began = self._clock.now()
        called = Call.of(delivery)
        parameters = {**called.parameters, "RetryCount": str(delivery.attempts)}
        exchange = await call(self._client, called.method, called.url, parameters, session, str(called.token))
        now = self._clock.now()
        retrying = self._retrying
        state = retrying.outcome(exchange, delivery.attempts, now - delivery.created_at)
        is_waiting, is_answered = state is DeliveryState.WAITING, not is_away(exchange)
        is_over = state is DeliveryState.FAILED and not is_answered and bool(retrying.patience)
        word = "retry" if is_waiting else state.value
        return Sent(
            attempt=attempt(exchange, delivery.account_sid, delivery.sid, delivery.attempts, word, began),
            state=state,
            answer=exchange.answer,
            next_at=now + pause(delivery.attempts) if is_waiting else None,
            until=self._until(delivery) if is_waiting else None,
            is_answered=is_answered,
            is_parked=is_waiting and delivery.attempts >= retrying.retries,
            failed_before=now - retrying.patience if is_over else None,
        )

    async def settle(self, tx: Transaction, delivery: Delivery, sent: Sent) -> None:
        """Nothing follows from a webhook that was told."""

    def shown(self, delivery: Delivery) -> Mapping[str, str]:
        return {"hook": delivery.target, "url": public_url(delivery.payload["url"])}

    def logged(self, attempt: Attempt) -> Mapping[str, object]:
        return logged(attempt)

    def _until(self, delivery: Delivery) -> datetime | None:
        return delivery.created_at + self._retrying.patience if self._retrying.patience else None


def _again(delivery: Delivery, url: str, method: str, request_sid: str | None) -> Planned:
    before = Call.of(delivery)
    assert delivery.event_id is not None, "what was asked before a change is not replayed"
    assert delivery.service_sid is not None, "only services have webhooks"
    return Planned(
        account_sid=delivery.account_sid,
        sid=new_sid(Prefix.DELIVERY),
        service_sid=delivery.service_sid,
        conversation_sid=delivery.conversation_sid,
        subject_sid=delivery.subject_sid,
        event_id=delivery.event_id,
        event_type=delivery.event_type,
        target=delivery.target,
        payload=msgspec.structs.replace(before, url=url, method=method),
        lane_key=lane_key(delivery.conversation_sid, delivery.subject_sid, url),
        receiver=receiver(url),
        request_sid=request_sid,
        replay_of=delivery.sid,
    )
