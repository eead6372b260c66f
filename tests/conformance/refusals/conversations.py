"""How the refusals of ``core/errors/conversations.py`` are met."""

from parlour.core.errors import (
    ClosedTimerTooShort,
    ConversationClosed,
    ConversationInitializing,
    EndBeforeStart,
    InactiveTimerTooShort,
    InitialStateClosed,
    InvalidClosedTimer,
    InvalidInactiveTimer,
    InvalidMessagingServiceSid,
    InvalidState,
    StateEmpty,
    UniqueNameLooksLikeSid,
    UniqueNameTaken,
    UniqueNameTooLong,
)
from tests.account_client import AccountClient, Answer
from tests.conformance.refusals.table import refusal


@refusal(UniqueNameTooLong)
async def a_unique_name_of_257_characters(api: AccountClient) -> Answer:
    return await api.post("/Conversations", UniqueName="x" * 257)


@refusal(InvalidMessagingServiceSid)
async def a_messaging_service_by_its_name(api: AccountClient) -> Answer:
    return await api.post("/Conversations", MessagingServiceSid="the usual one")


@refusal(UniqueNameTaken)
async def a_unique_name_that_another_has(api: AccountClient) -> Answer:
    await api.made("/Conversations", UniqueName="order-1")
    return await api.post("/Conversations", UniqueName="order-1")


@refusal(StateEmpty)
async def an_update_to_no_state(api: AccountClient) -> Answer:
    await api.made("/Conversations", UniqueName="talk")
    return await api.post("/Conversations/talk", State="")


@refusal(InactiveTimerTooShort)
async def an_inactive_timer_of_seconds(api: AccountClient) -> Answer:
    return await api.post("/Conversations", **{"Timers.Inactive": "PT59S"})


@refusal(ClosedTimerTooShort)
async def a_closed_timer_of_minutes(api: AccountClient) -> Answer:
    return await api.post("/Conversations", **{"Timers.Closed": "PT9M"})


@refusal(ConversationClosed)
async def a_message_into_a_closed_conversation(api: AccountClient) -> Answer:
    await api.made("/Conversations", UniqueName="talk")
    await api.post("/Conversations/talk", State="closed")
    return await api.post("/Conversations/talk/Messages", Body="Is anybody there?")


@refusal(ConversationInitializing)
async def a_message_into_a_conversation_in_the_making(api: AccountClient) -> Answer:
    async with api.parlour.inside.database.session() as held:
        # Its participants can't be added before this ends.
        await held.execute("begin")
        await held.execute("lock table users in share mode")
        made = await api.post("/ConversationWithParticipants", Participant='{"identity": "dana"}')
        answer = await api.post(f"/Conversations/{made.row['sid']}/Messages", Body="Is anybody there yet?")
        await held.execute("rollback")
    return answer


@refusal(InvalidState)
async def a_state_that_there_is_not(api: AccountClient) -> Answer:
    return await api.post("/Conversations", State="asleep")


@refusal(InvalidInactiveTimer)
async def an_inactive_timer_in_words(api: AccountClient) -> Answer:
    return await api.post("/Conversations", **{"Timers.Inactive": "an hour"})


@refusal(InvalidClosedTimer)
async def a_closed_timer_in_words(api: AccountClient) -> Answer:
    return await api.post("/Conversations", **{"Timers.Closed": "a day"})


@refusal(InitialStateClosed)
async def a_conversation_that_is_closed_from_the_start(api: AccountClient) -> Answer:
    return await api.post("/Conversations", State="closed")


@refusal(UniqueNameLooksLikeSid)
async def a_unique_name_like_a_sid(api: AccountClient) -> Answer:
    return await api.post("/Conversations", UniqueName=f"CH{1:032x}")


@refusal(EndBeforeStart)
async def a_time_that_ends_before_it_starts(api: AccountClient) -> Answer:
    return await api.get("/Conversations", StartDate="2026-05-02", EndDate="2026-05-01")
