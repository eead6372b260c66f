"""How replays look over REST: as the deliveries that they are."""

from parlour.contract.rest import OWN, Mount, Place, Resource, create
from parlour.resources.deliveries import rest
from parlour.resources.deliveries.model import Recorded
from parlour.resources.deliveries.rest import WebhookDeliveryView
from parlour.resources.replays import actions
from parlour.resources.replays.model import ReplayDraft


def view(recorded: Recorded, at: Place) -> WebhookDeliveryView:
    """The row of the new delivery."""
    return rest.view(recorded, at)


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
