"""What the resource is made of."""

from parlour.resources.service_webhooks.rest import service_webhooks
from parlour.runtime.parts import Parts

parts = Parts(
    rest=(service_webhooks,),
)
