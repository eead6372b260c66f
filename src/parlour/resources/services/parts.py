"""What the resource is made of."""

from parlour.resources.services import feed
from parlour.resources.services.rest import services
from parlour.runtime.parts import Parts

parts = Parts(
    rest=(services,),
    facts=feed.FACTS,
)
