"""How a service's webhooks look over REST."""

import msgspec

from parlour.contract.rest import Mount, Place, Resource, fetch, update
from parlour.resources.account_webhooks.model import WebhookMethod
from parlour.resources.service_webhooks import actions
from parlour.resources.service_webhooks.model import ServiceWebhooks, ServiceWebhooksEdit


class ServiceWebhooksView(msgspec.Struct):
    """A service's webhooks as callers see them."""

    account_sid: str
    chat_service_sid: str
    pre_webhook_url: str | None
    post_webhook_url: str | None
    filters: list[str] | None
    method: str
    url: str


def view(webhooks: ServiceWebhooks, at: Place) -> ServiceWebhooksView:
    """The webhooks of the service that was named."""
    return ServiceWebhooksView(
        account_sid=at.scope.account,
        chat_service_sid=at.service,
        pre_webhook_url=webhooks.pre_webhook_url,
        post_webhook_url=webhooks.post_webhook_url,
        filters=webhooks.webhook_filters,
        method=webhooks.webhook_method or WebhookMethod.POST,
        url=f"{at.root}/Configuration/Webhooks",
    )


service_webhooks = Resource(
    name="WebhookConfiguration",
    segment="Configuration/Webhooks",
    mount=Mount.SERVICE,
    singleton=True,
    row=ServiceWebhooksView,
    view=view,
    operations=(fetch(actions.fetch), update(ServiceWebhooksEdit, actions.update)),
)
