"""No process goes by an old default service, or by a service that is gone, once the change was answered."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import aiohttp
import pytest

from tests.account_client import NOT_FOUND, AccountClient
from tests.journeys.conftest import Start, account_of

Pair = tuple[AccountClient, AccountClient]


@pytest.fixture
async def pair(start: Start, own_database: str, client: aiohttp.ClientSession) -> Pair:
    """One account at two processes."""
    here = account_of(await start("--database-url", own_database), client)
    there = account_of(await start("--database-url", own_database), client)
    return here, replace(there, token=here.token)


@asynccontextmanager
async def busy(api: AccountClient, path: str) -> AsyncIterator[None]:
    """Calls follow each other meanwhile, so that their scope is leased all the time."""

    async def call() -> None:
        while True:
            await api.get(path)

    calls = [asyncio.create_task(call()) for _ in range(2)]
    try:
        yield
    finally:
        for each in calls:
            each.cancel()
        await asyncio.gather(*calls, return_exceptions=True)


async def test_a_new_default_service_is_in_force_everywhere_when_it_is_answered(pair: Pair) -> None:
    here, there = pair
    services = [(await here.made("/v1/Services", FriendlyName=name))["sid"] for name in ("one", "two")]
    async with busy(there, "/Conversations?PageSize=1"), busy(here, "/Conversations?PageSize=1"):
        for number in range(8):
            wanted = services[number % 2]
            assert (await here.post("/v1/Configuration", DefaultChatServiceSid=wanted)).status == 200
            made = await asyncio.gather(*(api.made("/v1/Conversations") for api in (here, there) for _ in range(4)))
            assert {row["chat_service_sid"] for row in made} == {wanted}


async def test_a_service_that_is_gone_is_nowhere_when_that_is_answered(pair: Pair) -> None:
    here, there = pair
    for _ in range(4):
        sid = (await here.made("/v1/Services", FriendlyName="short-lived"))["sid"]
        path = f"/v1/Services/{sid}/Conversations"
        async with busy(there, f"{path}?PageSize=1"):
            assert (await there.get(path)).status == 200
            assert (await here.delete(f"/v1/Services/{sid}")).status == 204
            answers = await asyncio.gather(*(api.get(path) for api in (here, there) for _ in range(4)))
            assert {each.refusal for each in answers} == {NOT_FOUND}
