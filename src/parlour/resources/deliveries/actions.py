"""What may happen to deliveries: they are kept with every attempt, looked at, and sent again."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import msgspec

from parlour.contract.webhook import Proposal
from parlour.core.errors import AskedOnce, DeliveryStillWaiting, WebhookGone
from parlour.core.paging import Page, PageRequest
from parlour.core.sids import Prefix, new_sid
from parlour.resources.deliveries import queries
from parlour.resources.deliveries.model import (
    Attempt,
    Delivery,
    DeliveryQuery,
    DeliveryState,
    Outcome,
    Planned,
    Recorded,
    ReplayDraft,
)
from parlour.resources.hooks import queries as hooks
from parlour.resources.hooks.model import ACCOUNT, SERVICE, STUDIO, ServiceHooks
from parlour.runtime.work import DELIVER, House, Work
from parlour.storage.transaction import Reading


async def keep(
    house: House, delivery: Delivery, attempt: Attempt, state: DeliveryState, *, leaves: bool, next_at: datetime
) -> None:
    """The attempt is kept, and the delivery is in *state*.

    *leaves*: with this the process gives the lane back, which is due again at *next_at* if something is left in it.
    """
    await house.group(queries.RECORD).submit(
        *msgspec.structs.astuple(attempt),
        state.value,
        delivery.lane,
        delivery.number,
        leaves,
        next_at,
        house.clock.now(),
    )


async def keep_asked(
    work: Work, proposal: Proposal, hook: ServiceHooks, attempt: Attempt, parameters: Mapping[str, str], token: UUID
) -> None:
    """The call of a pre-action webhook, which was told *parameters*, is kept as a delivery of its own."""
    await work.house.group(queries.RECORD_ASKED).submit(
        *msgspec.structs.astuple(attempt),
        proposal.service_sid,
        proposal.conversation_sid,
        proposal.subject_sid,
        proposal.question.event.value,
        hook.hook,
        hook.pre_url,
        hook.method,
        parameters,
        token,
        work.actor.request,
        work.house.clock.now(),
    )


async def page(work: Work, query: DeliveryQuery, request: PageRequest) -> Page[Recorded]:
    """The account's deliveries, the newest first."""
    async with work.read() as reading:
        return await queries.page(reading, work.scope.account, query, request)


async def fetch(work: Work, sid: str) -> Recorded:
    """The delivery with all of its attempts; raises NotFound."""
    async with work.read() as reading:
        delivery = await queries.get(reading, work.scope.account, sid)
        attempts = await queries.attempts(reading, work.scope.account, sid)
    last = attempts[-1] if attempts else None
    outcome = Outcome(last.answer_status, last.error, last.verdict, last.milliseconds) if last else Outcome()
    return Recorded(delivery, outcome, attempts)


async def replay(work: Work, sid: str, draft: ReplayDraft) -> Recorded:
    """A new delivery of the same event, to where its webhook points now.

    It carries the same idempotency token, since it is the same event. Raises NotFound, DeliveryStillWaiting,
    AskedOnce, WebhookGone.
    """
    async with work.write() as tx:
        before = await queries.get(tx, work.scope.account, sid)
        if before.state == DeliveryState.WAITING:
            raise DeliveryStillWaiting
        if before.state == DeliveryState.ASKED or before.event_id is None or before.service_sid is None:
            raise AskedOnce
        url, method = await _target(tx, before, before.service_sid)
        again = Planned(
            account_sid=before.account_sid,
            sid=new_sid(Prefix.DELIVERY),
            service_sid=before.service_sid,
            conversation_sid=before.conversation_sid,
            subject_sid=before.subject_sid,
            event_id=before.event_id,
            event_type=before.event_type,
            hook=before.hook,
            url=url,
            method=method,
            parameters=before.parameters,
            request_sid=work.actor.request,
            token=before.token,
            replay_of=before.sid,
        )
        await queries.plan(tx, [again])
        after = await queries.get(tx, work.scope.account, again.sid)
    work.house.call(DELIVER)
    return Recorded(after, Outcome(), ())


async def _target(reading: Reading, delivery: Delivery, service_sid: str) -> tuple[str, str]:
    """URL and method of the webhook as it is configured now; raises WebhookGone."""
    if delivery.hook in (ACCOUNT, SERVICE):
        of_service = (await hooks.of_services(reading, [service_sid])).get(service_sid)
        if of_service is not None and of_service.post_url:
            return of_service.post_url, of_service.method
    elif delivery.conversation_sid is not None:
        around = await hooks.of_conversations(reading, [(service_sid, delivery.conversation_sid)])
        for scoped in around.get(delivery.conversation_sid, ()):
            if scoped.sid == delivery.hook and scoped.target == STUDIO:
                return delivery.url, delivery.method
            if scoped.sid == delivery.hook and scoped.url is not None:
                return scoped.url, (scoped.method or delivery.method).upper()
    raise WebhookGone
