"""Logging in: the first token of an identity makes its user, and every one acts with the rights of this moment."""

import asyncio
from typing import Any

import pytest

from parlour.core.actor import EndUser
from parlour.core.errors import InvalidTokenGrants
from parlour.core.permissions import Permission
from parlour.core.sids import Prefix, new_sid
from parlour.resources.accounts.tokens import verify
from parlour.resources.roles.model import RoleType
from parlour.resources.users.login import log_in
from tests.access_tokens import new_key, token_for
from tests.account_client import NOT_FOUND, AccountClient
from tests.end_users import role
from tests.feed import facts
from tests.receiver import receiving
from tests.webhooks.conftest import listen


async def entered(api: AccountClient, identity: str, **chat: str) -> EndUser:
    """The end user who came with a token of the identity, whose chat grant holds *chat*, too."""
    grants = {"identity": identity, "chat": {"service_sid": api.service, **chat}}
    inside = api.parlour.inside
    return await log_in(inside, await verify(inside, await token_for(api, identity, grants=grants)), f"RQ{'a' * 32}")


async def default_role(api: AccountClient) -> str:
    configuration = await api.get(f"/v1/Services/{api.service}/Configuration")
    return str(configuration.row["default_chat_service_role_sid"])


async def added(api: AccountClient) -> list[dict[str, Any]]:
    return [fact for fact in await facts(api) if fact["type"] == "UserAdded"]


async def test_the_first_token_of_an_identity_makes_its_user(api: AccountClient) -> None:
    user = await entered(api, "dana")
    row = (await api.get("/Users/dana")).row
    assert (user.account_sid, user.service_sid, user.sid, user.identity) == (
        api.account,
        api.service,
        row["sid"],
        "dana",
    )
    assert (row["role_sid"], row["friendly_name"]) == (await default_role(api), None)
    assert Permission.CREATE_CONVERSATION in user.permissions
    (told,) = await added(api)
    assert (told["source"], told["identity"], told["request_sid"]) == ("SDK", "dana", f"RQ{'a' * 32}")
    assert await entered(api, "dana") == user
    assert len(await added(api)) == 1


async def test_those_who_come_at_once_for_the_first_time_are_one_user(api: AccountClient) -> None:
    users = await asyncio.gather(*(entered(api, "dana") for _ in range(8)))
    assert len(set(users)) == 1
    assert len(await added(api)) == 1


async def test_webhooks_learn_of_a_user_that_a_client_made(api: AccountClient) -> None:
    async with receiving() as receiver:
        await listen(api, receiver.url)
        user = await entered(api, "dana")
        told = (await receiver.next()).parameters
    assert (told["EventType"], told["UserSid"], told["Source"]) == ("onUserAdded", user.sid, "SDK")
    assert (told["Identity"], told["ClientIdentity"]) == ("dana", "dana")


async def test_a_token_may_name_the_role_of_the_user_that_it_makes(api: AccountClient) -> None:
    own = await role(api, RoleType.SERVICE, [Permission.EDIT_ANY_USER_INFO])
    user = await entered(api, "dana", deployment_role_sid=own)
    assert (await api.get("/Users/dana")).row["role_sid"] == own
    assert user.permissions == {Permission.EDIT_ANY_USER_INFO}


async def test_such_a_token_changes_no_user_that_is_there(api: AccountClient) -> None:
    own = await role(api, RoleType.SERVICE, [Permission.EDIT_ANY_USER_INFO])
    before = await api.made("/Users", Identity="dana")
    for named in (own, new_sid(Prefix.ROLE)):
        assert Permission.EDIT_ANY_USER_INFO not in (await entered(api, "dana", deployment_role_sid=named)).permissions
    assert (await api.get("/Users/dana")).row == before


async def test_a_role_that_the_service_cannot_give_makes_no_user(api: AccountClient, other_api: AccountClient) -> None:
    for named in (
        new_sid(Prefix.ROLE),
        await role(api, RoleType.CONVERSATION, [Permission.SEND_MESSAGE]),
        await role(other_api, RoleType.SERVICE, [Permission.EDIT_ANY_USER_INFO]),
    ):
        with pytest.raises(InvalidTokenGrants):
            await entered(api, "dana", deployment_role_sid=named)
    assert (await api.get("/Users/dana")).refusal == NOT_FOUND
    assert await added(api) == []


async def test_a_changed_role_counts_from_the_next_login_on(api: AccountClient) -> None:
    await entered(api, "dana")
    own = await role(api, RoleType.SERVICE, [Permission.EDIT_ANY_USER_INFO])
    await api.post("/Users/dana", RoleSid=own)
    assert (await entered(api, "dana")).permissions == {Permission.EDIT_ANY_USER_INFO}


async def test_a_service_that_has_just_been_deleted_lets_nobody_in(api: AccountClient) -> None:
    service = api.in_service((await api.made("/v1/Services", FriendlyName="another"))["sid"])
    inside = api.parlour.inside
    token = await verify(inside, await token_for(service, "dana"))
    await api.delete(f"/v1/Services/{service.service}")
    with pytest.raises(InvalidTokenGrants):
        await log_in(inside, token)


async def test_one_identity_is_another_user_in_each_service(api: AccountClient, other_api: AccountClient) -> None:
    second = api.in_service((await api.made("/v1/Services", FriendlyName="another"))["sid"])
    users = [await entered(each, "dana") for each in (api, second, other_api)]
    assert len({user.sid for user in users}) == 3
    assert [user.service_sid for user in users] == [api.service, second.service, other_api.service]


async def test_a_login_takes_two_statements_and_the_next_of_its_key_one(api: AccountClient) -> None:
    key = await new_key(api)
    await api.made("/Users", Identity="dana")
    inside, token = api.parlour.inside, await token_for(api, "dana", key=key)
    costs = []
    for _ in range(2):
        with api.statements(with_proofs=True) as sent:
            await log_in(inside, await verify(inside, token))
        costs.append(len(sent))
    assert costs == [2, 1]
