"""What may happen to replays: they are made."""

from parlour.contract.delivery import DeliveryState, Recorded
from parlour.core.errors import AskedOnce, DeliveryStillWaiting, WebhookGone
from parlour.core.rights import ACCOUNTS_ONLY, permit
from parlour.delivery.replaying import replay
from parlour.resources.deliveries import queries as deliveries
from parlour.resources.deliveries.actions import waited_for
from parlour.resources.replays import queries
from parlour.resources.replays.model import ReplayBatch, ReplayBatchDraft, ReplayDraft
from parlour.runtime.signals import DELIVER
from parlour.runtime.work import Work


async def create(work: Work, sid: str, draft: ReplayDraft) -> Recorded:
    """A new delivery of the same event, to where its webhook points now.

    It carries the same idempotency token, since it is the same event. Raises NotFound, DeliveryStillWaiting,
    AskedOnce, WebhookGone.
    """
    permit(work.actor, ACCOUNTS_ONLY)
    async with work.write() as tx:
        before = (await deliveries.recorded(tx, work.scope.account, sid)).delivery
        if before.state == DeliveryState.WAITING:
            raise DeliveryStillWaiting
        if before.state == DeliveryState.ASKED or before.event_id is None:
            raise AskedOnce
        planned = await replay(work.outputs, tx, [before], work.actor.request)
        if not planned:
            raise WebhookGone
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
        planned = await replay(work.outputs, tx, chosen, work.actor.request)
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
