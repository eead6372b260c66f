"""How the refusals of ``core/errors/services.py`` are met."""

from parlour.core.errors import (
    ConversationRoleNotFound,
    FriendlyNameMissing,
    FriendlyNameTooLong,
    IdentityLooksLikeSid,
    IdentityMissing,
    IdentityNotAcceptable,
    IdentityReserved,
    IdentityTooLong,
    InvalidNotificationLevel,
    InvalidRoleType,
    PermissionNotFound,
    RoleNotFound,
    ServiceNotFound,
    UserAlreadyExists,
    UserConversationLimitExceeded,
)
from tests.account_client import AccountClient, Answer
from tests.conformance.refusals.table import binding, refusal
from tests.crowd import copy_conversation


@refusal(FriendlyNameMissing)
async def a_service_without_a_name(api: AccountClient) -> Answer:
    return await api.post("/v1/Services", FriendlyName="")


@refusal(FriendlyNameTooLong)
async def a_service_with_a_name_of_257_characters(api: AccountClient) -> Answer:
    return await api.post("/v1/Services", FriendlyName="x" * 257)


@refusal(ServiceNotFound)
async def an_unknown_service_as_the_default(api: AccountClient) -> Answer:
    return await api.post("/v1/Configuration", DefaultChatServiceSid=f"IS{1:032x}")


@refusal(RoleNotFound)
async def an_unknown_role_for_a_user(api: AccountClient) -> Answer:
    return await api.post("/Users", Identity="dana", RoleSid=f"RL{1:032x}")


@refusal(PermissionNotFound)
async def a_permission_that_there_is_not(api: AccountClient) -> Answer:
    return await api.post("/Roles", FriendlyName="guest", Type="service", Permission="dance")


@refusal(InvalidRoleType)
async def a_type_of_role_that_there_is_not(api: AccountClient) -> Answer:
    return await api.post("/Roles", FriendlyName="guest", Type="api", Permission="sendMessage")


@refusal(ConversationRoleNotFound)
async def an_unknown_role_for_a_participant(api: AccountClient) -> Answer:
    await api.made("/Conversations", UniqueName="talk")
    return await api.post("/Conversations/talk/Participants", Identity="dana", RoleSid=f"RL{1:032x}")


@refusal(UserAlreadyExists)
async def an_identity_that_another_user_has(api: AccountClient) -> Answer:
    await api.made("/Users", Identity="dana")
    return await api.post("/Users", Identity="dana")


@refusal(IdentityReserved)
async def the_identity_of_the_system(api: AccountClient) -> Answer:
    return await api.post("/Users", Identity="system")


@refusal(IdentityMissing)
async def a_participant_who_is_nobody(api: AccountClient) -> Answer:
    await api.made("/Conversations", UniqueName="talk")
    return await api.post("/Conversations/talk/Participants")


@refusal(IdentityLooksLikeSid)
async def an_identity_like_a_sid(api: AccountClient) -> Answer:
    return await api.post("/Users", Identity=f"US{1:032x}")


@refusal(IdentityTooLong)
async def an_identity_of_257_characters(api: AccountClient) -> Answer:
    return await api.post("/Users", Identity="x" * 257)


@refusal(InvalidNotificationLevel)
async def a_notification_level_that_there_is_not(api: AccountClient) -> Answer:
    await api.made("/Conversations", UniqueName="talk")
    await api.made("/Conversations/talk/Participants", Identity="dana")
    return await api.post("/Users/dana/Conversations/talk", NotificationLevel="loud")


@refusal(IdentityNotAcceptable)
async def an_identity_and_an_address(api: AccountClient) -> Answer:
    await api.made("/Conversations", UniqueName="talk")
    form = {"Identity": "dana", **binding(Address="+15551230001")}
    return await api.post("/Conversations/talk/Participants", **form)


@refusal(UserConversationLimitExceeded)
async def somebody_who_is_in_1000_conversations(api: AccountClient) -> Answer:
    talk = await api.made("/Conversations")
    await api.made(f"/Conversations/{talk['sid']}/Participants", Identity="dana")
    await copy_conversation(api, talk["sid"])  # 999 copies are not closed
    await api.made("/Conversations", UniqueName="one more")
    return await api.post("/Conversations/one%20more/Participants", Identity="dana")
