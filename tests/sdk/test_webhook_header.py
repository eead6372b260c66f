"""Both official libraries say with a change whether webhooks are to hear of it."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.account_client import AccountClient
from tests.receiver import Receiver, receiving
from tests.sdk.library import Library, python_library
from tests.sdk.node_library import node_library
from tests.sdk.node_process import Node

EVENTS = ["onConversationAdded", "onConversationUpdated", "onConversationRemoved"]


@pytest.fixture(params=["python", "node"])
def library(request: pytest.FixtureRequest, api: AccountClient) -> Iterator[Library]:
    if request.param == "node":
        yield node_library(request.getfixturevalue("node"), api)
        return
    with python_library(api) as client:
        yield client


@pytest.fixture
async def receiver(api: AccountClient) -> AsyncIterator[Receiver]:
    """One that the account tells of its conversations."""
    async with receiving() as receiver:
        await api.post("/v1/Configuration/Webhooks", PostWebhookUrl=receiver.url, Filters=EVENTS)
        yield receiver


@pytest.mark.both_forms
async def test_webhooks_hear_of_the_changes_whose_call_asks_for_it(library: Library, receiver: Receiver) -> None:
    def story(client: Library) -> None:
        conversations = client.scope.conversations
        conversations.create(friendly_name="silently")
        sid = conversations.create(friendly_name="loudly", x_twilio_webhook_enabled="true").sid
        conversations(sid).update(friendly_name="silently again")
        conversations(sid).update(friendly_name="loudly again", x_twilio_webhook_enabled="true")

    await library.tell(story)
    told = [(each.event, each.parameters["FriendlyName"]) for each in await receiver.take(2)]
    assert told == [("onConversationAdded", "loudly"), ("onConversationUpdated", "loudly again")]
    assert receiver.is_idle


@pytest.mark.both_forms
async def test_webhooks_hear_of_a_loud_deletion(node: Node, api: AccountClient, receiver: Receiver) -> None:
    # Of the Node library only: release 9 of the Python one takes the parameter and does not send the header.
    sids: list[str] = []

    def story(client: Library) -> None:
        conversations = client.scope.conversations
        sids.extend(conversations.create().sid for _ in range(2))
        conversations(sids[0]).delete()
        conversations(sids[1]).delete(x_twilio_webhook_enabled="true")

    await node_library(node, api).tell(story)
    told = await receiver.next()
    assert (told.event, told.parameters["ConversationSid"]) == ("onConversationRemoved", sids[1])
    assert receiver.is_idle
