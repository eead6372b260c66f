"""A pipeline that reads the event feed misses nothing: among writers, over several processes, restarts and deaths."""

import asyncio
import signal
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import aiohttp
import pytest

from tests.account_client import AccountClient, Answer
from tests.feed import EVENTS, Stream, chain, end, streaming
from tests.journeys.conftest import Start, account_of

WRITERS = 6
ENOUGH = 120
"""Messages that were answered when a server goes."""


@dataclass
class Load:
    """Clients that post messages to some conversations until nobody answers any more."""

    conversations: Sequence[str]
    answered: set[str] = field(default_factory=set)
    """The SIDs of messages that were answered 201."""

    async def run(self, api: AccountClient, until: int) -> None:
        """Posts until so many were answered in all, or the server is gone."""
        await asyncio.gather(*(self._talk(api, number, until) for number in range(WRITERS)))

    async def _talk(self, api: AccountClient, number: int, until: int) -> None:
        with suppress(aiohttp.ClientError, AssertionError):  # nobody there any more, or 503 from one about to die
            while len(self.answered) < until:
                path = f"/Conversations/{self.conversations[number % len(self.conversations)]}/Messages"
                self.answered.add((await api.made(path, Body=str(number)))["sid"])


@dataclass
class Pipeline:
    """Reads the feed from its position on, wherever it is served, and keeps what it got."""

    after: str
    events: list[dict[str, Any]] = field(default_factory=list)

    async def read(self, api: AccountClient) -> None:
        """Everything there is now: first the batch that was begun earlier, which ends where the log ended then."""
        for _ in ("the batch", "what came since"):
            found, self.after = await chain(api, self.after, PageSize=20)
            self.events += found

    async def follow(self, api: AccountClient) -> None:
        """Whatever comes, until the server goes."""
        with suppress(aiohttp.ClientError):
            while True:
                answer = await api.get(EVENTS, After=self.after, PageSize=20)
                self.events += answer.json["events"]
                self.after = answer.meta["after"]

    def check(self, answered: set[str]) -> None:
        """Every message that was answered came, none twice, and those of a conversation in its order."""
        messages = [event["payload"]["message"] for event in self.events if event["type"] == "MessageAdded"]
        sids = [message["sid"] for message in messages]
        assert len(set(sids)) == len(sids)
        assert answered <= set(sids)
        order: dict[str, list[int]] = defaultdict(list)
        for message in messages:
            order[message["conversation_sid"]].append(message["index"])
        for indices in order.values():
            assert all(later == earlier + 1 for earlier, later in pairwise(indices)), indices


async def conversations(api: AccountClient) -> list[str]:
    return [(await api.made("/Conversations"))["sid"] for _ in range(3)]


async def test_a_pipeline_misses_nothing_when_servers_are_killed(start: Start, client: aiohttp.ClientSession) -> None:
    serving = await start()
    api = account_of(serving, client)
    pipeline, load = Pipeline(await end(api)), Load(await conversations(api))
    for turn in (1, 2):
        writing = asyncio.create_task(load.run(api, ENOUGH * turn + WRITERS))
        following = asyncio.create_task(pipeline.follow(api))
        while len(load.answered) < ENOUGH * turn:
            await api.get(api.url + "/healthz")
        serving.process.kill()
        await asyncio.to_thread(serving.process.wait)
        await asyncio.gather(writing, following)
        serving = await start()
        api = account_of(serving, client)
    await pipeline.read(api)
    assert len(load.answered) >= 2 * ENOUGH
    pipeline.check(load.answered)


async def test_a_pipeline_goes_on_in_another_process_at_any_time(
    start: Start, own_database: str, client: aiohttp.ClientSession
) -> None:
    accounts = await _two(start, own_database, client)
    pipeline, load = Pipeline(await end(accounts[0])), Load(await conversations(accounts[0]))
    writing = [asyncio.create_task(load.run(api, 300)) for api in accounts]
    turn = 0
    while not all(task.done() for task in writing):
        turn += 1
        answer = await accounts[turn % 2].get(EVENTS, After=pipeline.after, PageSize=7, Wait=0)
        pipeline.events += answer.json["events"]
        pipeline.after = answer.meta["after"]
    await pipeline.read(accounts[0])
    pipeline.check(load.answered)
    assert len([event for event in pipeline.events if event["type"] == "MessageAdded"]) == len(load.answered)


async def test_who_waits_in_one_process_is_woken_by_what_another_one_commits(
    start: Start, own_database: str, client: aiohttp.ClientSession
) -> None:
    """Sooner than the lookout of the process would find it, most of the time."""
    here, there = await _two(start, own_database, client)
    (sid, *_) = await conversations(here)
    took = []
    async with streaming(here, client=client, From="now") as stream:
        await stream.block()
        for number in range(20):
            began = time.monotonic()
            message = await there.made(f"/Conversations/{sid}/Messages", Body=str(number))
            (block,) = await stream.events(1)
            took.append(time.monotonic() - began)
            assert block.json["payload"]["message"]["sid"] == message["sid"]
    assert sorted(took)[10] < 0.5


async def _two(start: Start, database: str, client: aiohttp.ClientSession) -> list[AccountClient]:
    """The first account, as two processes on one database serve it."""
    first = account_of(await start("--database-url", database), client)
    second = account_of(await start("--database-url", database), client)
    return [first, replace(second, token=first.token)]


async def _kept_open(api: AccountClient, client: aiohttp.ClientSession, after: str, opened: asyncio.Event) -> int:
    """How many blocks a stream gives until its end."""
    async with streaming(api, client=client, After=after) as stream:
        return await _blocks(stream, opened)


async def _blocks(stream: Stream, opened: asyncio.Event) -> int:
    number = 0
    while await stream.block() is not None:
        number += 1
        opened.set()
    return number


@pytest.mark.parametrize("words", [(), ("--workers", "2")], ids=["alone", "workers"])
async def test_sigterm_answers_who_waits_and_ends_the_streams_at_once(
    start: Start, own_database: str, client: aiohttp.ClientSession, words: tuple[str, ...]
) -> None:
    serving = await start("--database-url", own_database, *words)
    api = account_of(serving, client)
    after, opened = await end(api), asyncio.Event()
    waiting = [asyncio.create_task(api.get(EVENTS, After=after, Wait=55)) for _ in range(4)]
    kept = asyncio.create_task(_kept_open(api, client, after, opened))
    await opened.wait()
    began = time.monotonic()
    serving.process.send_signal(signal.SIGTERM)
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert await kept >= 1
    assert time.monotonic() - began < 3
    answered = [answer for answer in answers if isinstance(answer, Answer)]  # the others did not come in in time
    assert [answer.json["events"] for answer in answered] == [[]] * len(answered)
    assert answered
    await asyncio.to_thread(serving.process.wait, 10)
    assert time.monotonic() - began < 8
