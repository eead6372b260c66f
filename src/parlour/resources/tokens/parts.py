"""What the resource is made of."""

from parlour.resources.tokens.rest import tokens
from parlour.runtime.parts import Parts

parts = Parts(
    rest=(tokens,),
)
