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
from tests.account_client import AccountClient, Answer
from tests.conformance.refusals.table import refusal

PATH = "/Conversations/talk/Webhooks"
HOOK: dict[str, Any] = {
    "Target": "webhook",
    "Configuration.Url": "https://app.example.org/hook",
    "Configuration.Filters": ["onMessageAdded"],
}


async def hooked(api: AccountClient, **form: object) -> Answer:
    """The answer to a webhook with *form* in a new conversation; None takes away what HOOK has."""
    await api.made("/Conversations", UniqueName="talk")
    return await api.post(PATH, **{name: value for name, value in {**HOOK, **form}.items() if value is not None})


@refusal(TooManyConversationWebhooks)
async def a_sixth_webhook(api: AccountClient) -> Answer:
    await hooked(api)
    for _ in range(4):
        await api.made(PATH, **HOOK)
    return await api.post(PATH, **HOOK)


@refusal(TooManyTriggers)
async def a_sixth_trigger(api: AccountClient) -> Answer:
    return await hooked(api, Target="trigger", **{"Configuration.Triggers": list("abcdef")})


@refusal(InvalidWebhookTarget)
async def a_target_that_there_is_not(api: AccountClient) -> Answer:
    return await hooked(api, Target="moon")


@refusal(InvalidWebhookFilter)
async def an_event_that_asks_before_an_action(api: AccountClient) -> Answer:
    return await hooked(api, **{"Configuration.Filters": "onMessageAdd"})


@refusal(InvalidTrigger)
async def a_trigger_without_letters(api: AccountClient) -> Answer:
    return await hooked(api, Target="trigger", **{"Configuration.Triggers": ""})


@refusal(InvalidFlowSid)
async def a_flow_by_its_name(api: AccountClient) -> Answer:
    return await hooked(api, Target="studio", **{"Configuration.FlowSid": "returns"})


@refusal(WebhookUrlMissing)
async def a_webhook_without_an_address(api: AccountClient) -> Answer:
    return await hooked(api, **{"Configuration.Url": None})


@refusal(WebhookFilterMissing)
async def a_webhook_that_listens_to_nothing(api: AccountClient) -> Answer:
    return await hooked(api, **{"Configuration.Filters": None})


@refusal(TriggerMissing)
async def a_webhook_that_waits_for_no_word(api: AccountClient) -> Answer:
    return await hooked(api, Target="trigger")


@refusal(WebhookUrlTooLong)
async def a_webhook_with_an_address_of_513_characters(api: AccountClient) -> Answer:
    return await hooked(api, **{"Configuration.Url": "https://app.example.org/".ljust(513, "x")})
