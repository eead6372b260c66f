"""A mirror: what a client keeps of Sync objects, by the rules of the SDK, across the connections of one user."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from tests.realtime.rooms import objects_of
from tests.twilsock import PATIENCE_SECONDS, Json, Packet, Twilsock

KIND_OF = {"ET": "document", "ES": "list", "MP": "map"}


@dataclass
class Cached:
    """One object: the number up to which everything is known, and the items with the numbers of their last change."""

    position: int
    is_unordered: bool = False
    """Whether its events need not come by their numbers."""
    items: dict[Any, tuple[int, Json]] = field(default_factory=dict)
    removed: dict[Any, int] = field(default_factory=dict)

    def put(self, key: Any, number: int, data: Json) -> None:
        if number > max(self.items.get(key, (-1, {}))[0], self.removed.get(key, -1)):
            self.items[key] = (number, data)
            self.removed.pop(key, None)

    def remove(self, key: Any, number: int) -> None:
        if number > self.items.get(key, (-1, {}))[0]:
            self.items.pop(key, None)
            self.removed[key] = max(number, self.removed.get(key, -1))


class Mirror:
    """The client of a user, connected or not."""

    def __init__(self, user: str) -> None:
        self.mine = f"MP{user}.my_conversations"
        self.objects: dict[str, Cached] = {}
        self.client: Twilsock | None = None

    def of(self, sid: str) -> dict[Any, Json]:
        """The items of the object."""
        return {key: data for key, (_, data) in self.objects[sid].items.items()}

    @property
    def rooms(self) -> set[str]:
        """The conversations that the user sees."""
        return set(self.of(self.mine))

    async def connect(self, client: Twilsock) -> None:
        """Begins, or goes on from where the connection before ended."""
        self.client = client
        if self.objects:
            await self._subscribe(list(self.objects))
        else:
            await self._open([self.mine])
            for room in self.rooms:
                await self._open([sid for sid, _ in objects_of(room).values()])

    async def catch_up(self) -> None:
        """Takes in what the server has sent by now."""
        assert self.client is not None
        await self.client.get("/Client/v2/Configuration")
        while self.client.waiting:
            await self._take(self.client.waiting.pop(0))

    async def next(self) -> None:
        """Takes in one more piece of news."""
        assert self.client is not None
        await self._take(await self.client.taken(lambda packet: True, why="news"))

    async def until(self, is_right: Any) -> None:
        """Takes in news until the mirror is right."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not await is_right():
                await self.next()

    async def _open(self, sids: list[str]) -> None:
        """Reads objects with their items, and subscribes as of before that."""
        assert self.client is not None
        read = []
        for sid in sids:
            path = f"/v3/{KIND_OF[sid[:2]].capitalize()}s/{sid}"
            answer = await self.client.get(path)
            if answer.status != 200:
                continue  # it was taken away meanwhile, which news will say
            cached = self.objects[sid] = Cached(answer.row["last_event_id"], sid == self.mine)
            if "data" in answer.row:
                cached.put("", answer.row["last_event_id"], answer.row["data"])
            else:
                page = (await self.client.get(f"{path}/Items", PageSize=100)).json
                for item in page.get("items", ()):
                    cached.put(item.get("key", item.get("index")), item["last_event_id"], item["data"])
            read.append(sid)
        if read:
            await self._subscribe(read)

    async def _subscribe(self, sids: list[str]) -> None:
        assert self.client is not None
        wanted: list[tuple[str, str, int | None]] = [
            (sid, KIND_OF[sid[:2]], self.objects[sid].position) for sid in sids if sid in self.objects
        ]
        replayed, outcomes = await self.client.subscribe_all(wanted)
        again = []
        for sid, outcome in outcomes.items():
            if outcome["event_type"] == "subscription_failed":
                self.objects.pop(sid, None)
        for body in replayed:
            await self._apply(body)
        for sid, outcome in outcomes.items():
            if outcome["event_type"] == "subscription_established" and sid in self.objects:
                self.objects[sid].position = max(self.objects[sid].position, outcome["last_event_id"])
                if outcome["replay_status"] == "interrupted":
                    again.append(sid)
        if again:
            await self._subscribe(again)

    async def _take(self, packet: Packet) -> None:
        if packet.method == "notification" and packet.header["message_type"].startswith("com.twilio.rtd.cds."):
            await self._apply(packet.json)

    async def _apply(self, body: Json) -> None:
        kind, *_, change = body["event_type"].split("_")
        event = body["event"]
        sid = event[f"{kind}_sid"]
        cached = self.objects.get(sid)
        if cached is None:
            return  # the user has left, and another has gone on for a moment
        if not cached.is_unordered and kind != "document":
            assert event["id"] > cached.position or "correlation_id" in body, (event, cached.position)
        cached.position = max(cached.position, event["id"])
        key = event.get("item_key", event.get("item_index", ""))
        if body["event_type"] == f"{kind}_removed":
            self.objects.pop(sid, None)
        elif kind == "document":
            cached.put("", event["id"], event["document_data"])
        elif change == "removed":
            cached.remove(key, event["id"])
            if sid == self.mine:
                for below, _ in objects_of(key).values():
                    self.objects.pop(below, None)
        else:
            is_new = key not in cached.items
            cached.put(key, event["id"], event["item_data"])
            if sid == self.mine and is_new and key in cached.items:
                await self._open([below for below, _ in objects_of(key).values()])
