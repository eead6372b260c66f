"""What rights cost: one statement for whoever has roles, where a conversation is concerned, and none for accounts."""

from collections.abc import Awaitable, Callable

import pytest

from parlour.core.actor import AccountKey, Actor, Source
from parlour.core.paging import PageRequest
from parlour.core.permissions import Permission
from parlour.core.scope import Scope
from parlour.resources.conversations import actions as conversations
from parlour.resources.conversations.model import ConversationEdit
from parlour.resources.messages import actions as messages
from parlour.resources.messages.model import MessageDraft, MessageEdit, MessageQuery
from parlour.resources.participants import actions as participants
from parlour.resources.user_conversations import actions as user_conversations
from parlour.resources.user_conversations.model import UserConversationEdit, UserConversationQuery
from parlour.resources.users import actions as users
from parlour.resources.users.model import UserEdit
from parlour.runtime.work import Work
from tests.account_client import AccountClient
from tests.client_calls import caller
from tests.end_users import Cast, cast

Act = Callable[[Work, Cast], Awaitable[object]]
PAGE = PageRequest(10, None)
WITHOUT: dict[str, Act] = {
    "send a message": lambda work, actors: messages.send(work, actors.room, MessageDraft(body="hello")),
    "list one's conversations": lambda work, actors: user_conversations.page(
        work, "alice", UserConversationQuery(), PAGE
    ),
    "fetch one's conversation": lambda work, actors: user_conversations.fetch(work, "alice", actors.room),
    "fetch a user": lambda work, actors: users.fetch(work, "bob"),
    "edit a user": lambda work, actors: users.update(work, "alice", UserEdit(friendly_name="Alice")),
}
"""What needs no look at the participant's role, or looks at it in its own statement."""
WITH_ONE: dict[str, Act] = {
    "fetch a conversation": lambda work, actors: conversations.fetch(work, actors.room),
    "edit a conversation": lambda work, actors: conversations.update(
        work, actors.room, ConversationEdit(friendly_name="Room")
    ),
    "edit a message": lambda work, actors: messages.update(
        work, actors.room, actors.said["bob"], MessageEdit(body="edited")
    ),
    "delete a message": lambda work, actors: messages.delete(work, actors.room, actors.said["bob"]),
    "list participants": lambda work, actors: participants.page(work, actors.room, PAGE),
    "remove a participant": lambda work, actors: participants.delete(work, actors.room, "bob"),
    "move one's horizon": lambda work, actors: user_conversations.update(
        work, "alice", actors.room, UserConversationEdit(last_read_message_index=1)
    ),
}


def of_account(api: AccountClient) -> Work:
    """A call with the account's own credentials."""
    actor = Actor(source=Source.API, principal=AccountKey(api.account, api.account), asks_webhooks=True)
    return Work(api.parlour.inside, Scope(api.account, api.service), actor)


async def costs(api: AccountClient, act: Act) -> tuple[int, int]:
    """How many statements it takes for an account, and for Alice."""
    counted = []
    for index in range(2):
        if index:
            api = api.in_service((await api.made("/v1/Services", FriendlyName="another"))["sid"])
        actors = await cast(api, of_user=Permission, of_participant=Permission)
        with api.statements() as sent:
            await act([of_account(api), actors.alice][index], actors)
        counted.append(len(sent))
    return counted[0], counted[1]


@pytest.mark.parametrize("what", WITHOUT)
async def test_rights_cost_no_statement(api: AccountClient, what: str) -> None:
    of_accounts, of_end_users = await costs(api, WITHOUT[what])
    assert of_end_users == of_accounts


@pytest.mark.parametrize("what", WITH_ONE)
async def test_the_role_of_the_participant_costs_one_statement(api: AccountClient, what: str) -> None:
    of_accounts, of_end_users = await costs(api, WITH_ONE[what])
    assert of_end_users == of_accounts + 1


async def test_a_page_of_messages_costs_two_more(api: AccountClient) -> None:
    """Which conversation is meant, and the role; accounts read the page and find the conversation in one statement."""
    of_accounts, of_end_users = await costs(
        api, lambda work, actors: messages.page(work, actors.room, MessageQuery(), PAGE)
    )
    assert of_end_users == of_accounts + 2


async def test_a_message_of_an_sdk_costs_two_statements_and_one_while_the_role_is_leased(api: AccountClient) -> None:
    """Beside the one in which a service, while it is in use, looks for webhooks that want to be asked."""
    alice, bob = await caller(api, "alice"), await caller(api, "bob")
    room = (await alice.made("/Conversations"))["sid"]
    for each in (alice, bob):
        await each.made(f"/Conversations/{room}/Participants", identity=each.identity)
    for lease_seconds, expected in ((0, [3, 3, 3]), (60, [3, 1, 2])):
        with api.statements(lease_seconds=lease_seconds) as sent:
            counted = []
            for each in (alice, alice, bob):
                await each.made(f"/Conversations/{room}/Messages", body="hello")
                counted.append(len(sent))
                sent.clear()
        assert counted == expected


async def test_what_sdks_read_of_conversations_costs_as_little(api: AccountClient) -> None:
    alice = await caller(api, "alice")
    room = (await alice.made("/Conversations"))["sid"]
    await alice.made(f"/Conversations/{room}/Participants", identity="alice")
    for path, expected in (("/MyConversations", 1), (f"/MyConversations/{room}", 1), (f"/Conversations/{room}", 2)):
        with api.statements(lease_seconds=60) as sent:
            await alice.actor()
            sent.clear()
            assert (await alice.get(path)).status == 200
            assert len(sent) == expected, path
