"""The numbers of participants: at each limit one more is refused, and one less makes room again."""

import asyncio
import json

import pytest

from tests.account_client import AccountClient
from tests.crowd import add_copies, copy_conversation

PATH = "/Conversations/talk/Participants"


@pytest.fixture(autouse=True)
async def talk(api: AccountClient) -> str:
    """The SID of the conversation at PATH."""
    return str((await api.made("/Conversations", UniqueName="talk"))["sid"])


def pair(number: int) -> dict[str, str]:
    """A participant of SMS."""
    return {"MessagingBinding.Address": f"+1555123{number:04}", "MessagingBinding.ProxyAddress": "+15559990001"}


async def test_a_conversation_has_at_most_1000_participants(api: AccountClient, talk: str) -> None:
    await api.made(PATH, Identity="dana")
    await add_copies(api, talk, 998)
    await api.made(PATH, Identity="the thousandth")
    answer = await api.post(PATH, Identity="one more")
    assert (answer.refusal, answer.message) == ((403, 50417), "Participants limit exceeded")
    assert (await api.post(PATH, **{"MessagingBinding.Address": "+15551230001"})).refusal == (403, 50417)
    assert (await api.get("/Users/one%20more")).status == 404
    await api.delete(f"{PATH}/dana")
    assert (await api.post(PATH, Identity="one more")).status == 201
    assert len(await api.listed(PATH, PageSize=100)) == 1000


async def test_a_conversation_has_at_most_50_participants_of_channels(api: AccountClient) -> None:
    made = [await api.made(PATH, **pair(number)) for number in range(49)]
    made.append(await api.made(PATH, **{"MessagingBinding.ProjectedAddress": "+15559990000"}))
    answer = await api.post(PATH, **pair(9999))
    assert (answer.refusal, answer.message) == ((403, 50418), "Non-chat participants limit exceeded")
    assert (await api.post(PATH, Identity="dana")).status == 201
    await api.delete(f"{PATH}/{made[0]['sid']}")
    assert (await api.post(PATH, **pair(9999))).status == 201
    assert (await api.post(PATH, **pair(9998))).refusal == (403, 50418)


async def test_a_participant_who_gets_an_identity_is_none_of_a_channel_any_more(api: AccountClient) -> None:
    projected = await api.made(PATH, **{"MessagingBinding.ProjectedAddress": "+15559990000"})
    for number in range(49):
        await api.made(PATH, **pair(number))
    assert (await api.post(PATH, **pair(9999))).refusal == (403, 50418)
    await api.post(f"{PATH}/{projected['sid']}", Identity="dana")
    assert (await api.post(PATH, **pair(9999))).status == 201


async def test_an_identity_is_in_at_most_1000_conversations_that_are_not_closed(api: AccountClient, talk: str) -> None:
    await api.made(PATH, Identity="dana")
    await copy_conversation(api, talk)
    for name in ("last", "more"):
        await api.made("/Conversations", UniqueName=name)
    # 999 copies are not closed, and the one that was copied.
    answer = await api.post("/Conversations/more/Participants", Identity="dana")
    assert (answer.refusal, answer.message) == ((403, 50214), "User conversation limit exceeded")
    assert (await api.post("/Conversations/more/Participants", Identity="lee")).status == 201
    await api.post("/Conversations/talk", State="closed")
    assert (await api.post("/Conversations/more/Participants", Identity="dana")).status == 201
    assert (await api.post("/Conversations/last/Participants", Identity="dana")).refusal == (403, 50214)
    dana = [json.dumps({"identity": "dana"})]
    assert (await api.post("/ConversationWithParticipants", Participant=dana)).refusal == (403, 50214)
    nobody = await api.made("/Conversations/last/Participants", **{"MessagingBinding.ProjectedAddress": "+15559990000"})
    given = await api.post(f"/Conversations/last/Participants/{nobody['sid']}", Identity="dana")
    assert given.refusal == (403, 50214)
    await api.delete(f"/Conversations/CH{1:032x}")
    assert (await api.post("/Conversations/last/Participants", Identity="dana")).status == 201


async def test_of_those_who_come_at_once_as_many_are_let_in_as_there_is_room_for(api: AccountClient, talk: str) -> None:
    await api.made(PATH, Identity="dana")
    await add_copies(api, talk, 996)
    answers = await asyncio.gather(*(api.post(PATH, Identity=f"one of {number}") for number in range(8)))
    assert sorted(answer.status for answer in answers) == [201] * 3 + [403] * 5
    assert {answer.refusal for answer in answers if answer.status != 201} == {(403, 50417)}


async def test_an_identity_that_is_added_in_several_places_at_once_stays_within_its_limit(
    api: AccountClient, talk: str
) -> None:
    await api.made(PATH, Identity="dana")
    await copy_conversation(api, talk)
    await api.delete(f"/Conversations/CH{1:032x}")
    await api.delete(f"/Conversations/CH{2:032x}")
    rooms = [(await api.made("/Conversations"))["sid"] for _ in range(6)]
    answers = await asyncio.gather(
        *(api.post(f"/Conversations/{room}/Participants", Identity="dana") for room in rooms)
    )
    assert sorted(answer.status for answer in answers) == [201] * 2 + [403] * 4
    assert {answer.refusal for answer in answers if answer.status != 201} == {(403, 50214)}
