"""What the resource is made of."""

from parlour.resources.configuration.rest import configuration
from parlour.runtime.parts import Parts

parts = Parts(
    rest=(configuration,),
)
