"""How the refusals of ``core/errors/participants.py`` are met."""

import json
from typing import Any

from parlour.core.errors import (
    AddressEmpty,
    AddressEqualsProxy,
    AddressTypeMismatch,
    BindingExists,
    BindingNotSupported,
    ChannelParticipantLimitExceeded,
    GroupExists,
    GroupNotActivated,
    GroupParticipantExists,
    GroupParticipantLimitExceeded,
    IdentityNotAddable,
    IdentityOrAddress,
    InvalidAddress,
    InvalidLastReadIndex,
    InvalidLastReadTimestamp,
    InvalidParticipantJson,
    InvalidProxyAddress,
    PairsInUse,
    ParticipantAlreadyExists,
    ParticipantLimitExceeded,
    ProjectedAddressMissing,
    ProjectedAddressNotAddable,
    ProjectedAddressNotRemovable,
    ProxyAddressEmpty,
    ProxyNotAddable,
    ProxyNotRemovable,
    ProxyNotSupported,
    TooManyParticipants,
)
from tests.account_client import AccountClient, Answer
from tests.conformance.refusals.table import binding, refusal
from tests.crowd import add_copies

PHONE = "+15551230001"
DESK = "+15551230002"
PATH = "/Conversations/talk/Participants"


async def added(api: AccountClient, **form: object) -> Answer:
    """The answer to a participant with *form* in a new conversation, whose participants are at PATH."""
    await api.made("/Conversations", UniqueName="talk")
    return await api.post(PATH, **form)


async def changed(api: AccountClient, before: dict[str, Any], **form: object) -> Answer:
    """The answer to *form* for the participant made with *before*."""
    return await api.post(f"{PATH}/{(await added(api, **before)).row['sid']}", **form)


@refusal(InvalidLastReadTimestamp)
async def reading_at_no_time(api: AccountClient) -> Answer:
    return await changed(api, {"Identity": "dana"}, LastReadTimestamp="just now")


@refusal(InvalidAddress)
async def an_address_that_is_a_name(api: AccountClient) -> Answer:
    return await added(api, **binding(Address="Dana"))


@refusal(InvalidProxyAddress)
async def a_proxy_address_that_is_a_sentence(api: AccountClient) -> Answer:
    return await added(api, **binding(Address=PHONE, ProxyAddress="the number of our front desk"))


@refusal(AddressEqualsProxy)
async def somebody_who_is_their_own_proxy(api: AccountClient) -> Answer:
    return await added(api, **binding(Address=PHONE, ProxyAddress=PHONE))


@refusal(AddressEmpty)
async def a_proxy_address_alone(api: AccountClient) -> Answer:
    return await added(api, **binding(ProxyAddress=DESK))


@refusal(ProxyAddressEmpty)
async def an_address_with_a_proxy_address_that_is_empty(api: AccountClient) -> Answer:
    return await added(api, **binding(Address=PHONE, ProxyAddress=""))


@refusal(AddressTypeMismatch)
async def a_proxy_address_of_another_channel(api: AccountClient) -> Answer:
    return await added(api, **binding(Address=PHONE, ProxyAddress=f"whatsapp:{DESK}"))


@refusal(BindingExists)
async def an_address_pair_that_is_in_use(api: AccountClient) -> Answer:
    await added(api, **binding(Address=PHONE, ProxyAddress=DESK))
    return await api.post(PATH, **binding(Address=PHONE, ProxyAddress=DESK))


@refusal(ParticipantLimitExceeded)
async def one_more_than_1000_participants(api: AccountClient) -> Answer:
    participant = (await added(api, Identity="dana")).row
    await add_copies(api, participant["conversation_sid"], 999)
    return await api.post(PATH, Identity="one more")


@refusal(ChannelParticipantLimitExceeded)
async def one_more_than_50_participants_of_channels(api: AccountClient) -> Answer:
    await api.made("/Conversations", UniqueName="talk")
    for number in range(50):
        await api.made(PATH, **binding(Address=f"+1555123{number:04}"))
    return await api.post(PATH, **binding(Address="+15551239999"))


@refusal(InvalidLastReadIndex)
async def reading_up_to_before_the_start(api: AccountClient) -> Answer:
    return await changed(api, {"Identity": "dana"}, LastReadMessageIndex=-1)


