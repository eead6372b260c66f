"""Clients on sockets of several processes see everything once and in order, whichever of these is killed."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace

import aiohttp

from tests.account_client import AccountClient
from tests.journeys.conftest import Start, account_of
from tests.journeys.test_feed import WRITERS, Load
from tests.realtime.mirror import Mirror
from tests.realtime.rooms import user_sid
from tests.twilsock import connected

ENOUGH = 60
"""Messages that were answered when a process is killed."""


@dataclass(frozen=True)
class Place:
    """Where a process listens."""

    url: str


async def token_of(api: AccountClient, identity: str) -> str:
    """A token that the server mints, which may be another process."""
    key = (await api.post("/parlour/v1/Tokens", Identity=identity)).row
    return str(key["token"])


async def shown(mirror: Mirror, room: str) -> dict[int, str]:
    return {index: each["sid"] for index, each in mirror.of(f"ES{room}.messages").items()}


async def test_clients_of_two_processes_miss_nothing_when_one_is_killed(
    start: Start, own_database: str, client: aiohttp.ClientSession
) -> None:
    servers = [await start("--database-url", own_database) for _ in range(2)]
    first = account_of(servers[0], client)
    apis = [first, replace(account_of(servers[1], client), token=first.token)]
    room = str((await first.made("/Conversations"))["sid"])
    for identity in ("alice", "bob"):
        await first.made(f"/Conversations/{room}/Participants", Identity=identity)
    mirrors = [Mirror(await user_sid(first, identity)) for identity in ("alice", "bob")]
    tokens = [await token_of(first, identity) for identity in ("alice", "bob")]
    load = Load([room])
    async with AsyncExitStack() as open:
        for mirror, api, token in zip(mirrors, apis, tokens, strict=True):
            await mirror.connect(await open.enter_async_context(connected(Place(api.url), token)))
        writing = [asyncio.create_task(load.run(api, 2 * ENOUGH)) for api in apis]
        while len(load.answered) < ENOUGH:
            await apis[1].get(apis[1].url + "/healthz")
        servers[0].process.kill()
        await asyncio.gather(*writing)
        mirrors[0].client = None
        await mirrors[0].connect(await open.enter_async_context(connected(Place(apis[1].url), tokens[0])))
        there = {each["index"]: each["sid"] for each in await apis[1].listed(f"/Conversations/{room}/Messages")}
        for mirror in mirrors:

            async def is_right(mirror: Mirror = mirror) -> bool:
                return await shown(mirror, room) == there

            await mirror.until(is_right)
            await mirror.catch_up()
            assert await is_right()
    assert load.answered <= set(there.values())
    assert len(load.answered) >= 2 * ENOUGH - WRITERS
