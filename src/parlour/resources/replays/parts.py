"""What the resource is made of."""

from parlour.resources.replays.rest import replay_batches, replays
from parlour.runtime.parts import Parts

parts = Parts(
    rest=(replays, replay_batches),
)
