"""Words for tests of the event feed: read it page by page or as a stream, and know when somebody waits at it."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import msgspec

from tests.account_client import AccountClient, encoded

EVENTS = "/parlour/v1/Events"


async def facts(api: AccountClient, **query: object) -> list[dict[str, Any]]:
    """The events of the answer, which is not waited for."""
    answer = await api.get(EVENTS, **{"Wait": 0, **query})
    assert answer.status == 200, answer.body
    events: list[dict[str, Any]] = answer.json["events"]
    return events


async def end(api: AccountClient) -> str:
    """The position behind everything that was committed so far."""
    position: str = (await api.get(EVENTS, From="now", Wait=0)).meta["after"]
    return position


async def chain(api: AccountClient, after: str = "", **query: object) -> tuple[list[dict[str, Any]], str]:
    """Every event from a position (the beginning) on, through as many pages as it takes, and the position behind."""
    found = []
    while True:
        answer = await api.get(EVENTS, After=after, Wait=0, **query)
        assert answer.status == 200, answer.body
        found += answer.json["events"]
        after = answer.meta["after"]
        if not answer.meta["has_more"] and not answer.json["events"]:
            return found, after


async def wait_for_waiters(api: AccountClient, number: int) -> None:
    """Returns when so many wait at the feed of the account, in the process of the tests."""
    follower = api.parlour.inside.follower
    while follower.number(api.account) != number:
        await api.get(api.url + "/healthz")


class Block(msgspec.Struct):
    """One block of a stream of server-sent events, as a browser understands it."""

    id: str = ""
    event: str = ""
    data: str = ""
    comment: str = ""

    @property
    def json(self) -> Any:
        return json.loads(self.data)


class Stream:
    """A stream that is read block by block."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self.response = response

    async def block(self) -> Block | None:
        """The next block; None at the end of the stream."""
        block = Block()
        async for line in self.response.content:
            text = line.decode().rstrip("\n")
            if not text:
                return block
            name, _, value = text.partition(": ") if not text.startswith(":") else ("comment", "", text[1:].strip())
            setattr(block, name, value) if name != "retry" else None
        return None

    async def event(self) -> Block | None:
        """The next block that is an event; None at the end of the stream."""
        while (block := await self.block()) is not None and not block.data:
            continue
        return block

    async def events(self, number: int) -> list[Block]:
        """So many events."""
        found = [await self.event() for _ in range(number)]
        return [block for block in found if block is not None]


@asynccontextmanager
async def streaming(
    api: AccountClient,
    *,
    last: str | None = None,
    client: aiohttp.ClientSession | None = None,
    of: str = EVENTS,
    **query: object,
) -> AsyncIterator[Stream]:
    """A stream of the account's feed; *last*: the id of the last event, as a browser sends it when it comes back."""
    headers = {"Authorization": api.credentials, "Accept": "text/event-stream"}
    if last is not None:
        headers["Last-Event-ID"] = last
    path = f"{api.at(of)}?{encoded(query)}"
    timeout = aiohttp.ClientTimeout(total=60)
    async with (client or api.parlour.client).get(
        path, headers=headers, timeout=timeout, max_line_size=2**20
    ) as response:
        assert response.status == 200, await response.read()
        assert response.headers["Content-Type"].startswith("text/event-stream")
        yield Stream(response)
