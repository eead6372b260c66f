"""A conversation that an end user makes with its participants: who may, and who it was when it is complete."""

import pytest

from parlour.core.actor import AccountKey, Actor, Source
from parlour.core.errors import PermissionDenied, RoleNotSettable
from parlour.core.permissions import Permission
from parlour.core.scope import Scope
from parlour.resources.conversation_with_participants import actions
from parlour.resources.conversation_with_participants.model import ConversationWithParticipantsDraft
from parlour.resources.participants.model import MessagingBindingDraft, ParticipantDraft
from parlour.runtime.work import Work
from tests.account_client import AccountClient
from tests.end_users import cast
from tests.resources.conversation_with_participants.test_create import settled

P = Permission
ALICE = ParticipantDraft(identity="alice")
BOB = ParticipantDraft(identity="bob")
PHONE = ParticipantDraft(messaging_binding=MessagingBindingDraft(address="+15551230001", proxy_address="+15551230002"))


async def told_by(api: AccountClient, conversation: str) -> set[tuple[str, str | None, str | None]]:
    """Source, identity and request of all facts about the conversation."""
    async with api.parlour.inside.database.session() as reading:
        rows = await reading.fetch(
            "select source, identity, request_sid from events where service_sid = $1 and conversation_sid = $2",
            api.service,
            conversation,
        )
    assert len(rows) >= 3
    return {tuple(row) for row in rows}


async def test_all_of_it_is_done_in_the_name_of_who_asked(api: AccountClient) -> None:
    of_user = (P.CREATE_CONVERSATION, P.JOIN_CONVERSATION, P.ADD_PARTICIPANT)
    actors = await cast(api, of_user=of_user, of_participant=())
    draft = ConversationWithParticipantsDraft(participant=[ALICE, BOB])
    made = await actions.create(actors.alice, draft)
    await settled(api, made.sid)
    assert made.created_by == "alice"
    assert await told_by(api, made.sid) == {("SDK", "alice", actors.alice.actor.request)}
    roles = {each["identity"]: each["role_sid"] for each in await api.listed(f"/Conversations/{made.sid}/Participants")}
    defaults = (await api.get(f"/v1/Services/{api.service}/Configuration")).row
    assert roles == {
        "alice": defaults["default_conversation_creator_role_sid"],
        "bob": defaults["default_conversation_role_sid"],
    }


async def test_a_key_is_still_known_when_it_is_complete(api: AccountClient) -> None:
    key = Actor(source=Source.API, principal=AccountKey(api.account, "SK" + "1" * 32), request="RQ" + "1" * 32)
    work = Work(api.parlour.inside, Scope(api.account, api.service), key)
    made = await actions.create(work, ConversationWithParticipantsDraft(participant=[BOB]))
    await settled(api, made.sid)
    assert await told_by(api, made.sid) == {("API", None, key.request)}


@pytest.mark.parametrize(
    ("held", "participant", "refusal"),
    [
        ((P.CREATE_CONVERSATION, P.ADD_PARTICIPANT), ALICE, PermissionDenied),
        ((P.CREATE_CONVERSATION, P.JOIN_CONVERSATION, P.ADD_NON_CHAT_PARTICIPANT), BOB, PermissionDenied),
        ((P.CREATE_CONVERSATION, P.JOIN_CONVERSATION), PHONE, PermissionDenied),
        ((P.JOIN_CONVERSATION, P.ADD_PARTICIPANT), BOB, PermissionDenied),
        (tuple(P), ParticipantDraft(identity="bob", role_sid="RL" + "0" * 32), RoleNotSettable),
    ],
)
async def test_each_participant_is_asked_about_as_if_added_alone(
    api: AccountClient, held: tuple[P, ...], participant: ParticipantDraft, refusal: type[Exception]
) -> None:
    actors = await cast(api, of_user=held, of_participant=tuple(P))
    before = await api.listed("/Conversations")
    with pytest.raises(refusal):
        await actions.create(actors.alice, ConversationWithParticipantsDraft(participant=[participant]))
    assert await api.listed("/Conversations") == before


async def test_a_phone_is_added_by_who_may_add_phones(api: AccountClient) -> None:
    actors = await cast(api, of_user=(P.CREATE_CONVERSATION, P.ADD_NON_CHAT_PARTICIPANT), of_participant=())
    made = await actions.create(actors.alice, ConversationWithParticipantsDraft(participant=[PHONE]))
    assert (await settled(api, made.sid))["state"] == "active"
