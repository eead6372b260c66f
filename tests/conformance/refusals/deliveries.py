"""How the refusals of ``core/errors/deliveries.py`` are met."""

from parlour.core.errors import AskedOnce, DeliveryStillWaiting, WebhookGone
from tests.conformance.refusals.table import refusal
from tests.deliveries import DELIVERIES, NOWHERE, record
from tests.house import Answer, House
from tests.webhooks.conftest import be_asked, loudly


@refusal(DeliveryStillWaiting)
async def a_replay_of_what_was_not_sent_yet(house: House) -> Answer:
    await house.in_service(house.service).post("/Configuration/Webhooks", PostWebhookUrl=NOWHERE)
    delivery = await record(house, house.service, house.service)
    again = await house.made(f"{DELIVERIES}/{delivery}/Replay")
    return await house.post(f"{DELIVERIES}/{again['sid']}/Replay")


@refusal(AskedOnce)
async def a_replay_of_a_question(house: House) -> Answer:
    await be_asked(house, NOWHERE)
    await loudly(house, "/Conversations")
    (question,) = (await house.get(DELIVERIES)).rows
    return await house.post(f"{DELIVERIES}/{question['sid']}/Replay")


@refusal(WebhookGone)
async def a_replay_to_a_webhook_that_has_no_url(house: House) -> Answer:
    delivery = await record(house, house.service, house.service)
    return await house.post(f"{DELIVERIES}/{delivery}/Replay")
