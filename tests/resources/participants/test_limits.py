"""The numbers of participants: at each limit one more is refused, and one less makes room again."""

import pytest

from tests.house import House

PATH = "/Conversations/talk/Participants"


@pytest.fixture(autouse=True)
async def talk(house: House) -> str:
    """The SID of the conversation at PATH."""
    return str((await house.made("/Conversations", UniqueName="talk"))["sid"])


async def multiply(house: House, sql: str, *values: object) -> None:
    """Copies a row many times, since making a thousand over HTTP would take long."""
    async with house.parlour.inside.database.session() as connection:
        await connection.execute(sql, house.service, *values)


async def fill(house: House, conversation: str, number: int) -> None:
    """*number* copies of the one participant of *conversation*, with identities (and no users) of their own."""
    await multiply(
        house,
        """
        insert into participants (service_sid, conversation_sid, sid, identity, attributes, role_sid, created_at,
                                  updated_at, born_event_id, last_event_id)
        select service_sid, conversation_sid, 'MB' || lpad(to_hex(copy), 32, '0'), 'copy ' || copy, attributes,
               role_sid, created_at, updated_at, born_event_id, last_event_id
        from participants, generate_series(1, $3) as copy where service_sid = $1 and conversation_sid = $2
        """,
        conversation,
        number,
    )
    await multiply(
        house,
        "update conversations set participant_count = participant_count + $3 where service_sid = $1 and sid = $2",
        conversation,
        number,
    )


async def test_a_conversation_has_at_most_1000_participants(house: House, talk: str) -> None:
    await house.made(PATH, Identity="dana")
    await fill(house, talk, 998)
    await house.made(PATH, Identity="the thousandth")
    answer = await house.post(PATH, Identity="one more")
    assert (answer.refusal, answer.message) == ((403, 50417), "Participants limit exceeded")
    assert (await house.post(PATH, **{"MessagingBinding.Address": "+15551230001"})).refusal == (403, 50417)
    assert (await house.get("/Users/one%20more")).status == 404
    await house.delete(f"{PATH}/dana")
    assert (await house.post(PATH, Identity="one more")).status == 201
    assert len(await house.listed(PATH, PageSize=100)) == 1000


async def test_a_conversation_has_at_most_50_participants_of_channels(house: House) -> None:
    made = [await house.made(PATH, **{"MessagingBinding.Address": f"+1555123{number:04}"}) for number in range(49)]
    made.append(await house.made(PATH, **{"MessagingBinding.ProjectedAddress": "+15559990000"}))
    answer = await house.post(PATH, **{"MessagingBinding.Address": "+15551239999"})
    assert (answer.refusal, answer.message) == ((403, 50418), "Non-chat participants limit exceeded")
    assert (await house.post(PATH, Identity="dana")).status == 201
    await house.delete(f"{PATH}/{made[0]['sid']}")
    assert (await house.post(PATH, **{"MessagingBinding.Address": "+15551239999"})).status == 201
    assert (await house.post(PATH, **{"MessagingBinding.Address": "+15551239998"})).refusal == (403, 50418)


async def test_a_participant_who_gets_an_identity_is_none_of_a_channel_any_more(house: House) -> None:
    projected = await house.made(PATH, **{"MessagingBinding.ProjectedAddress": "+15559990000"})
    for number in range(49):
        await house.made(PATH, **{"MessagingBinding.Address": f"+1555123{number:04}"})
    assert (await house.post(PATH, **{"MessagingBinding.Address": "+15551239999"})).refusal == (403, 50418)
    await house.post(f"{PATH}/{projected['sid']}", Identity="dana")
    assert (await house.post(PATH, **{"MessagingBinding.Address": "+15551239999"})).status == 201


async def test_an_identity_is_in_at_most_1000_conversations_that_are_not_closed(house: House, talk: str) -> None:
    await house.made(PATH, Identity="dana")
    await multiply(
        house,
        """
        with talk as (
          select * from conversations where service_sid = $1 and sid = $2
        ), copies as (
          insert into conversations (service_sid, sid, attributes, state, created_by, created_at, updated_at,
                                     state_updated_at, last_activity_at, born_event_id, last_event_id)
          select service_sid, 'CH' || lpad(to_hex(copy), 32, '0'), attributes,
                 (array['active', 'inactive', 'closed'])[1 + least(copy / 500, 2)], created_by, created_at, updated_at,
                 state_updated_at, last_activity_at, born_event_id, last_event_id
          from talk, generate_series(1, 1100) as copy returning service_sid, sid
        )
        insert into participants (service_sid, conversation_sid, sid, identity, user_sid, attributes, role_sid,
                                  created_at, updated_at, born_event_id, last_event_id)
        select copies.service_sid, copies.sid, p.sid, identity, user_sid, attributes, role_sid,
               created_at, updated_at, born_event_id, last_event_id
        from copies join participants p on p.service_sid = copies.service_sid where p.conversation_sid = $2
        """,
        talk,
    )
    for name in ("last", "more"):
        await house.made("/Conversations", UniqueName=name)
    # 999 copies are not closed, and the one that was copied.
    answer = await house.post("/Conversations/more/Participants", Identity="dana")
    assert (answer.refusal, answer.message) == ((403, 50214), "User conversation limit exceeded")
    assert (await house.post("/Conversations/more/Participants", Identity="lee")).status == 201
    await house.post("/Conversations/talk", State="closed")
    assert (await house.post("/Conversations/more/Participants", Identity="dana")).status == 201
    assert (await house.post("/Conversations/last/Participants", Identity="dana")).refusal == (403, 50214)
    await house.delete(f"/Conversations/CH{1:032x}")
    assert (await house.post("/Conversations/last/Participants", Identity="dana")).status == 201
