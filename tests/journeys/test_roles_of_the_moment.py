"""What a role permits holds from the next call on, in every process, once its change was answered."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from parlour.core.actor import EndUser
from parlour.core.errors import PermissionDenied
from parlour.core.permissions import Permission
from parlour.resources.roles.model import RoleType
from tests.account_client import AccountClient, new_account
from tests.client_calls import NOT_PERMITTED, Caller, caller
from tests.end_users import role
from tests.server import serving

MAKING, JOINING = Permission.CREATE_CONVERSATION, Permission.JOIN_CONVERSATION


@pytest.fixture
async def pair(database_url: str) -> AsyncIterator[tuple[AccountClient, AccountClient]]:
    """One account at two servers of one database."""
    async with serving(database_url) as one, serving(database_url) as two:
        here = await new_account(one)
        yield here, replace(here, parlour=two)


@asynccontextmanager
async def busy(*callers: Caller) -> AsyncIterator[None]:
    """Their permissions are asked for all the time meanwhile, and so always leased."""

    async def ask(each: Caller) -> None:
        while True:
            await each.actor()
            await asyncio.sleep(0)

    asking = [asyncio.create_task(ask(each)) for each in callers]
    try:
        yield
    finally:
        for each in asking:
            each.cancel()
        await asyncio.gather(*asking, return_exceptions=True)


async def permitted(each: Caller) -> frozenset[Permission]:
    principal = (await each.actor()).principal
    assert isinstance(principal, EndUser)
    return principal.permissions


async def test_a_changed_role_and_another_role_count_in_every_process(
    pair: tuple[AccountClient, AccountClient],
) -> None:
    here, there = pair
    first, second = [await role(here, RoleType.SERVICE, [MAKING]) for _ in range(2)]
    alice = await caller(here, "alice", role=first)
    callers = [alice, replace(alice, api=there)]
    async with busy(*callers):
        for number in range(2):
            wanted = (JOINING, MAKING)[number % 2]
            assert (await here.post(f"/Roles/{first}", Permission=wanted)).status == 200
            assert [await permitted(each) for each in callers] == [{wanted}] * 2
        assert (await here.post(f"/Roles/{second}", Permission=[JOINING])).status == 200
        for number in range(2):
            chosen = (first, second)[number % 2]
            assert (await there.post("/Users/alice", RoleSid=chosen)).status == 200
            assert [await permitted(each) for each in callers] == [{JOINING if chosen == second else MAKING}] * 2
        for each in callers:
            assert (await each.post("/Conversations")).refusal == NOT_PERMITTED


async def test_who_was_deleted_may_do_nothing_in_any_process(pair: tuple[AccountClient, AccountClient]) -> None:
    here, there = pair
    alice = await caller(here, "alice")
    callers = [alice, replace(alice, api=there)]
    for each in callers:
        assert MAKING in await permitted(each)
    assert (await here.delete("/Users/alice")).status == 204
    for each in callers:
        with pytest.raises(PermissionDenied):
            await each.actor()


async def test_the_role_of_a_participant_counts_at_once(pair: tuple[AccountClient, AccountClient]) -> None:
    here, there = pair
    sending = await role(here, RoleType.CONVERSATION, [Permission.SEND_MESSAGE])
    alice = replace(await caller(here, "alice"), api=there)
    room = (await here.made("/Conversations"))["sid"]
    await here.made(f"/Conversations/{room}/Participants", Identity="alice", RoleSid=sending)
    for permission in (Permission.LEAVE_CONVERSATION, Permission.SEND_MESSAGE):
        assert (await here.post(f"/Roles/{sending}", Permission=permission)).status == 200
        answer = await alice.post(f"/Conversations/{room}/Messages", body="hello")
        assert answer.status == (201 if permission is Permission.SEND_MESSAGE else 403)
