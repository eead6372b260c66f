"""How the refusals of ``core/errors/webhooks.py`` are met."""

from parlour.core.errors import WebhookRefused
from tests.account_client import FORM, AccountClient, Answer
from tests.conformance.refusals.table import refusal


@refusal(WebhookRefused)
async def a_change_that_a_webhook_does_not_want(api: AccountClient) -> Answer:
    # A parlour answers 404 at this path, which is as good a refusal as any.
    url = f"{api.url}/nobody"
    form = {"PreWebhookUrl": url, "Filters": "onConversationAdd"}
    assert (await api.post("/v1/Configuration/Webhooks", **form)).status == 200
    return await api.send("POST", "/Conversations", b"", {**FORM, "X-Twilio-Webhook-Enabled": "true"})
