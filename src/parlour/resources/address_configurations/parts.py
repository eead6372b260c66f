"""What the resource is made of."""

from parlour.resources.address_configurations.rest import address_configurations
from parlour.runtime.parts import Parts

parts = Parts(
    rest=(address_configurations,),
)
