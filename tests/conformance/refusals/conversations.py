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
from tests.conformance.refusals.table import refusal
from tests.house import Answer, House


@refusal(UniqueNameTooLong)
async def a_unique_name_of_257_characters(house: House) -> Answer:
    return await house.post("/Conversations", UniqueName="x" * 257)


@refusal(InvalidMessagingServiceSid)
async def a_messaging_service_by_its_name(house: House) -> Answer:
    return await house.post("/Conversations", MessagingServiceSid="the usual one")


@refusal(UniqueNameTaken)
async def a_unique_name_that_another_has(house: House) -> Answer:
    await house.made("/Conversations", UniqueName="order-1")
    return await house.post("/Conversations", UniqueName="order-1")


@refusal(StateEmpty)
async def an_update_to_no_state(house: House) -> Answer:
    await house.made("/Conversations", UniqueName="talk")
    return await house.post("/Conversations/talk", State="")


@refusal(InactiveTimerTooShort)
async def an_inactive_timer_of_seconds(house: House) -> Answer:
    return await house.post("/Conversations", **{"Timers.Inactive": "PT59S"})


@refusal(ClosedTimerTooShort)
async def a_closed_timer_of_minutes(house: House) -> Answer:
    return await house.post("/Conversations", **{"Timers.Closed": "PT9M"})


@refusal(ConversationClosed)
async def a_message_into_a_closed_conversation(house: House) -> Answer:
    await house.made("/Conversations", UniqueName="talk")
    await house.post("/Conversations/talk", State="closed")
    return await house.post("/Conversations/talk/Messages", Body="Is anybody there?")


@refusal(ConversationInitializing)
async def a_message_into_a_conversation_in_the_making(house: House) -> Answer:
    async with house.parlour.inside.database.session() as held:
        # Its participants can't be added before this ends.
        await held.execute("begin")
        await held.execute("lock table users in share mode")
        made = await house.post("/ConversationWithParticipants", Participant='{"identity": "dana"}')
        answer = await house.post(f"/Conversations/{made.row['sid']}/Messages", Body="Is anybody there yet?")
        await held.execute("rollback")
    return answer


@refusal(InvalidState)
async def a_state_that_there_is_not(house: House) -> Answer:
    return await house.post("/Conversations", State="asleep")


@refusal(InvalidInactiveTimer)
async def an_inactive_timer_in_words(house: House) -> Answer:
    return await house.post("/Conversations", **{"Timers.Inactive": "an hour"})


@refusal(InvalidClosedTimer)
async def a_closed_timer_in_words(house: House) -> Answer:
    return await house.post("/Conversations", **{"Timers.Closed": "a day"})


@refusal(InitialStateClosed)
async def a_conversation_that_is_closed_from_the_start(house: House) -> Answer:
    return await house.post("/Conversations", State="closed")


@refusal(UniqueNameLooksLikeSid)
async def a_unique_name_like_a_sid(house: House) -> Answer:
    return await house.post("/Conversations", UniqueName=f"CH{1:032x}")


@refusal(EndBeforeStart)
async def a_time_that_ends_before_it_starts(house: House) -> Answer:
    return await house.get("/Conversations", StartDate="2026-05-02", EndDate="2026-05-01")
