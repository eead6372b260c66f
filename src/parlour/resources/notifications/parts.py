"""What the resource is made of."""

from parlour.resources.notifications.rest import notifications
from parlour.runtime.parts import Parts

parts = Parts(
    rest=(notifications,),
)