@refusal(ParticipantAlreadyExists)
async def an_identity_that_is_there_already(api: AccountClient) -> Answer:
    await added(api, Identity="dana")
    return await api.post(PATH, Identity="dana")


@refusal(ProxyNotRemovable)
async def the_removal_of_a_proxy_address_that_is_not_there(api: AccountClient) -> Answer:
    return await changed(api, binding(Address=PHONE), **binding(ProxyAddress=""))


@refusal(ProxyNotAddable)
async def a_proxy_address_for_somebody_without_an_address(api: AccountClient) -> Answer:
    return await changed(api, {"Identity": "dana"}, **binding(ProxyAddress=DESK))


@refusal(ProjectedAddressNotRemovable)
async def the_removal_of_a_projected_address_that_is_not_there(api: AccountClient) -> Answer:
    return await changed(api, {"Identity": "dana"}, **binding(ProjectedAddress=""))


@refusal(ProjectedAddressNotAddable)
async def a_projected_address_for_somebody_with_an_address(api: AccountClient) -> Answer:
    return await changed(api, binding(Address=PHONE), **binding(ProjectedAddress=DESK))


@refusal(IdentityNotAddable)
async def a_second_identity(api: AccountClient) -> Answer:
    return await changed(api, {"Identity": "dana"}, Identity="lee")


@refusal(IdentityOrAddress)
async def conversations_by_identity_and_address(api: AccountClient) -> Answer:
    return await api.get("/ParticipantConversations", Identity="dana", Address=PHONE)


@refusal(ProxyNotSupported)
async def a_proxy_address_for_e_mail(api: AccountClient) -> Answer:
    return await added(api, **binding(Address="dana@example.org", ProxyAddress="desk@example.org"))


@refusal(BindingNotSupported)
async def a_name_for_a_telephone(api: AccountClient) -> Answer:
    return await added(api, **binding(Address=PHONE, Name="Dana"))


async def joined(api: AccountClient, *others: dict[str, Any], **form: object) -> Answer:
    """The answer to *form* after a native, a projected address and *others*."""
    await added(api, **binding(Address=PHONE))
    for each in (binding(ProjectedAddress=DESK), *others):
        await api.made(PATH, **each)
    return await api.post(PATH, **form)


@refusal(ProjectedAddressMissing)
async def a_group_mms_with_somebody_who_has_no_number(api: AccountClient) -> Answer:
    return await joined(api, {"Identity": "dana"}, **binding(Address="+15551230003"))


@refusal(GroupNotActivated)
async def a_group_mms_with_a_british_number(api: AccountClient) -> Answer:
    return await joined(api, **binding(Address="+441632960001"))


@refusal(GroupParticipantLimitExceeded)
async def one_more_than_10_in_a_group_mms(api: AccountClient) -> Answer:
    eight = [binding(Address=f"+1555123010{number}") for number in range(8)]
    return await joined(api, *eight, **binding(Address="+15551230003"))


@refusal(GroupParticipantExists)
async def a_native_who_is_there_already(api: AccountClient) -> Answer:
    return await joined(api, **binding(Address=PHONE))


@refusal(GroupExists)
async def a_group_mms_of_the_same_numbers(api: AccountClient) -> Answer:
    await joined(api, **binding(Address="+15551230003"))
    bindings = [{"address": PHONE}, {"address": "+15551230003"}, {"projected_address": DESK}]
    everybody = [json.dumps({"messaging_binding": each}) for each in bindings]
    return await api.post("/ConversationWithParticipants", Participant=everybody)


@refusal(InvalidParticipantJson)
async def a_participant_in_words(api: AccountClient) -> Answer:
    return await api.post("/ConversationWithParticipants", Participant="Dana")


@refusal(PairsInUse)
async def a_conversation_with_an_address_pair_that_is_in_use(api: AccountClient) -> Answer:
    await added(api, **binding(Address=PHONE, ProxyAddress=DESK))
    participant = json.dumps({"messaging_binding": {"address": PHONE, "proxy_address": DESK}})
    return await api.post("/ConversationWithParticipants", Participant=participant)


@refusal(TooManyParticipants)
async def a_conversation_with_eleven_participants(api: AccountClient) -> Answer:
    everybody = [json.dumps({"identity": f"user {number}"}) for number in range(11)]
    return await api.post("/ConversationWithParticipants", Participant=everybody)
