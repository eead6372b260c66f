"""How replays look over REST: one as the delivery that it is, a batch as what came of it."""

import msgspec

from parlour.contract.delivery import Recorded
from parlour.contract.rest import OWN, Mount, Place, Resource, create
from parlour.resources.deliveries import rest
from parlour.resources.deliveries.rest import WebhookDeliveryView
from parlour.resources.replays import actions
from parlour.resources.replays.model import ReplayBatch, ReplayBatchDraft, ReplayDraft


class WebhookReplayBatchView(msgspec.Struct):
    """A batch of replays as callers see it."""

    account_sid: str
    replayed: int
    already_replayed: int
    webhook_gone: int
    after_sid: str | None
    """The last delivery that was looked at: where the next batch goes on."""
    last_sid: str | None
    """The delivery up to which all batches go."""
    done: bool


def view(recorded: Recorded, at: Place) -> WebhookDeliveryView:
    """The row of the new delivery."""
    return rest.view(recorded, at)


def batch_view(batch: ReplayBatch, at: Place) -> WebhookReplayBatchView:
    """What came of a batch."""
    return WebhookReplayBatchView(
        account_sid=batch.account_sid,
        replayed=batch.replayed,
        already_replayed=batch.before,
        webhook_gone=batch.gone,
        after_sid=batch.after_sid,
        last_sid=batch.last_sid,
        done=batch.is_done,
    )


replays = Resource(
    name="WebhookDeliveryReplay",
    segment="Replay",
    parent=rest.deliveries,
    above="DeliverySid",
    mount=Mount.ACCOUNT,
    prefix=OWN,
    row=WebhookDeliveryView,
    view=view,
    operations=(create(ReplayDraft, actions.create),),
)

replay_batches = Resource(
    name="WebhookReplayBatch",
    segment="Webhooks/Replays",
    mount=Mount.ACCOUNT,
    prefix=OWN,
    row=WebhookReplayBatchView,
    view=batch_view,
    operations=(create(ReplayBatchDraft, actions.create_batch),),
)
