"""A database whose connections go mute: parlour says so in seconds, works again by itself, and can be ended."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import aiohttp
import pytest

from tests.cli.running import Serving, basic
from tests.database import empty_database
from tests.mute import MutableProxy, muted_at_will

REFUSED_WITHIN = 16
"""Seconds in which a call is answered whose database has become mute."""
BACK_WITHIN = 20
"""Seconds in which calls are fulfilled again once the database can be reached."""
ENDED_WITHIN = 40
"""Seconds in which SIGTERM ends the process, whatever is mute."""


class Muted:
    """A ``parlour serve`` as a process of its own, and the proxy between it and its database."""

    def __init__(self, serving: Serving, proxy: MutableProxy, client: aiohttp.ClientSession) -> None:
        self.serving, self.proxy, self._client = serving, proxy, client

    async def status(self, path: str, form: dict[str, str] | None = None) -> int:
        """Of the answer to a GET, or to a POST of *form*; 0 if there is none, or not in time."""
        method = "GET" if form is None else "POST"
        limit = aiohttp.ClientTimeout(total=REFUSED_WITHIN)
        try:
            async with self._client.request(method, self.serving.url + path, data=form, timeout=limit) as answer:
                return answer.status
        except (TimeoutError, aiohttp.ClientError):
            return 0

    async def use_every_connection(self) -> None:
        statuses = await asyncio.gather(
            *(self.status("/v1/Conversations", {}) for _ in range(15)),
            *(self.status("/v1/Users") for _ in range(15)),
        )
        assert set(statuses) == {200, 201}

    async def statuses_of_everything(self, conversation: str) -> list[int]:
        """Of many calls at once: lists, changes, messages, twelve of each."""
        return await asyncio.gather(
            *(
                self.status(path, form)
                for path, form in (
                    ("/v1/Conversations", None),
                    ("/v1/Conversations", {}),
                    (f"/v1/Conversations/{conversation}/Messages", {"Body": "x"}),
                )
                for _ in range(12)
            )
        )

    async def is_back(self) -> None:
        """Lists, changes and /readyz are fulfilled, at last."""
        end = time.monotonic() + BACK_WITHIN
        while {
            await self.status("/v1/Conversations"),
            await self.status("/v1/Conversations", {}),
            await self.status("/readyz"),
        } != {200, 201}:
            assert time.monotonic() < end

    async def ends(self) -> None:
        self.serving.process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(self.serving.process.wait, ENDED_WITHIN) == 0


@asynccontextmanager
async def muted(postgres: str, *words: str) -> AsyncIterator[Muted]:
    async with empty_database(postgres) as url, muted_at_will(url) as proxy:
        with TemporaryDirectory(prefix="parlour-mute-") as folder:
            serving = await asyncio.to_thread(
                lambda: Serving(Path(folder) / "data", *words, database_url=proxy.url, auth_token="a" * 32)
            )
            assert serving.process.stdout is not None
            said = asyncio.create_task(asyncio.to_thread(serving.process.stdout.read))  # or it would wait for a reader
            try:
                headers = {"Authorization": basic(serving.account, "a" * 32)}
                async with aiohttp.ClientSession(headers=headers) as client:
                    yield Muted(serving, proxy, client)
            finally:
                serving.process.kill()
                await said
                serving.process.communicate()


@pytest.mark.parametrize("new", [False, True], ids=["new connections work", "new connections are mute as well"])
async def test_a_mute_database_is_refused_in_seconds_and_taken_up_again(postgres: str, new: bool) -> None:
    async with muted(postgres) as parlour:
        assert await parlour.status("/v1/Conversations", {"UniqueName": "room"}) == 201
        await parlour.use_every_connection()
        parlour.proxy.mute(new=new)
        statuses = await parlour.statuses_of_everything("room")
        assert set(statuses) <= {200, 201, 503}
        assert 503 in statuses
        if new:
            assert await parlour.status("/readyz") == 503
            parlour.proxy.speak()
        await parlour.is_back()
        await parlour.ends()


@pytest.mark.parametrize("workers", ["1", "2"])
async def test_a_process_ends_while_everything_is_mute(postgres: str, workers: str) -> None:
    async with muted(postgres, "--workers", workers) as parlour:
        assert await parlour.status("/v1/Conversations", {"UniqueName": "room"}) == 201
        await parlour.use_every_connection()
        parlour.proxy.mute(new=True)
        calls = asyncio.create_task(parlour.statuses_of_everything("room"))
        await asyncio.sleep(0)
        await parlour.ends()
        assert set(await calls) <= {0, 503}
