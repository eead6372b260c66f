"""Presence: a user is online while any process has a socket of theirs, whatever becomes of the processes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from parlour.resources.presence.model import LEASE_SECONDS
from tests.access_tokens import Key, new_key, token_for
from tests.account_client import AccountClient, new_account
from tests.cli.running import Serving
from tests.database import migrated_database
from tests.devices import credential, register
from tests.processes import end
from tests.relay import Relay
from tests.resources.presence.people import (
    OFFLINE,
    ONLINE,
    enable,
    execute,
    is_online,
    later,
    reachability,
    rows,
    until,
    until_rows,
    watch,
)
from tests.server import KEY, Parlour, serving
from tests.twilsock import PATIENCE_SECONDS, Served, Twilsock, connected


class People:
    """Clients of one account, which come and go."""

    def __init__(self, api: AccountClient, key: Key) -> None:
        self.api, self._key = api, key
        self._stacks: dict[Twilsock, tuple[AsyncExitStack, Served]] = {}

    async def come(self, identity: str, at: Served | None = None) -> Twilsock:
        stack = AsyncExitStack()
        token = await token_for(self.api, identity, key=self._key)
        client = await stack.enter_async_context(connected(at or self.api.parlour, token))
        self._stacks[client] = stack, at or self.api.parlour
        return client

    async def go(self, *clients: Twilsock) -> None:
        """Returns when they have gone, and their server knows."""
        for client in clients or list(self._stacks):
            stack, at = self._stacks.pop(client)
            before = len(at.sockets.sessions) if isinstance(at, Parlour) else 0
            await stack.aclose()
            async with asyncio.timeout(PATIENCE_SECONDS):
                while isinstance(at, Parlour) and len(at.sockets.sessions) >= before:
                    await self.api.get(at.url + "/healthz")


@pytest.fixture
async def people(api: AccountClient) -> AsyncIterator[People]:
    """Clients of *api*, whose clock of presence goes right again after the test."""
    connected = api.parlour.inside.connected
    now = connected.now
    made = People(api, await new_key(api))
    yield made
    await made.go()
    connected.now, connected.due_at = now, 0.0


async def watcher(people: People, identity: str) -> Twilsock:
    """A client that watches the user, who is made."""
    await people.api.made("/Users", Identity=identity)
    dana = await people.come("dana")
    await until_rows(people.api.parlour.inside, people.api.service, ["dana"])
    await watch(dana, people.api, identity)
    return dana


async def test_a_user_is_online_from_the_first_socket_to_some_seconds_after_the_last(
    api: AccountClient, people: People
) -> None:
    await enable(api)
    dana = await watcher(people, "alice")
    assert await is_online(api, "alice") is None
    before = (await api.get("/Users/alice")).row
    first = await people.come("alice")
    assert await reachability(dana) == ONLINE
    assert (await api.get("/Users/alice")).row == {**before, "is_online": True}
    assert [user["is_online"] for user in await api.listed("/Users")] == [None, None]
    second = await people.come("alice")
    await people.go(first)
    later(api.parlour, 6)
    await people.go(second)
    third = await people.come("alice")
    later(api.parlour, 6)
    await until_rows(api.parlour.inside, api.service, ["alice", "dana"])
    await dana.nothing_more()
    await people.go(third)
    later(api.parlour, 6)
    assert await reachability(dana) == OFFLINE
    assert await is_online(api, "alice") is False
    await until_rows(api.parlour.inside, api.service, ["dana"])


async def test_nothing_is_written_where_reachability_is_off_and_all_is_once_it_is_on(
    api: AccountClient, people: People
) -> None:
    node = api.parlour.inside
    alice = await people.come("alice")
    dana = await people.come("dana")
    await watch(dana, api, "alice")
    assert (await dana.get("/Client/v2/Configuration")).row["options"]["reachability_enabled"] is False
    await until_rows(node, api.service, [])
    assert await is_online(api, "alice") is None
    await enable(api)
    assert await reachability(dana) == ONLINE
    assert (await dana.get("/Client/v2/Configuration")).row["options"]["reachability_enabled"] is True
    await until_rows(node, api.service, ["alice", "dana"])
    await enable(api, False)
    await until_rows(node, api.service, [])
    assert await is_online(api, "alice") is None
    await people.go(alice)
    later(api.parlour, 6)
    await until(api, lambda connected, alice: not connected.has(alice))
    await enable(api)
    await until_rows(node, api.service, ["dana"])
    await dana.nothing_more()
    later(api.parlour, 11)
    await until(api, lambda connected, alice: alice in connected.suspects)
    later(api.parlour, LEASE_SECONDS)
    assert await reachability(dana) == OFFLINE
    assert await is_online(api, "alice") is False


async def test_a_user_is_online_while_any_process_has_a_socket_of_theirs(
    api: AccountClient, people: People, database_url: str
) -> None:
    await enable(api)
    dana = await watcher(people, "alice")
    async with serving(database_url) as second:
        here, there = await people.come("alice"), await people.come("alice", second)
        assert await reachability(dana) == ONLINE
        await until_rows(api.parlour.inside, api.service, ["alice", "alice", "dana"])
        await people.go(here)
        later(api.parlour, 6)
        await until_rows(api.parlour.inside, api.service, ["alice", "dana"])
        await dana.nothing_more()
        await people.go(there)
        later(second, 6)
        assert await reachability(dana) == OFFLINE


async def test_who_was_connected_to_a_process_that_stops_may_come_back_for_some_seconds(
    api: AccountClient, people: People, database_url: str
) -> None:
    node = api.parlour.inside
    await enable(api)
    dana = await watcher(people, "alice")
    async with serving(database_url) as second:
        alice = await people.come("alice", second)
        assert await reachability(dana) == ONLINE
        process, stands_at = second.inside.connected.process, second.inside.connected.now()
        second.inside.connected.now = lambda: stands_at  # however long it takes to stop, it is less than the moment
        await people.go(alice)
    later(api.parlour, 11)
    await until_rows(node, api.service, ["alice", "dana"])
    await dana.nothing_more()
    await execute(node, "update presence_processes set seen_at = seen_at - interval '6 s' where sid = $1", process)
    later(api.parlour, 11)
    assert await reachability(dana) == OFFLINE


async def test_who_was_connected_to_a_process_that_is_killed_is_offline_soon(
    api: AccountClient, people: People, database_url: str, tmp_path: Path
) -> None:
    node = api.parlour.inside
    await enable(api)
    dana = await watcher(people, "alice")
    killed = await asyncio.to_thread(Serving, tmp_path, "--database-url", database_url, secret_key=KEY)
    try:
        await people.come("alice", killed)
        assert await reachability(dana) == ONLINE
        (process,) = {process for identity, process in await rows(node, api.service) if identity == "alice"}
    finally:
        killed.process.kill()
        await asyncio.to_thread(end, killed.process)
    await execute(node, "update presence_processes set seen_at = now() - interval '29 s' where sid = $1", process)
    later(api.parlour, 11)
    await until_rows(node, api.service, ["alice", "dana"])
    await dana.nothing_more()
    await execute(node, "update presence_processes set seen_at = now() - interval '31 s' where sid = $1", process)
    later(api.parlour, 11)
    assert await reachability(dana) == OFFLINE
    await until_rows(node, api.service, ["dana"])


async def test_what_a_crash_of_the_database_empties_is_written_anew(api: AccountClient, people: People) -> None:
    """The tables are not logged, so a crash truncates them."""
    node = api.parlour.inside
    await enable(api)
    dana = await watcher(people, "alice")
    await people.come("alice")
    assert await reachability(dana) == ONLINE
    await until_rows(node, api.service, ["alice", "dana"])
    await execute(node, "truncate presence_sockets, presence_processes")
    await execute(node, "update users set is_online = true where service_sid = $1 and identity = 'alice'", api.service)
    later(api.parlour, 11)
    await until_rows(node, api.service, ["alice", "dana"])
    await dana.nothing_more()
    await execute(node, "delete from presence_sockets where identity = 'alice'")
    later(api.parlour, 11)
    await until(api, lambda connected, alice: alice in connected.suspects)
    later(api.parlour, LEASE_SECONDS)
    assert await reachability(dana) == OFFLINE


async def test_what_happens_while_the_database_is_away_is_written_afterwards(postgres: str, tmp_path: Path) -> None:
    async with migrated_database(postgres) as url:
        relay = Relay(url, str(tmp_path))
        await relay.mend()
        async with serving(url) as parlour, serving(relay.url) as cut_off:
            api = await new_account(parlour)
            people = People(api, await new_key(api))
            await enable(api)
            dana = await watcher(people, "alice")
            alice = await people.come("alice", cut_off)
            bob = await people.come("bob", cut_off)
            assert await reachability(dana) == ONLINE
            await relay.cut()
            await people.go(alice)
            later(cut_off, 6)
            assert len(cut_off.inside.connected) == 2
            await relay.mend()
            assert await reachability(dana) == OFFLINE
            assert await is_online(api, "bob") is True
            await people.go()
            del bob
        await relay.cut()


async def test_a_user_who_is_deleted_and_one_who_can_be_notified(api: AccountClient, people: People) -> None:
    await enable(api)
    dana = await watcher(people, "alice")
    alice = await people.come("alice")
    assert await reachability(dana) == ONLINE
    await register(api, "alice", "a token", await credential(api))
    assert await reachability(dana) == {"online": True, "notifiable": True}
    assert (await api.delete("/Users/alice")).status == 204
    assert [identity for identity, _ in await rows(api.parlour.inside, api.service)] == ["dana"]
    await people.go(alice)
    await people.come("alice")
    await until_rows(api.parlour.inside, api.service, ["alice", "dana"])
    assert await is_online(api, "alice") is True
