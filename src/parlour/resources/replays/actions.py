"""What may happen to replays: they are made."""

from parlour.core.errors import AskedOnce, DeliveryStillWaiting, WebhookGone
from parlour.core.sids import Prefix, new_sid
from parlour.resources.deliveries import queries
from parlour.resources.deliveries.model import Delivery, DeliveryState, Outcome, Planned, Recorded
from parlour.resources.hooks import queries as hooks
from parlour.resources.hooks.model import STUDIO, Level
from parlour.resources.replays.model import ReplayDraft
from parlour.runtime.work import DELIVER, Work
from parlour.storage.transaction import Reading


async def create(work: Work, sid: str, draft: ReplayDraft) -> Recorded:
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
    if delivery.hook in tuple(Level):
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
