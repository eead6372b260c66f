"""Messages of end users: whose they are, what they cost, and who is kept out at the last moment."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from parlour.core.actor import QUIET_SYSTEM
from parlour.core.errors import NotAMember, PermissionDenied
from parlour.core.permissions import Permission
from parlour.core.scope import Scope
from parlour.delivery.notice import Notice
from parlour.outbound.client import Client
from parlour.outbound.guard import Guard
from parlour.resources.conversations import queries as conversations
from parlour.resources.messages import actions
from parlour.resources.messages.model import MessageDraft, MessageEdit
from parlour.resources.participants import actions as participants
from parlour.resources.participants import queries as participant_queries
from parlour.webhooks.ask import PreActionWebhooks
from parlour.webhooks.secrets import SigningSecrets
from tests.account_client import AccountClient
from tests.end_users import acting, cast
from tests.receiver import Receiver
from tests.resources.messages.test_read_ahead import until_a_message_waits
from tests.webhooks.conftest import be_asked, replying
from tests.webhooks.conftest import receiver as receiver

SENDING = (Permission.SEND_MESSAGE,)


@pytest.fixture
async def asker(api: AccountClient) -> AsyncIterator[PreActionWebhooks]:
    """What a way in for end users will ask before their changes."""
    node = api.parlour.inside
    async with Client(Guard(allow_private=True)) as client:
        yield PreActionWebhooks(node, client, SigningSecrets(node), Notice(node.metrics, access_log=False))


@pytest.mark.parametrize("author", [None, "bob", ""])
async def test_a_message_is_its_senders_whatever_they_say(api: AccountClient, author: str | None) -> None:
    actors = await cast(api, of_user=(), of_participant=SENDING)
    message = await actions.send(actors.alice, actors.room, MessageDraft(body="hello", author=author))
    shown = (await api.get(f"/Conversations/{actors.room}/Messages/{message.sid}")).row
    alice = (await api.get(f"/Conversations/{actors.room}/Participants/alice")).row
    assert (shown["author"], shown["participant_sid"]) == ("alice", alice["sid"])


async def test_the_log_says_who_sent_it_and_by_which_way_in(api: AccountClient) -> None:
    actors = await cast(api, of_user=(), of_participant=SENDING)
    message = await actions.send(actors.alice, actors.room, MessageDraft(body="hello"))
    async with api.parlour.inside.database.session() as reading:
        row = await reading.fetchrow(
            "select source, identity, request_sid from events where service_sid = $1 and id = $2",
            api.service,
            message.last_event_id,
        )
    assert row is not None
    assert tuple(row) == ("SDK", "alice", actors.alice.actor.request)


async def test_an_edit_shows_whose_it_is_until_somebody_else_edits(api: AccountClient) -> None:
    actors = await cast(api, of_user=(), of_participant=(*SENDING, Permission.EDIT_OWN_MESSAGE))
    sent = await actions.send(actors.alice, actors.room, MessageDraft(body="helo"))
    assert sent.updated_by is None
    edited = await actions.update(actors.alice, actors.room, sent.sid, MessageEdit(body="hello"))
    assert edited.updated_by == "alice"
    assert (await api.post(f"/Conversations/{actors.room}/Messages/{sent.sid}", Body="Hello")).status == 200
    async with api.parlour.inside.database.session() as reading:
        payloads = await reading.fetch(
            "select payload #>> '{message,updated_by}' from events where service_sid = $1 and type = 'MessageUpdated'"
            " order by id",
            api.service,
        )
    assert [row[0] for row in payloads] == ["alice", None]


async def test_sending_is_one_statement(api: AccountClient) -> None:
    actors = await cast(api, of_user=(), of_participant=SENDING)
    with api.statements() as sent:
        await actions.send(actors.alice, actors.room, MessageDraft(body="hello"))
    assert len(sent) == 1


async def test_of_messages_that_share_a_statement_each_has_its_own_rights(api: AccountClient) -> None:
    actors = await cast(api, of_user=(), of_participant=(Permission.LEAVE_CONVERSATION,))
    bob, zoe = await acting(api, "bob"), await acting(api, "zoe")
    draft = MessageDraft(body="all at once")
    outcomes = await asyncio.gather(
        *(actions.send(each, actors.room, draft) for _ in range(5) for each in (actors.alice, bob, zoe)),
        return_exceptions=True,
    )
    assert [type(each) for each in outcomes[0::3]] == [PermissionDenied] * 5
    assert [type(each) for each in outcomes[2::3]] == [NotAMember] * 5
    page = await api.listed(f"/Conversations/{actors.room}/Messages")
    assert [(each["author"], each["index"]) for each in page[2:]] == [("bob", index) for index in range(2, 7)]


async def test_who_is_removed_while_the_message_waits_is_kept_out(api: AccountClient) -> None:
    actors = await cast(api, of_user=(), of_participant=SENDING)
    inside, scope = api.parlour.inside, Scope(api.account, api.service)
    async with inside.transaction(scope, QUIET_SYSTEM) as tx, inside.database.session() as watching:
        await conversations.lock(tx, scope, actors.room)
        sending = asyncio.create_task(actions.send(actors.alice, actors.room, MessageDraft(body="too late")))
        await until_a_message_waits(watching)
        alice = await participant_queries.get(tx, scope, actors.room, "alice")
        await participants.remove(tx, scope, alice)
    with pytest.raises(NotAMember):
        await sending
    assert len(await api.listed(f"/Conversations/{actors.room}/Messages")) == 2


async def test_a_webhook_may_amend_what_the_sender_may_not(
    api: AccountClient, receiver: Receiver, asker: PreActionWebhooks
) -> None:
    actors = await cast(api, of_user=(), of_participant=(*SENDING, Permission.EDIT_OWN_MESSAGE))
    await be_asked(api, receiver.url + "/pre")
    alice = await acting(api, "alice", find_pre_action=asker)
    receiver.reply = replying(200, '{"author": "the house"}')
    message = await actions.send(alice, actors.room, MessageDraft(body="hello"))
    assert message.author == "the house"
    receiver.reply = replying(200, '{"attributes": "{\\"seen\\":true}"}')
    edited = await actions.update(alice, actors.room, actors.said["alice"], MessageEdit(body="hello again"))
    assert (edited.body, edited.attributes) == ("hello again", '{"seen":true}')
    asked = [(await receiver.next()).parameters for _ in range(2)]
    assert {(each["Source"], each["ClientIdentity"]) for each in asked} == {("SDK", "alice")}


async def test_nobody_is_asked_about_what_is_refused(
    api: AccountClient, receiver: Receiver, asker: PreActionWebhooks
) -> None:
    actors = await cast(api, of_user=(), of_participant=())
    await be_asked(api, receiver.url + "/pre")
    alice = await acting(api, "alice", find_pre_action=asker)
    with pytest.raises(PermissionDenied):
        await actions.send(alice, actors.room, MessageDraft(body="hello"))
    with pytest.raises(PermissionDenied):
        await actions.update(alice, actors.room, actors.said["alice"], MessageEdit(body="hello again"))
    assert receiver.received == []
