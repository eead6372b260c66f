"""Webhooks about a conversation that is made with its participants: asked once, told when it is complete."""

import json

from tests.account_client import AccountClient
from tests.receiver import Receiver
from tests.webhooks.conftest import be_asked, loudly, replying

PATH = "/ConversationWithParticipants"
CREW = [json.dumps({"identity": name}) for name in ("dana", "lee")]


async def test_it_is_asked_for_once_and_takes_the_name_that_is_given_to_it(
    api: AccountClient, receiver: Receiver
) -> None:
    await be_asked(api, receiver.url + "/pre")
    receiver.reply = replying(200, '{"friendly_name": "Night crew"}')
    answer = await loudly(api, PATH, FriendlyName="Crew", Participant=CREW)
    assert (answer.status, answer.row["friendly_name"]) == (202, "Night crew")
    path = f"/Conversations/{answer.row['sid']}"
    while (await api.get(path)).row["state"] == "initializing":
        pass
    assert len(await api.listed(f"{path}/Participants")) == 2
    assert [each.parameters["EventType"] for each in receiver.received] == ["onConversationAdd"]


async def test_what_is_refused_leaves_nothing_behind(api: AccountClient, receiver: Receiver) -> None:
    await be_asked(api, receiver.url + "/pre")
    receiver.reply = replying(403)
    pair = {"address": "+15551230001", "proxy_address": "+15551230002"}
    everybody = [*CREW, json.dumps({"messaging_binding": pair})]
    assert (await loudly(api, PATH, Participant=everybody)).refusal == (403, 50056)
    assert await api.listed("/Conversations") == []
    assert (await api.post(PATH, Participant=everybody)).status == 202


async def test_what_happened_is_told_in_order(told: AccountClient, receiver: Receiver) -> None:
    answer = await loudly(told, PATH, Participant=CREW)
    assert answer.status == 202
    events = [(await receiver.next()).parameters for _ in range(7)]
    assert [each["EventType"] for each in events if each["EventType"] != "onUserAdded"] == [
        "onConversationAdded",
        "onParticipantAdded",
        "onParticipantAdded",
        "onConversationUpdated",
        "onConversationStateUpdated",
    ]
    assert (events[-1]["StateFrom"], events[-1]["StateTo"], events[-1]["Reason"]) == ("initializing", "active", "EVENT")
