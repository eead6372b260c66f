"""The clients of the soak: they send, read, are cut off and come back, and keep what they were told.

``python -m benchmarks.soaking`` is a process of its own: it reads a Plan, runs until another line comes, and prints
what was wrong.
"""

import asyncio
import random
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from urllib.parse import urlsplit

import msgspec
import uvloop

from benchmarks.sdk import read, subscribe
from benchmarks.servers import Server
from benchmarks.twilsock import Gone, Line, Object

BACK_OFF_SECONDS = (0.2, 1.5)
"""The least and the most that a client waits before it comes back."""
STAY_SECONDS = (5.0, 90.0)
"""How long a connection lives, unless its process ends."""
CATCH_UP_SECONDS = 60.0
"""In which everybody has to know everything, once nothing is sent any more."""
_LOOK_SECONDS = 0.5


class Plan(msgspec.Struct, frozen=True):
    """What the clients do."""

    urls: Sequence[str]
    """Of the processes that serve."""
    tokens: Sequence[str]
    rate: float
    """Messages a second, of all together."""


class Tally(msgspec.Struct):
    """What they did, and what was wrong."""

    sent: int = 0
    """Messages that were answered …"""
    unanswered: int = 0
    """… and those of which nobody knows, since the socket broke."""
    told: int = 0
    """Messages that clients were told of."""
    replayed: int = 0
    """Of them, after they had come back."""
    reads: int = 0
    log_ins: int = 0
    refused_log_ins: int = 0
    stored: int = 0
    """Messages that REST shows."""
    lost: int = 0
    """Messages that were answered and that REST does not show."""
    missing: int = 0
    """Messages that REST shows and a client was never told of."""
    doubled: int = 0
    """Messages that a client was told of more than once."""
    out_of_order: int = 0
    """Messages that a client was told of after a later one of their conversation."""
    wrong: int = 0
    """Messages that are not what REST shows."""
    refused: int = 0
    """Calls that were refused."""
    problem: str = ""

    @property
    def is_clean(self) -> bool:
        """Whether nothing was wrong."""
        return not any(
            (self.lost, self.missing, self.doubled, self.out_of_order, self.wrong, self.refused, self.problem)
        )


