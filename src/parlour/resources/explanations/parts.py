"""What the resource is made of."""

from parlour.resources.explanations.rest import explanations
from parlour.runtime.parts import Parts

parts = Parts(
    rest=(explanations,),
)
