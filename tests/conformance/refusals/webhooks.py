"""How the refusals of ``core/errors/webhooks.py`` are met."""

from parlour.core.errors import WebhookRefused
from tests.conformance.refusals.table import refusal
from tests.house import FORM, Answer, House


@refusal(WebhookRefused)
async def a_change_that_a_webhook_does_not_want(house: House) -> Answer:
    # A parlour answers 404 at this path, which is as good a refusal as any.
    url = f"{house.url}/nobody"
    form = {"PreWebhookUrl": url, "Filters": "onConversationAdd"}
    assert (await house.post("/v1/Configuration/Webhooks", **form)).status == 200
    return await house.send("POST", "/Conversations", b"", {**FORM, "X-Twilio-Webhook-Enabled": "true"})
