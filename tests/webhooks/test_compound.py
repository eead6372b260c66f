"""Operations that change several things: which events they fire, and in which order."""

import json

from tests.account_client import AccountClient
from tests.receiver import Receiver
from tests.webhooks.conftest import LOUD, be_asked, fired, listen, loudly, made, remove_loudly


async def in_a_conversation(api: AccountClient, **form: object) -> str:
    """The path of a conversation with dana, lee and a message in it, of which nobody was told."""
    path = f"/Conversations/{(await api.made('/Conversations', **form))['sid']}"
    for identity in ("dana", "lee"):
        await api.made(f"{path}/Participants", Identity=identity)
    await api.made(f"{path}/Messages", Body="hello", Author="dana")
    return path


async def test_a_state_set_by_a_call_is_told_after_the_conversation(told: AccountClient, receiver: Receiver) -> None:
    path = await in_a_conversation(told)
    await loudly(told, path, State="closed", FriendlyName="done")
    updated, state = await receiver.take(2)
    assert (updated.event, updated.parameters["FriendlyName"], updated.parameters["State"]) == (
        "onConversationUpdated",
        "done",
        "closed",
    )
    assert state.event == "onConversationStateUpdated"
    assert [state.parameters[name] for name in ("StateFrom", "StateTo", "Reason")] == ["active", "closed", "API"]
    assert "Attributes" not in state.parameters


async def test_a_state_that_stays_is_not_told(told: AccountClient, receiver: Receiver) -> None:
    path = await in_a_conversation(told)
    await loudly(told, path, State="active")
    assert await fired(told, receiver) == ["onConversationUpdated"]


async def test_a_state_set_silently_is_not_told(told: AccountClient, receiver: Receiver) -> None:
    path = await in_a_conversation(told)
    await told.post(path, State="inactive")
    assert await fired(told, receiver) == []


async def test_an_update_that_sends_nothing_is_not_told(told: AccountClient, receiver: Receiver) -> None:
    path = await in_a_conversation(told)
    for each in (path, f"{path}/Participants/dana", "/Users/dana"):
        assert (await loudly(told, each)).status == 200
    assert await fired(told, receiver) == []


async def test_a_message_that_wakes_a_conversation_is_asked_for_first(api: AccountClient, receiver: Receiver) -> None:
    await be_asked(api, receiver.url)
    await listen(api, receiver.url)
    await api.post("/v1/Configuration/Webhooks", Filters=["onMessageAdd", *AFTER_WAKING])
    path = await in_a_conversation(api)
    await api.post(path, State="inactive")
    await made(api, f"{path}/Messages", Body="wake up")
    received = await receiver.take(4)
    assert [each.event for each in received] == ["onMessageAdd", *AFTER_WAKING]
    assert received[2].parameters["Reason"] == "EVENT"


AFTER_WAKING = ["onConversationUpdated", "onConversationStateUpdated", "onMessageAdded"]


async def test_the_end_of_a_conversation_is_told_and_not_that_of_what_is_in_it(
    told: AccountClient, receiver: Receiver
) -> None:
    path = await in_a_conversation(told)
    await remove_loudly(told, path)
    assert await fired(told, receiver) == ["onConversationRemoved"]


async def test_the_end_of_a_user_is_told_as_the_leaving_of_its_participants(
    told: AccountClient, receiver: Receiver
) -> None:
    paths = [await in_a_conversation(told) for _ in range(2)]
    sids = {(await told.get(f"{path}/Participants/dana")).row["sid"] for path in paths}
    await remove_loudly(told, "/Users/dana")
    left = await receiver.take(2)
    assert {each.parameters["ParticipantSid"] for each in left} == sids
    assert {each.event for each in left} == {"onParticipantRemoved"}
    assert all("DateRemoved" in each.parameters for each in left)
    assert await fired(told, receiver) == ["onParticipantRemoved"] * 2


async def test_a_user_made_on_the_way_is_told_if_the_call_asks_for_it(told: AccountClient, receiver: Receiver) -> None:
    path = await in_a_conversation(told)
    await told.made(f"{path}/Participants", Identity="silent")
    participant = await made(told, f"{path}/Participants", Identity="loud")
    first, second = await receiver.take(2)
    by_event = {each.event: each.parameters for each in (first, second)}
    assert by_event["onUserAdded"]["Identity"] == "loud"
    assert by_event["onParticipantAdded"]["ParticipantSid"] == participant["sid"]
    assert await fired(told, receiver) == ["onUserAdded", "onParticipantAdded"]


async def test_who_joins_again_under_a_new_identity_makes_its_user_known(
    told: AccountClient, receiver: Receiver
) -> None:
    path = await in_a_conversation(told)
    gateway = await told.made(f"{path}/Participants", **{"MessagingBinding.ProjectedAddress": "+15551230001"})
    answer = await loudly(told, f"{path}/Participants/{gateway['sid']}", Identity="named")
    assert answer.status == 200
    assert await fired(told, receiver) == ["onUserAdded", "onParticipantUpdated"]


async def test_a_conversation_made_silently_with_its_participants_stays_silent(
    told: AccountClient, receiver: Receiver
) -> None:
    crew = [json.dumps({"identity": name}) for name in ("dana", "lee")]
    answer = await told.post("/ConversationWithParticipants", Participant=crew)
    path = f"/Conversations/{answer.row['sid']}"
    while (await told.get(path)).row["state"] == "initializing":
        pass
    assert await fired(told, receiver) == []


async def test_what_fails_tells_nobody(told: AccountClient, receiver: Receiver) -> None:
    path = await in_a_conversation(told, UniqueName="taken")
    assert (await loudly(told, "/Conversations", UniqueName="taken")).status == 409
    assert (await loudly(told, f"{path}/Participants", Identity="dana")).status == 409
    assert (await loudly(told, f"{path}/Messages")).status == 400
    assert (await told.send("DELETE", f"{path}/Messages/IM{'0' * 32}", headers=LOUD)).status == 404
    assert await fired(told, receiver) == []
