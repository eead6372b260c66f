"""How the refusals of ``core/errors/deliveries.py`` are met."""

from parlour.core.errors import AskedOnce, DeliveryStillWaiting, WebhookGone
from tests.account_client import AccountClient, Answer
from tests.conformance.refusals.table import refusal
from tests.deliveries import DELIVERIES, NOWHERE, record
from tests.webhooks.conftest import be_asked, loudly


@refusal(DeliveryStillWaiting)
async def a_replay_of_what_was_not_sent_yet(api: AccountClient) -> Answer:
    await api.in_service(api.service).post("/Configuration/Webhooks", PostWebhookUrl=NOWHERE)
    delivery = await record(api, api.service, api.service)
    again = await api.made(f"{DELIVERIES}/{delivery}/Replay")
    return await api.post(f"{DELIVERIES}/{again['sid']}/Replay")


@refusal(AskedOnce)
async def a_replay_of_a_question(api: AccountClient) -> Answer:
    await be_asked(api, NOWHERE)
    await loudly(api, "/Conversations")
    (question,) = (await api.get(DELIVERIES)).rows
    return await api.post(f"{DELIVERIES}/{question['sid']}/Replay")


@refusal(WebhookGone)
async def a_replay_to_a_webhook_that_has_no_url(api: AccountClient) -> Answer:
    delivery = await record(api, api.service, api.service)
    return await api.post(f"{DELIVERIES}/{delivery}/Replay")
