"""A work reads, writes and signals for one call, and lets through to nothing else."""

import asyncio
from typing import Any

import pytest

from parlour.core.actor import SYSTEM
from parlour.core.scope import Scope
from parlour.resources.conversations import queries as conversations
from parlour.resources.users import actions as users
from parlour.runtime import topics
from parlour.runtime.hub import Waiter
from parlour.runtime.node import Node
from parlour.runtime.work import Work
from parlour.storage.transaction import Transaction
from tests.account_client import AccountClient


@pytest.fixture
def work(api: AccountClient) -> Work:
    return Work(api.parlour.inside, Scope(api.account, api.service), SYSTEM)


async def test_a_change_wakes_what_watches_its_user_and_account_once_it_can_be_read(
    api: AccountClient, work: Work
) -> None:
    hub, dana, lee, account = api.parlour.inside.signals.hub, Waiter(), Waiter(), Waiter()
    with (
        hub.watching(topics.user(api.account, api.service, "dana"), dana),
        hub.watching(topics.user(api.account, api.service, "lee"), lee),
        hub.watching(api.account, account),
    ):
        async with work.write() as tx:
            await users.ensure(tx, work.scope, "dana")
            assert not dana.woken.is_set()
        assert (dana.woken.is_set(), lee.woken.is_set(), account.woken.is_set()) == (True, False, True)
    assert (await api.get("/Users/dana")).status == 200


async def test_a_message_wakes_what_watches_its_conversation(api: AccountClient) -> None:
    sids = [(await api.made("/Conversations"))["sid"] for _ in range(2)]
    hub, waiters = api.parlour.inside.signals.hub, [Waiter(), Waiter()]
    for sid, waiter in zip(sids, waiters, strict=True):
        hub.watch(topics.conversation(api.account, sid), waiter)
    await api.made(f"/Conversations/{sids[0]}/Messages", Body="hello")
    assert [waiter.woken.is_set() for waiter in waiters] == [True, False]
    for sid, waiter in zip(sids, waiters, strict=True):
        hub.leave(topics.conversation(api.account, sid), waiter)


async def test_what_fails_wakes_nobody_and_leaves_nothing(api: AccountClient, work: Work) -> None:
    waiter = Waiter()

    async def fail(tx: Transaction) -> None:
        await users.ensure(tx, work.scope, "dana")
        raise ZeroDivisionError

    with api.parlour.inside.signals.hub.watching(api.account, waiter):
        with pytest.raises(ZeroDivisionError):
            async with work.write() as tx:
                await fail(tx)
        assert not waiter.woken.is_set()
    assert (await api.get("/Users/dana")).status == 404


async def test_a_secret_is_kept_encrypted(work: Work) -> None:
    kept = work.encrypt("a secret")
    assert b"a secret" not in kept
    assert work.decrypt(kept) == "a secret"


async def test_the_present_moment_is_that_of_the_server(api: AccountClient, work: Work) -> None:
    assert api.parlour.inside.clock.now() <= work.now <= work.clock.now()


async def test_lines_are_made_only_while_somebody_looks_on(api: AccountClient, work: Work) -> None:
    made: list[str] = []

    def line() -> dict[str, Any]:
        made.append("a line")
        return {"kind": "request", "at": work.now.isoformat()}

    work.saw(line)
    assert made == []
    await api.parlour.inside.live.look_on(api.account)
    work.saw(line)
    assert made == ["a line"]


async def test_what_a_loop_does_can_be_done_for_a_call(api: AccountClient, work: Work) -> None:
    async def act(node: Node) -> Node:
        return node

    assert await work.run(act) is api.parlour.inside


async def test_works_of_one_thing_take_turns_and_leave_connections_to_others(api: AccountClient) -> None:
    sid = (await api.made("/Conversations"))["sid"]
    scope = Scope(api.account, api.service)

    async def change() -> None:
        async with Work(api.parlour.inside, scope, SYSTEM, [sid]).write() as tx:
            await conversations.lock(tx, scope, sid)

    async with asyncio.timeout(60):
        await asyncio.gather(*(change() for _ in range(20)))
