"""How the refusals of ``core/errors/configuration.py`` are met."""

from parlour.core.errors import (
    ConversationCreatorRoleNotFound,
    InvalidPostWebhookUrl,
    InvalidPreWebhookUrl,
    InvalidWebhookFormat,
    InvalidWebhookMethod,
    InvalidWebhookRetryCount,
    NotificationSoundTooLong,
    NotificationTemplateTooLong,
    ServiceRoleNotFound,
)
from tests.account_client import AccountClient, Answer
from tests.conformance.refusals.table import refusal


@refusal(InvalidWebhookFormat)
async def a_filter_that_names_no_event(api: AccountClient) -> Answer:
    return await api.post("/v1/Configuration/Webhooks", Filters="onCoffeeServed")


@refusal(InvalidPreWebhookUrl)
async def a_pre_action_webhook_that_is_no_address(api: AccountClient) -> Answer:
    return await api.post("/v1/Configuration/Webhooks", PreWebhookUrl="the front door")


@refusal(InvalidPostWebhookUrl)
async def a_post_action_webhook_by_another_protocol(api: AccountClient) -> Answer:
    path = f"/v1/Services/{api.service}/Configuration/Webhooks"
    return await api.post(path, PostWebhookUrl="ftp://office.example/inbox")


@refusal(InvalidWebhookMethod)
async def a_webhook_by_a_method_that_it_cannot_have(api: AccountClient) -> Answer:
    return await api.post("/v1/Configuration/Webhooks", Method="DELETE")


@refusal(InvalidWebhookRetryCount)
async def a_fourth_try_again(api: AccountClient) -> Answer:
    form = {"AutoCreation.StudioRetryCount": 4}
    return await api.post("/v1/Configuration/Addresses", Type="sms", Address="+15551230000", **form)


@refusal(NotificationTemplateTooLong)
async def a_template_of_1025_characters(api: AccountClient) -> Answer:
    path = f"/v1/Services/{api.service}/Configuration/Notifications"
    return await api.post(path, **{"NewMessage.Template": "x" * 1025})


@refusal(NotificationSoundTooLong)
async def a_sound_of_257_characters(api: AccountClient) -> Answer:
    path = f"/v1/Services/{api.service}/Configuration/Notifications"
    return await api.post(path, **{"AddedToConversation.Sound": "x" * 257})


@refusal(ServiceRoleNotFound)
async def an_unknown_role_as_the_default_of_users(api: AccountClient) -> Answer:
    path = f"/v1/Services/{api.service}/Configuration"
    return await api.post(path, DefaultChatServiceRoleSid=f"RL{1:032x}")


@refusal(ConversationCreatorRoleNotFound)
async def an_unknown_role_as_the_default_of_creators(api: AccountClient) -> Answer:
    path = f"/v1/Services/{api.service}/Configuration"
    return await api.post(path, DefaultConversationCreatorRoleSid=f"RL{1:032x}")
