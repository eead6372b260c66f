"""How creators and others take part in the conversations of end users."""

import pytest

from parlour.core.actor import EndUser
from parlour.core.errors import NotAMember, PermissionDenied, RoleNotSettable
from parlour.core.permissions import Permission
from parlour.core.scope import Scope
from parlour.resources.conversations import actions as conversations
from parlour.resources.conversations.model import ConversationDraft, ConversationEdit
from parlour.resources.messages import actions as messages
from parlour.resources.messages.model import MessageDraft
from parlour.resources.participants import actions as participants
from parlour.resources.participants.model import ParticipantDraft
from parlour.resources.users import actions as users
from parlour.resources.users.model import UserEdit
from parlour.runtime.work import Work
from tests.account_client import AccountClient, new_account
from tests.end_users import acting

ALICE = ParticipantDraft(identity="alice")


@pytest.fixture
async def alice(api: AccountClient) -> Work:
    """An end user with the roles that every service is born with."""
    for identity in ("alice", "bob"):
        await api.made("/Users", Identity=identity)
    return await acting(api, "alice")


async def configured(api: AccountClient) -> dict[str, str]:
    """The default roles of the service."""
    return (await api.get(f"/v1/Services/{api.service}/Configuration")).row


async def test_who_creates_a_conversation_is_named_and_joins_as_its_creator(api: AccountClient, alice: Work) -> None:
    made = await conversations.create(alice, ConversationDraft(friendly_name="Hers"))
    assert made.created_by == "alice"
    assert await api.listed(f"/Conversations/{made.sid}/Participants") == [], "creating is not joining"
    joined = await participants.create(alice, made.sid, ALICE)
    assert joined.role_sid == (await configured(api))["default_conversation_creator_role_sid"]
    row = (await api.get(f"/Users/alice/Conversations/{made.sid}")).row
    assert row["created_by"] == "alice"


async def test_others_join_with_the_default_role(api: AccountClient, alice: Work) -> None:
    made = await conversations.create(alice, ConversationDraft())
    bob = await participants.create(await acting(api, "bob"), made.sid, ParticipantDraft(identity="bob"))
    assert bob.role_sid == (await configured(api))["default_conversation_role_sid"]


async def test_a_creator_whom_others_add_has_the_default_role(api: AccountClient, alice: Work) -> None:
    made = await conversations.create(alice, ConversationDraft())
    row = await api.made(f"/Conversations/{made.sid}/Participants", Identity="alice")
    assert row["role_sid"] == (await configured(api))["default_conversation_role_sid"]


async def test_creators_act_before_they_join_but_do_not_send(api: AccountClient, alice: Work) -> None:
    made = await conversations.create(alice, ConversationDraft())
    assert (await conversations.fetch(alice, made.sid)).sid == made.sid
    assert (await conversations.update(alice, made.sid, ConversationEdit(friendly_name="Hers"))).friendly_name == "Hers"
    await participants.create(alice, made.sid, ParticipantDraft(identity="bob"))
    with pytest.raises(NotAMember):
        await messages.send(alice, made.sid, MessageDraft(body="hello"))


@pytest.mark.parametrize("is_by_account", [False, True])
async def test_a_creator_who_has_left_is_a_stranger(api: AccountClient, alice: Work, is_by_account: bool) -> None:
    made = await conversations.create(alice, ConversationDraft())
    await participants.create(alice, made.sid, ALICE)
    if is_by_account:
        assert (await api.delete(f"/Conversations/{made.sid}/Participants/alice")).status == 204
    else:
        await participants.delete(alice, made.sid, "alice")
    with pytest.raises(NotAMember):
        await conversations.fetch(alice, made.sid)


async def test_what_is_refused_is_still_there(api: AccountClient, alice: Work) -> None:
    room = (await api.made("/Conversations"))["sid"]
    await api.made(f"/Conversations/{room}/Participants", Identity="alice")
    with pytest.raises(PermissionDenied):
        await conversations.delete(alice, room)
    assert (await api.get(f"/Conversations/{room}")).status == 200
    assert len(await api.listed(f"/Conversations/{room}/Participants")) == 1


async def test_nobody_is_made_for_a_participant_that_is_refused(api: AccountClient, alice: Work) -> None:
    room = (await api.made("/Conversations"))["sid"]
    with pytest.raises(NotAMember):
        await participants.create(alice, room, ParticipantDraft(identity="carol"))
    assert {each["identity"] for each in await api.listed("/Users")} == {"alice", "bob"}


async def test_end_users_give_no_roles_not_even_their_own(api: AccountClient, alice: Work) -> None:
    made = await conversations.create(alice, ConversationDraft())
    admin = (await configured(api))["default_conversation_creator_role_sid"]
    for identity in ("alice", "bob"):
        with pytest.raises(RoleNotSettable):
            await participants.create(alice, made.sid, ParticipantDraft(identity=identity, role_sid=admin))
    with pytest.raises(RoleNotSettable):
        await users.update(alice, "alice", UserEdit(role_sid=(await api.get("/Users/alice")).row["role_sid"]))


async def test_a_changed_role_counts_from_the_next_call_on(api: AccountClient, alice: Work) -> None:
    role = (await api.get("/Users/alice")).row["role_sid"]
    assert (await api.post(f"/Roles/{role}", Permission="joinConversation")).status == 200
    after = await acting(api, "alice")
    assert isinstance(after.actor.principal, EndUser)
    assert after.actor.principal.permissions == {Permission.JOIN_CONVERSATION}
    with pytest.raises(PermissionDenied):
        await conversations.create(after, ConversationDraft())


async def test_an_end_user_has_no_work_in_another_service_or_account(api: AccountClient, alice: Work) -> None:
    second = (await api.made("/v1/Services", FriendlyName="second"))["sid"]
    other = await new_account(api.parlour)
    for scope in (Scope(api.account, second), Scope(other.account, other.service)):
        with pytest.raises(PermissionDenied):
            Work(api.parlour.inside, scope, alice.actor)
