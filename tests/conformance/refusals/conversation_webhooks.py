"""How the refusals of ``core/errors/conversation_webhooks.py`` are met."""

from typing import Any

from parlour.core.errors import (
    InvalidFlowSid,
    InvalidTrigger,
    InvalidWebhookFilter,
    InvalidWebhookTarget,
    TooManyConversationWebhooks,
    TooManyTriggers,
    TriggerMissing,
    WebhookFilterMissing,
    WebhookUrlMissing,
    WebhookUrlTooLong,
)
from tests.conformance.refusals.table import refusal
from tests.house import Answer, House

PATH = "/Conversations/talk/Webhooks"
HOOK: dict[str, Any] = {
    "Target": "webhook",
    "Configuration.Url": "https://app.example.org/hook",
    "Configuration.Filters": ["onMessageAdded"],
}


async def hooked(house: House, **form: object) -> Answer:
    """The answer to a webhook with *form* in a new conversation; None takes away what HOOK has."""
    await house.made("/Conversations", UniqueName="talk")
    return await house.post(PATH, **{name: value for name, value in {**HOOK, **form}.items() if value is not None})


@refusal(TooManyConversationWebhooks)
async def a_sixth_webhook(house: House) -> Answer:
    await hooked(house)
    for _ in range(4):
        await house.made(PATH, **HOOK)
    return await house.post(PATH, **HOOK)


@refusal(TooManyTriggers)
async def a_sixth_trigger(house: House) -> Answer:
    return await hooked(house, Target="trigger", **{"Configuration.Triggers": list("abcdef")})


@refusal(InvalidWebhookTarget)
async def a_target_that_there_is_not(house: House) -> Answer:
    return await hooked(house, Target="moon")


@refusal(InvalidWebhookFilter)
async def an_event_that_asks_before_an_action(house: House) -> Answer:
    return await hooked(house, **{"Configuration.Filters": "onMessageAdd"})


@refusal(InvalidTrigger)
async def a_trigger_without_letters(house: House) -> Answer:
    return await hooked(house, Target="trigger", **{"Configuration.Triggers": ""})


@refusal(InvalidFlowSid)
async def a_flow_by_its_name(house: House) -> Answer:
    return await hooked(house, Target="studio", **{"Configuration.FlowSid": "returns"})


@refusal(WebhookUrlMissing)
async def a_webhook_without_an_address(house: House) -> Answer:
    return await hooked(house, **{"Configuration.Url": None})


@refusal(WebhookFilterMissing)
async def a_webhook_that_listens_to_nothing(house: House) -> Answer:
    return await hooked(house, **{"Configuration.Filters": None})


@refusal(TriggerMissing)
async def a_webhook_that_waits_for_no_word(house: House) -> Answer:
    return await hooked(house, Target="trigger")


@refusal(WebhookUrlTooLong)
async def a_webhook_with_an_address_of_513_characters(house: House) -> Answer:
    return await hooked(house, **{"Configuration.Url": "https://app.example.org/".ljust(513, "x")})
