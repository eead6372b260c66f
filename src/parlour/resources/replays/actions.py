"""What may happen to replays: they are made."""

from collections.abc import Iterator, Sequence

from parlour.core.errors import AskedOnce, DeliveryStillWaiting, WebhookGone
from parlour.core.rights import ACCOUNTS_ONLY, permit
from parlour.core.sids import Prefix, new_sid
from parlour.resources.deliveries import queries as deliveries
from parlour.resources.deliveries.actions import waited_for
from parlour.resources.deliveries.model import Delivery, DeliveryState, Planned, Recorded
from parlour.resources.replays import queries
from parlour.resources.replays.model import ReplayBatch, ReplayBatchDraft, ReplayDraft
from parlour.resources.replays.targets import Targets
from parlour.runtime.signals import DELIVER
from parlour.runtime.work import Work


async def create(work: Work, sid: str, draft: ReplayDraft) -> Recorded:
    """A new delivery of the same event, to where its webhook points now.

    It carries the same idempotency token, since it is the same event. Raises NotFound, DeliveryStillWaiting,
    AskedOnce, WebhookGone.
    """
    permit(work.actor, ACCOUNTS_ONLY)
    async with work.write() as tx:
        before = await deliveries.get(tx, work.scope.account, sid)
        if before.state == DeliveryState.WAITING:
            raise DeliveryStillWaiting
        if before.state == DeliveryState.ASKED or before.event_id is None:
            raise AskedOnce
        planned = list(_planned(work, [before], await Targets.of(tx, [before])))
        if not planned:
            raise WebhookGone
        await deliveries.plan(tx, planned)
        after = await deliveries.recorded(tx, work.scope.account, planned[0].sid)
    work.wake(DELIVER)
    return waited_for(work.patience, after)


async def create_batch(work: Work, draft: ReplayBatchDraft) -> ReplayBatch:
    """New deliveries of what *draft* selects, in their order, but for what was replayed already.

    It goes no further than the newest delivery that there is when the first batch is made, so that it does not come to
    its own replays. Raises NotFound if the delivery that it is to go on behind is gone.
    """
    permit(work.actor, ACCOUNTS_ONLY)
    account = work.scope.account
    async with work.write() as tx:
        await queries.lock(tx, account)
        after = await queries.place(tx, account, draft.after_sid) if draft.after_sid else None
        last = (
            await queries.place(tx, account, draft.last_sid)
            if draft.last_sid
            else await queries.last_place(tx, account)
        )
        if last is None:
            return ReplayBatch(account, 0, 0, 0, None, None, is_done=True)
        found = await queries.batch(tx, account, draft, after, last)
        chosen = [delivery for delivery, is_replayed in found if not is_replayed]
        planned = list(_planned(work, chosen, await Targets.of(tx, chosen)))
        await deliveries.plan(tx, planned)
    work.wake(DELIVER)
    return ReplayBatch(
        account,
        replayed=len(planned),
        before=len(found) - len(chosen),
        gone=len(chosen) - len(planned),
        after_sid=found[-1][0].sid if found else draft.after_sid,
        last_sid=last.sid,
        is_done=len(found) < draft.limit,
    )


def _planned(work: Work, before: Sequence[Delivery], targets: Targets) -> Iterator[Planned]:
    """The same once more, in the order of their lanes; without those whose webhook is gone."""
    for delivery in sorted(before, key=lambda each: each.number):
        target = targets.target(delivery)
        if target is not None and delivery.event_id is not None and delivery.service_sid is not None:
            url, method = target
            yield Planned(
                account_sid=delivery.account_sid,
                sid=new_sid(Prefix.DELIVERY),
                service_sid=delivery.service_sid,
                conversation_sid=delivery.conversation_sid,
                subject_sid=delivery.subject_sid,
                event_id=delivery.event_id,
                event_type=delivery.event_type,
                hook=delivery.hook,
                url=url,
                method=method,
                parameters=delivery.parameters,
                request_sid=work.actor.request,
                token=delivery.token,
                replay_of=delivery.sid,
            )
