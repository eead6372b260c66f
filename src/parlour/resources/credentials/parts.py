"""What the resource is made of."""

from parlour.resources.credentials.rest import credentials
from parlour.runtime.parts import Parts

parts = Parts(
    rest=(credentials,),
)
