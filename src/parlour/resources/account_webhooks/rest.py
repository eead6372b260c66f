"""How an account's webhooks look over REST."""

import msgspec

from parlour.contract.rest import Mount, Place, Resource, fetch, update
from parlour.resources.account_webhooks import actions
from parlour.resources.account_webhooks.model import AccountWebhooks, AccountWebhooksEdit


class AccountWebhooksView(msgspec.Struct):
    """An account's webhooks as callers see them."""

    account_sid: str
    pre_webhook_url: str | None
    post_webhook_url: str | None
    method: str
    filters: list[str] | None
    target: str
    url: str


def view(webhooks: AccountWebhooks, at: Place) -> AccountWebhooksView:
    """The webhooks of the account that asks."""
    return AccountWebhooksView(
        account_sid=at.scope.account,
        pre_webhook_url=webhooks.pre_webhook_url,
        post_webhook_url=webhooks.post_webhook_url,
        method=webhooks.webhook_method,
        filters=webhooks.webhook_filters,
        target=webhooks.webhook_target,
        url=f"{at.base}/Configuration/Webhooks",
    )


account_webhooks = Resource(
    name="ConfigurationWebhook",
    segment="Configuration/Webhooks",
    mount=Mount.ACCOUNT,
    singleton=True,
    row=AccountWebhooksView,
    view=view,
    operations=(fetch(actions.fetch), update(AccountWebhooksEdit, actions.update)),
)
