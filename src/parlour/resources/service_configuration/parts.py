"""What the resource is made of."""

from parlour.resources.service_configuration.rest import service_configuration
from parlour.runtime.parts import Parts

parts = Parts(
    rest=(service_configuration,),
)
