"""What the resource is made of."""

from parlour.resources.clock.rest import clock
from parlour.runtime.parts import Parts

parts = Parts(
    rest=(clock,),
)
