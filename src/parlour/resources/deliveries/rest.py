"""How deliveries look over REST: parlour's flight recorder of webhooks."""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from parlour.contract.delivery import Attempt, Recorded
from parlour.contract.rest import OWN, Mount, PageSize, Place, Resource, fetch, listing
from parlour.resources.deliveries import actions
from parlour.resources.deliveries.model import Call, DeliveryQuery, Exchanged, public_url


class RequestView(msgspec.Struct):
    """A request as it was sent, but for credentials."""

    method: str
    url: str
    headers: dict[str, str]
    body: str
    signed: str
    """The exact text that the signature is of."""


class AnswerView(msgspec.Struct):
    """What came back."""

    status: int
    headers: dict[str, str]
    body: str


class AttemptView(msgspec.Struct):
    """One call of a delivery."""

    number: int
    request: RequestView
    answer: AnswerView | None
    error: str | None
    verdict: str
    changed: dict[str, Any] | None
    date_started: datetime
    milliseconds: float


class WebhookDeliveryLinks(msgspec.Struct):
    """Where a delivery is sent again."""

    replay: str


class WebhookDeliveryView(msgspec.Struct):
    """A delivery as callers see it."""

    sid: str
    account_sid: str
    chat_service_sid: str | None
    conversation_sid: str | None
    subject_sid: str
    event_type: str
    event_id: int | None
    hook: str
    hook_url: str
    hook_method: str
    state: str
    attempts_count: int
    answer_status: int | None
    error: str | None
    verdict: str | None
    milliseconds: float | None
    parameters: dict[str, str]
    idempotency_token: str
    request_sid: str | None
    replay_of: str | None
    date_created: datetime
    date_finished: datetime | None
    date_next_attempt: datetime | None
    """When its lane is tried next, while it waits."""
    away_since: datetime | None
    """Since when its receiver is away, while it waits for that."""
    waits_until: datetime | None
    """Until when it waits for a receiver that is away; null where ``webhook_patience`` is 0, or it does not wait."""
    url: str
    links: WebhookDeliveryLinks
    attempts: list[AttemptView] | UnsetType = UNSET
    """Left out in a list."""


def view(recorded: Recorded, at: Place) -> WebhookDeliveryView:
    """The row of a delivery, and its attempts where they were read."""
    delivery, outcome, call = recorded.delivery, recorded.outcome, Call.of(recorded.delivery)
    url = f"{at.root}/Webhooks/Deliveries/{delivery.sid}"
    return WebhookDeliveryView(
        sid=delivery.sid,
        account_sid=delivery.account_sid,
        chat_service_sid=delivery.service_sid,
        conversation_sid=delivery.conversation_sid,
        subject_sid=delivery.subject_sid,
        event_type=delivery.event_type,
        event_id=delivery.event_id,
        hook=delivery.target,
        hook_url=public_url(call.url),
        hook_method=call.method,
        state=delivery.state,
        attempts_count=delivery.attempts,
        answer_status=outcome.status,
        error=outcome.error,
        verdict=outcome.verdict,
        milliseconds=outcome.milliseconds,
        parameters=call.parameters,
        idempotency_token=str(call.token),
        request_sid=delivery.request_sid,
        replay_of=delivery.replay_of,
        date_created=delivery.created_at,
        date_finished=delivery.finished_at,
        date_next_attempt=recorded.wait.next_at,
        away_since=recorded.wait.away_since,
        waits_until=recorded.until,
        url=url,
        links=WebhookDeliveryLinks(replay=f"{url}/Replay"),
        attempts=UNSET if recorded.attempts is None else [_shown(each) for each in recorded.attempts],
    )


def _shown(attempt: Attempt) -> AttemptView:
    exchanged = Exchanged.of(attempt)
    method = "POST" if exchanged.body else "GET"  # a form always has something in it
    answer = None
    if attempt.status is not None:
        answer = AnswerView(attempt.status, exchanged.answer_headers, exchanged.answer_body)
    return AttemptView(
        number=attempt.number,
        request=RequestView(method, exchanged.url, exchanged.headers, exchanged.body, exchanged.signed),
        answer=answer,
        error=attempt.error,
        verdict=attempt.verdict,
        changed=exchanged.changed,
        date_started=attempt.started_at,
        milliseconds=attempt.milliseconds,
    )


deliveries = Resource(
    name="WebhookDelivery",
    segment="Webhooks/Deliveries",
    key="deliveries",
    mount=Mount.ACCOUNT,
    prefix=OWN,
    row=WebhookDeliveryView,
    view=view,
    page=PageSize(50, 100),
    operations=(listing(actions.page, DeliveryQuery), fetch(actions.fetch)),
)
