"""What the resource is made of."""

from parlour.resources.unread.rest import unread
from parlour.runtime.parts import Parts

parts = Parts(
    rest=(unread,),
)
