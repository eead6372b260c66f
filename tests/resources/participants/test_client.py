"""Participants as client SDKs call them: joining, inviting, leaving, removing."""

import pytest

from parlour.core.permissions import Permission
from parlour.resources.roles.model import RoleType
from tests.account_client import NOT_FOUND, AccountClient
from tests.client_calls import NOT_A_MEMBER, NOT_PERMITTED, Caller, caller, escaped
from tests.end_users import role

ADDRESS = {"address": "+15551230001", "proxy_address": "+15551230002"}


@pytest.fixture
async def alice(api: AccountClient) -> Caller:
    return await caller(api, "alice")


@pytest.fixture
async def bob(api: AccountClient) -> Caller:
    return await caller(api, "bob")


async def defaults(api: AccountClient) -> tuple[str, str]:
    """The roles of creators and of others."""
    found = (await api.get(f"/v1/Services/{api.service}/Configuration")).row
    return found["default_conversation_creator_role_sid"], found["default_conversation_role_sid"]


async def test_joining_gives_a_creator_its_role_and_others_theirs(
    api: AccountClient, alice: Caller, bob: Caller
) -> None:
    made = await alice.made("/Conversations", unique_name="desk")
    hers = await alice.made(f"/Conversations/{made['sid']}/Participants", identity="alice", attributes='{"a":1}')
    his = await bob.made("/Conversations/desk/Participants", identity="bob")
    assert (hers["role_sid"], his["role_sid"]) == await defaults(api)
    assert set(hers) == {"sid", "identity", "attributes", "role_sid", "date_created", "date_updated"}
    assert (hers["identity"], hers["attributes"], his["attributes"]) == ("alice", '{"a":1}', "{}")
    again = await alice.post(f"/Conversations/{made['sid']}/Participants", identity="alice")
    assert again.refusal == (409, 50433)


async def test_joining_takes_the_permission_and_the_conversation(api: AccountClient) -> None:
    idle = await role(api, RoleType.SERVICE, ())
    zoe = await caller(api, "zoe", role=idle)
    room = (await api.made("/Conversations", UniqueName="room"))["sid"]
    assert (await zoe.post(f"/Conversations/{room}/Participants", identity="zoe")).refusal == NOT_PERMITTED
    assert (await zoe.post("/Conversations/nowhere/Participants", identity="zoe")).refusal == NOT_FOUND
    assert await api.listed(f"/Conversations/{room}/Participants") == []


async def test_inviting_by_identity_makes_the_user_and_by_address_shows_the_channel(
    api: AccountClient, alice: Caller
) -> None:
    made = await alice.made("/Conversations")
    path = f"/Conversations/{made['sid']}/Participants"
    await alice.made(path, identity="alice")
    invited = await alice.made(path, identity="carol@example.org", attributes='{"b":2}')
    assert invited["role_sid"] == (await defaults(api))[1]
    assert (await api.get("/Users/carol%40example.org")).row["identity"] == "carol@example.org"
    by_phone = await alice.made(path, messaging_binding=ADDRESS, attributes="{}")
    assert (by_phone["identity"], by_phone["messaging_binding"]) == (None, {"type": "sms"})
    mail = {"address": "dana@example.org", "name": "Dana", "level": "cc"}
    by_mail = await alice.made(path, messaging_binding=mail)
    assert by_mail["messaging_binding"] == {"type": "email"}
    over_rest = (await api.get(f"{path}/{by_mail['sid']}")).row
    assert over_rest["messaging_binding"] == {"type": "email", **mail}


async def test_inviting_takes_the_permission(api: AccountClient, alice: Caller, bob: Caller) -> None:
    made = await alice.made("/Conversations")
    path = f"/Conversations/{made['sid']}/Participants"
    await bob.made(path, identity="bob")
    assert (await bob.post(path, identity="carol")).refusal == NOT_PERMITTED
    assert (await bob.post(path, messaging_binding=ADDRESS)).refusal == NOT_PERMITTED
    assert (await alice.post(path, identity="carol", role_sid=(await defaults(api))[0])).refusal == (403, 50205)


async def test_a_participant_edits_its_own_attributes_and_by_permission_others(
    api: AccountClient, alice: Caller, bob: Caller
) -> None:
    made = await alice.made("/Conversations")
    path = f"/Conversations/{made['sid']}/Participants"
    hers, his = await alice.made(path, identity="alice"), await bob.made(path, identity="bob")
    assert (await bob.post(f"{path}/{his['sid']}", attributes='{"c":3}')).row["attributes"] == '{"c":3}'
    assert (await bob.post(f"{path}/{hers['sid']}", attributes="{}")).refusal == NOT_PERMITTED
    assert (await alice.post(f"{path}/{his['sid']}", attributes='{"d":4}')).row["attributes"] == '{"d":4}'
    assert (await alice.post(f"{path}/{his['sid']}", last_read_message_index=3)).refusal == NOT_PERMITTED
    assert (await bob.post(f"{path}/{his['sid']}", attributes="{")).refusal == (400, 50304)


async def test_leaving_is_not_removing(api: AccountClient, alice: Caller, bob: Caller) -> None:
    made = await alice.made("/Conversations")
    path = f"/Conversations/{made['sid']}/Participants"
    hers = await alice.made(path, identity="alice")
    await alice.made(path, identity="eve+1@example.org")
    await bob.made(path, identity="bob")
    assert (await bob.delete(f"{path}/{hers['sid']}")).refusal == NOT_PERMITTED
    assert (await alice.delete(f"{path}/{escaped('eve+1@example.org')}")).status == 204
    assert (await bob.delete(f"{path}/bob")).status == 204
    assert (await bob.delete(f"{path}/bob")).refusal == NOT_A_MEMBER
    assert [each["identity"] for each in await api.listed(path)] == ["alice"]


async def test_who_may_not_leave_stays(api: AccountClient, alice: Caller) -> None:
    staying = await role(api, RoleType.CONVERSATION, [Permission.SEND_MESSAGE])
    room = (await api.made("/Conversations"))["sid"]
    await api.made(f"/Conversations/{room}/Participants", Identity="alice", RoleSid=staying)
    assert (await alice.delete(f"/Conversations/{room}/Participants/alice")).refusal == NOT_PERMITTED