class Record:
    """What one client knows of the messages of a conversation: the SID of each, by its index."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._sids: dict[int, str] = {}
        self._newest = -1

    def begin(self, there: dict[int, str]) -> None:
        """*there* were so many messages when the client first came."""
        self._sids, self._newest = dict(there), max(there, default=-1)

    def add(self, index: int, sid: str) -> None:
        """The client is told of a message."""
        self._tally.told += 1
        if index in self._sids:
            self._tally.doubled += 1
        elif index < self._newest:
            self._tally.out_of_order += 1
        self._sids[index] = sid
        self._newest = max(self._newest, index)

    def knows(self, stored: dict[int, str]) -> bool:
        """Whether there is nothing that the client does not know."""
        return self._newest >= max(stored, default=-1)

    def compare(self, stored: dict[int, str]) -> None:
        """Counts what differs from what REST shows."""
        self._tally.missing += len(stored.keys() - self._sids.keys())
        self._tally.wrong += sum(stored.get(index) != sid for index, sid in self._sids.items())


class _Added(msgspec.Struct):
    sid: str


class _Event(msgspec.Struct):
    id: int
    list_sid: str = ""
    map_sid: str = ""
    document_sid: str = ""
    item_index: int = -1
    item_data: msgspec.Raw = msgspec.Raw(b"null")

    @property
    def object(self) -> str:
        return self.list_sid or self.map_sid or self.document_sid


class _News(msgspec.Struct):
    event_type: str
    event: _Event
    strictly_ordered: bool = False


_read_news = msgspec.json.Decoder(_News).decode
_read_added = msgspec.json.Decoder(_Added).decode


class Client:
    """One user, over all connections."""

    def __init__(self, soak: "Soak", token: str) -> None:
        self._soak, self._token = soak, token
        self._tally = soak.tally
        self._objects: dict[str, tuple[str, int | None]] = {}
        """By its SID: the kind of an object, and the number up to which everything of it is known."""
        self.records: dict[str, Record] = {}
        """By the SID of the conversation."""

    async def live(self) -> None:
        """Comes, stays for a while, and comes back, until the soak is over."""
        while not self._soak.is_over:
            line = None
            try:
                line = await Line.open(random.choice(self._soak.plan.urls), self._hear)
                await self._come(line)
                await self._stay(line)
            except (Gone, TimeoutError):
                pass
            finally:
                if line is not None:
                    line.abort()
            await asyncio.sleep(random.uniform(*BACK_OFF_SECONDS))

    def knows(self, stored: dict[str, dict[int, str]]) -> bool:
        """Whether the client was told of everything, or of something later."""
        return bool(self.records) and all(record.knows(stored[sid]) for sid, record in self.records.items())

    async def _come(self, line: Line) -> None:
        """Goes on from where the connection before ended; the first time it reads all that is there."""
        reply = await line.log_in(self._token)
        if reply.status != 200:
            self._tally.refused_log_ins += 1
            raise Gone("there is no room")
        if not self._objects:
            await self._read(line)
        wanted: list[Object] = [(sid, kind, last) for sid, (kind, last) in self._objects.items()]
        await subscribe(line, wanted)
        for sid, number in line.positions.items():
            self._move(sid, number)
        self._tally.log_ins += 1

    async def _read(self, line: Line) -> None:
        found = await read(line)
        objects = {sid: (kind, last) for sid, kind, last in found.objects}
        for room in found.conversations:
            sid = f"ES{room}.messages"
            page = await line.call("GET", f"/v3/Lists/{sid}/Items", PageSize=100, Order="asc")
            # What came after the list was described comes again, as news.
            items = [item for item in page.json["items"] if item["last_event_id"] <= (objects[sid][1] or 0)]
            self.records[room] = Record(self._tally)
            self.records[room].begin({item["index"]: item["data"]["sid"] for item in items})
        self._objects = objects

    def _move(self, sid: str, number: int) -> None:
        kind, last = self._objects[sid]
        self._objects[sid] = kind, max(number, -1 if last is None else last)

    async def _stay(self, line: Line) -> None:
        """Sends and reads by turns until the connection ends, by itself or by the server."""
        cut = asyncio.get_running_loop().call_later(random.uniform(*STAY_SECONDS), line.abort)
        try:
            while not line.closed.done():
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._soak.pause()):
                        await asyncio.shield(line.closed)
                if self._soak.is_quiet:
                    cut.cancel()
                if not line.closed.done() and not self._soak.is_quiet:
                    await self._do_something(line)
        finally:
            cut.cancel()

    async def _do_something(self, line: Line) -> None:
        room = random.choice(list(self.records))
        text = self._soak.text()
        self._soak.under_way += 1
        try:
            answer = await line.call("POST", f"/Client/v2/Conversations/{room}/Messages", {"body": text})
        except (Gone, TimeoutError):
            self._tally.unanswered += 1
            raise
        finally:
            self._soak.under_way -= 1
        if answer.status == 201:
            self._tally.sent += 1
            self._soak.answered[room].append(answer.json["sid"])
        else:
            self._refuse(answer.status, answer.body)
        if random.random() < 0.3:
            path = f"/v3/Lists/ES{room}.messages/Items"
            page = await line.call("GET", path, PageSize=random.choice((10, 30, 50)), Order="desc")
            self._tally.reads += 1
            if page.status != 200 or not page.json["items"]:
                self._refuse(page.status, page.body)

    def _refuse(self, status: int, body: bytes) -> None:
        self._tally.refused += 1
        self._tally.problem = self._tally.problem or f"{status}: {body[:200].decode(errors='replace')}"

    def _hear(self, payload: bytes) -> None:
        news = _read_news(payload)
        event = news.event
        if event.object in self._objects:
            self._move(event.object, event.id)
        if news.event_type == "list_item_added":
            room = event.list_sid.removeprefix("ES").removesuffix(".messages")
            self._tally.replayed += news.strictly_ordered
            self.records[room].add(event.item_index, _read_added(event.item_data).sid)


class Soak:
    """All clients."""

    def __init__(self, plan: Plan) -> None:
        self.plan, self.tally = plan, Tally()
        self.is_quiet = self.is_over = False
        """Whether nothing is sent any more, and whether nobody comes back any more."""
        self.clients = [Client(self, token) for token in plan.tokens]
        self.answered: dict[str, list[str]] = _ByRoom()
        self.under_way = 0
        """Messages that are not answered yet."""
        self._numbers = 0

    def pause(self) -> float:
        """Seconds until a client does something again."""
        if self.is_quiet:
            return 1.0
        mean = len(self.clients) / self.plan.rate
        return random.uniform(0.2 * mean, 1.8 * mean)

    def text(self) -> str:
        """The next message."""
        self._numbers += 1
        return f"no. {self._numbers}: the parcel has left our house this morning"

    async def run(self, until: Callable[[], object]) -> Tally:
        """Returns when *until* does and everybody knows everything."""
        loop = asyncio.get_running_loop()
        living = [asyncio.create_task(client.live()) for client in self.clients]
        await loop.run_in_executor(None, until)
        self.is_quiet = True
        await _when(lambda: not self.under_way)
        rooms = sorted({sid for client in self.clients for sid in client.records})
        stored = await loop.run_in_executor(None, self._stored, rooms)
        await _when(lambda: all(client.knows(stored) for client in self.clients))
        self.is_over = True
        self._compare(stored)
        for each in living:
            if each.done() and (fault := each.exception()) is not None:
                self.tally.problem = self.tally.problem or f"{type(fault).__name__}: {fault}"
            each.cancel()
        await asyncio.gather(*living, return_exceptions=True)
        return self.tally

    def _stored(self, rooms: Sequence[str]) -> dict[str, dict[int, str]]:
        server = Server(self.plan.urls[0], 0)
        return {sid: messages(server, sid) for sid in rooms}

    def _compare(self, stored: dict[str, dict[int, str]]) -> None:
        self.tally.stored = sum(len(each) for each in stored.values())
        for room, sids in self.answered.items():
            self.tally.lost += len(set(sids) - set(stored[room].values()))
        for client in self.clients:
            if not client.records:
                self.tally.problem = self.tally.problem or "A client never came in."
            for sid, record in client.records.items():
                record.compare(stored[sid])


async def _when(is_so: Callable[[], bool]) -> None:
    """Returns when it is so, or patience has ended."""
    for _ in range(round(CATCH_UP_SECONDS / _LOOK_SECONDS)):
        await asyncio.sleep(_LOOK_SECONDS)
        if is_so():
            return


class _ByRoom(dict[str, list[str]]):
    def __missing__(self, room: str) -> list[str]:
        self[room] = []
        return self[room]


def messages(server: Server, room: str) -> dict[int, str]:
    """The SIDs of all messages of the conversation by their indexes, as REST shows them."""
    found: dict[int, str] = {}
    path = f"/v1/Conversations/{room}/Messages?PageSize=100"
    while path:
        page = server.get(path).json
        found |= {each["index"]: each["sid"] for each in page["messages"]}
        further = page["meta"]["next_page_url"]
        where = urlsplit(further or "")
        path = f"{where.path}?{where.query}" if further else ""
    return found


async def _main() -> None:
    plan = msgspec.json.decode(sys.stdin.buffer.readline(), type=Plan)
    tally = await Soak(plan).run(sys.stdin.buffer.readline)
    sys.stdout.buffer.write(msgspec.json.encode(tally) + b"\n")


if __name__ == "__main__":
    uvloop.run(_main())
