"""What was answered is kept: parlour and its PostgreSQL are killed in the middle of their work and started again."""

import asyncio
import signal
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import psutil

from parlour.storage.database import Database
from tests.account_client import AccountClient
from tests.cli.running import Serving
from tests.journeys.conftest import Start, account_of
from tests.journeys.plain import contradictions

CLIENTS = 12
ENOUGH = 250
"""Messages that were answered when the lights go out."""


@dataclass
class Load:
    """Clients that talk until nobody answers any more."""

    api: AccountClient
    paths: list[str]
    posted: dict[str, tuple[str, int]] = field(default_factory=dict)
    """By the SIDs of messages that were answered 201: their conversation's path and their index."""
    doomed: set[str] = field(default_factory=set)
    """Messages whose deletion was asked for."""
    deleted: set[str] = field(default_factory=set)
    """Those whose deletion was answered."""
    enough: asyncio.Event = field(default_factory=asyncio.Event)

    async def talk(self, number: int) -> None:
        """Posts, reads and now and then takes something back."""
        with suppress(aiohttp.ClientError, AssertionError):  # nobody there any more, or 503 from one about to die
            for turn in range(10_000):
                path = self.paths[(number + turn) % len(self.paths)]
                row = await self.api.made(path + "/Messages", Body=f"{number}: {turn}", Author="dana")
                self.posted[row["sid"]] = path, row["index"]
                if turn % 5 == 4:
                    self.doomed.add(row["sid"])
                    await self._take_back(path, row["sid"])
                if turn % 7 == 6:
                    await self.api.post(f"/Users/dana{path}", LastReadMessageIndex=row["index"])
                if len(self.posted) >= ENOUGH:
                    self.enough.set()

    async def _take_back(self, path: str, sid: str) -> None:
        answer = await self.api.delete(f"{path}/Messages/{sid}")
        assert answer.status == 204
        self.deleted.add(sid)


async def test_every_answered_message_survives_the_death_of_parlour_and_postgresql(
    start: Start, folder: Path, client: aiohttp.ClientSession
) -> None:
    serving = await start()
    api = account_of(serving, client)
    load = Load(api, [await _room(api, name) for name in ("one", "two", "three")])
    clients = [asyncio.create_task(load.talk(number)) for number in range(CLIENTS)]
    await load.enough.wait()
    await _lights_out(serving)
    await asyncio.gather(*clients)
    assert len(load.posted) >= ENOUGH

    api = account_of(await start(), client)
    for path in load.paths:
        there = {row["sid"]: row["index"] for row in await api.listed(path + "/Messages", PageSize=100)}
        answered = {sid: index for sid, (of, index) in load.posted.items() if of == path}
        assert {sid: index for sid, index in answered.items() if sid not in load.doomed}.items() <= there.items()
        assert not load.deleted & there.keys()
        assert len(set(there.values())) == len(there)
        assert sorted(answered.values()) == sorted(set(answered.values()))
    socket = folder / "data" / "postgresql" / "socket"
    async with Database(f"postgresql://parlour@/parlour?host={socket}&port=5432", connections=1) as database:
        service = (await api.get("/Conversations/one")).row["chat_service_sid"]
        assert await contradictions(database, service) == {}
        (last,) = await _last_indices(database, service, "one")
    assert (await api.made(load.paths[0] + "/Messages", Body="again"))["index"] == last + 1


async def _room(api: AccountClient, name: str) -> str:
    path = f"/Conversations/{(await api.made('/Conversations', UniqueName=name))['sid']}"
    await api.made(path + "/Participants", Identity="dana")
    return path


async def _lights_out(serving: Serving) -> None:
    """PostgreSQL with all its sessions, and parlour: dead without a last word."""
    postgres = serving.postgres
    for process in [postgres, *postgres.children(recursive=True)]:
        with suppress(psutil.NoSuchProcess):  # a session ends by itself when it misses the main process
            process.send_signal(signal.SIGKILL)
    serving.process.kill()
    await asyncio.to_thread(serving.process.wait)


async def _last_indices(database: Database, service: str, name: str) -> list[int]:
    async with database.session() as reading:
        rows = await reading.fetch(
            "select last_index from conversations where service_sid = $1 and unique_name = $2", service, name
        )
    return [row[0] for row in rows]
