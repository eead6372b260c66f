"""Sockets outlive none of their processes, but each is told so in time: what it asked for is answered first, and it can
come back at once."""

import asyncio
import signal
from contextlib import AsyncExitStack

import aiohttp
import psutil
from websockets.exceptions import ConnectionClosed

from parlour.storage.database import Database
from tests.account_client import AccountClient
from tests.cli.running import Serving, lives, wait_until
from tests.journeys.conftest import Start, account_of
from tests.twilsock import Twilsock, connected

PATIENCE_SECONDS = 60


async def token(api: AccountClient, identity: str) -> str:
    """As a server of the integrator would make one."""
    return str((await api.made("/parlour/v1/Tokens", Identity=identity))["token"])


async def test_what_is_being_answered_is_answered_before_the_process_ends(
    start: Start, own_database: str, client: aiohttp.ClientSession
) -> None:
    serving = await start("--database-url", own_database)
    api = account_of(serving, client)
    async with (
        connected(api.parlour, await token(api, "alice")) as alice,
        connected(api.parlour, await token(api, "bob")) as bob,
        Database(own_database, connections=1) as database,
    ):
        room = (await alice.post("/Client/v2/Conversations", {"friendly_name": "room"})).row["sid"]
        async with database.session() as reading:
            await reading.execute("begin")
            await reading.execute("select from conversations where sid = $1 for update", room)
            asked = asyncio.create_task(
                alice.post(f"/Client/v2/Conversations/{room}", {"friendly_name": "renamed while it ends"})
            )
            await api.get("/Users")  # what was sent before has come
            serving.process.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(bob.closed(), PATIENCE_SECONDS) == 1001
            assert not asked.done()
            await reading.execute("commit")
        assert (await asked).status == 200
        assert await asyncio.wait_for(alice.closed(), PATIENCE_SECONDS) == 1001
    assert await asyncio.to_thread(serving.process.wait, PATIENCE_SECONDS) == 0


async def test_workers_are_replaced_one_by_one_and_clients_come_back(
    start: Start, own_database: str, client: aiohttp.ClientSession
) -> None:
    serving = await start("--database-url", own_database, "--workers", "2")
    api = account_of(serving, client)
    signed = await token(api, "alice")
    async with AsyncExitStack() as open_until_the_end:

        async def come() -> Twilsock:
            return await open_until_the_end.enter_async_context(connected(api.parlour, signed))

        clients = [await come() for _ in range(20)]
        first, second = sorted(serving.workers, key=lambda each: each.pid)
        for worker in (first, second):
            clients = await _replace(serving, worker, clients)
            clients += [await come() for _ in range(20 - len(clients))]
            for each in clients:
                assert (await each.get("/Client/v2/Configuration")).status == 200


async def _replace(serving: Serving, worker: psutil.Process, clients: list[Twilsock]) -> list[Twilsock]:
    """Ends the worker, whose place another takes; those of the clients that had nothing to do with it."""
    before = {each.pid for each in serving.workers}
    worker.terminate()
    await asyncio.to_thread(wait_until, lambda: not lives(worker))
    await asyncio.to_thread(wait_until, lambda: len({each.pid for each in serving.workers} - before) == 1)
    open_ones = [each for each in clients if await _is_open(each)]
    assert {await each.closed() for each in clients if each not in open_ones} <= {1001}
    return open_ones


async def _is_open(client: Twilsock) -> bool:
    try:
        await (await client.connection.ping())
    except ConnectionClosed:
        return False
    return True
