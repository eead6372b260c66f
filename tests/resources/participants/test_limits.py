"""The numbers of participants: at each limit one more is refused, and one less makes room again."""

import asyncio
import json

import pytest

from tests.crowd import add_copies, copy_conversation
from tests.house import House

PATH = "/Conversations/talk/Participants"


@pytest.fixture(autouse=True)
async def talk(house: House) -> str:
    """The SID of the conversation at PATH."""
    return str((await house.made("/Conversations", UniqueName="talk"))["sid"])


def pair(number: int) -> dict[str, str]:
    """A participant of SMS."""
    return {"MessagingBinding.Address": f"+1555123{number:04}", "MessagingBinding.ProxyAddress": "+15559990001"}


async def test_a_conversation_has_at_most_1000_participants(house: House, talk: str) -> None:
    await house.made(PATH, Identity="dana")
    await add_copies(house, talk, 998)
    await house.made(PATH, Identity="the thousandth")
    answer = await house.post(PATH, Identity="one more")
    assert (answer.refusal, answer.message) == ((403, 50417), "Participants limit exceeded")
    assert (await house.post(PATH, **{"MessagingBinding.Address": "+15551230001"})).refusal == (403, 50417)
    assert (await house.get("/Users/one%20more")).status == 404
    await house.delete(f"{PATH}/dana")
    assert (await house.post(PATH, Identity="one more")).status == 201
    assert len(await house.listed(PATH, PageSize=100)) == 1000


async def test_a_conversation_has_at_most_50_participants_of_channels(house: House) -> None:
    made = [await house.made(PATH, **pair(number)) for number in range(49)]
    made.append(await house.made(PATH, **{"MessagingBinding.ProjectedAddress": "+15559990000"}))
    answer = await house.post(PATH, **pair(9999))
    assert (answer.refusal, answer.message) == ((403, 50418), "Non-chat participants limit exceeded")
    assert (await house.post(PATH, Identity="dana")).status == 201
    await house.delete(f"{PATH}/{made[0]['sid']}")
    assert (await house.post(PATH, **pair(9999))).status == 201
    assert (await house.post(PATH, **pair(9998))).refusal == (403, 50418)


async def test_a_participant_who_gets_an_identity_is_none_of_a_channel_any_more(house: House) -> None:
    projected = await house.made(PATH, **{"MessagingBinding.ProjectedAddress": "+15559990000"})
    for number in range(49):
        await house.made(PATH, **pair(number))
    assert (await house.post(PATH, **pair(9999))).refusal == (403, 50418)
    await house.post(f"{PATH}/{projected['sid']}", Identity="dana")
    assert (await house.post(PATH, **pair(9999))).status == 201


async def test_an_identity_is_in_at_most_1000_conversations_that_are_not_closed(house: House, talk: str) -> None:
    await house.made(PATH, Identity="dana")
    await copy_conversation(house, talk)
    for name in ("last", "more"):
        await house.made("/Conversations", UniqueName=name)
    # 999 copies are not closed, and the one that was copied.
    answer = await house.post("/Conversations/more/Participants", Identity="dana")
    assert (answer.refusal, answer.message) == ((403, 50214), "User conversation limit exceeded")
    assert (await house.post("/Conversations/more/Participants", Identity="lee")).status == 201
    await house.post("/Conversations/talk", State="closed")
    assert (await house.post("/Conversations/more/Participants", Identity="dana")).status == 201
    assert (await house.post("/Conversations/last/Participants", Identity="dana")).refusal == (403, 50214)
    dana = [json.dumps({"identity": "dana"})]
    assert (await house.post("/ConversationWithParticipants", Participant=dana)).refusal == (403, 50214)
    nobody = await house.made(
        "/Conversations/last/Participants", **{"MessagingBinding.ProjectedAddress": "+15559990000"}
    )
    given = await house.post(f"/Conversations/last/Participants/{nobody['sid']}", Identity="dana")
    assert given.refusal == (403, 50214)
    await house.delete(f"/Conversations/CH{1:032x}")
    assert (await house.post("/Conversations/last/Participants", Identity="dana")).status == 201


async def test_of_those_who_come_at_once_as_many_are_let_in_as_there_is_room_for(house: House, talk: str) -> None:
    await house.made(PATH, Identity="dana")
    await add_copies(house, talk, 996)
    answers = await asyncio.gather(*(house.post(PATH, Identity=f"one of {number}") for number in range(8)))
    assert sorted(answer.status for answer in answers) == [201] * 3 + [403] * 5
    assert {answer.refusal for answer in answers if answer.status != 201} == {(403, 50417)}


async def test_an_identity_that_is_added_in_several_places_at_once_stays_within_its_limit(
    house: House, talk: str
) -> None:
    await house.made(PATH, Identity="dana")
    await copy_conversation(house, talk)
    await house.delete(f"/Conversations/CH{1:032x}")
    await house.delete(f"/Conversations/CH{2:032x}")
    rooms = [(await house.made("/Conversations"))["sid"] for _ in range(6)]
    answers = await asyncio.gather(
        *(house.post(f"/Conversations/{room}/Participants", Identity="dana") for room in rooms)
    )
    assert sorted(answer.status for answer in answers) == [201] * 2 + [403] * 4
    assert {answer.refusal for answer in answers if answer.status != 201} == {(403, 50214)}
