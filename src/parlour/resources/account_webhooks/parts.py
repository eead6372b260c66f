"""What the resource is made of."""

from parlour.resources.account_webhooks.rest import account_webhooks
from parlour.runtime.parts import Parts

parts = Parts(
    rest=(account_webhooks,),
)
