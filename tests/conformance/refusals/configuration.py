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
from tests.conformance.refusals.table import refusal
from tests.house import Answer, House


@refusal(InvalidWebhookFormat)
async def a_filter_that_names_no_event(house: House) -> Answer:
    return await house.post("/v1/Configuration/Webhooks", Filters="onCoffeeServed")


@refusal(InvalidPreWebhookUrl)
async def a_pre_action_webhook_that_is_no_address(house: House) -> Answer:
    return await house.post("/v1/Configuration/Webhooks", PreWebhookUrl="the front door")


@refusal(InvalidPostWebhookUrl)
async def a_post_action_webhook_by_another_protocol(house: House) -> Answer:
    path = f"/v1/Services/{house.service}/Configuration/Webhooks"
    return await house.post(path, PostWebhookUrl="ftp://office.example/inbox")


@refusal(InvalidWebhookMethod)
async def a_webhook_by_a_method_that_it_cannot_have(house: House) -> Answer:
    return await house.post("/v1/Configuration/Webhooks", Method="DELETE")


@refusal(InvalidWebhookRetryCount)
async def a_fourth_try_again(house: House) -> Answer:
    form = {"AutoCreation.StudioRetryCount": 4}
    return await house.post("/v1/Configuration/Addresses", Type="sms", Address="+15551230000", **form)


@refusal(NotificationTemplateTooLong)
async def a_template_of_1025_characters(house: House) -> Answer:
    path = f"/v1/Services/{house.service}/Configuration/Notifications"
    return await house.post(path, **{"NewMessage.Template": "x" * 1025})


@refusal(NotificationSoundTooLong)
async def a_sound_of_257_characters(house: House) -> Answer:
    path = f"/v1/Services/{house.service}/Configuration/Notifications"
    return await house.post(path, **{"AddedToConversation.Sound": "x" * 257})


@refusal(ServiceRoleNotFound)
async def an_unknown_role_as_the_default_of_users(house: House) -> Answer:
    path = f"/v1/Services/{house.service}/Configuration"
    return await house.post(path, DefaultChatServiceRoleSid=f"RL{1:032x}")


@refusal(ConversationCreatorRoleNotFound)
async def an_unknown_role_as_the_default_of_creators(house: House) -> Answer:
    path = f"/v1/Services/{house.service}/Configuration"
    return await house.post(path, DefaultConversationCreatorRoleSid=f"RL{1:032x}")
