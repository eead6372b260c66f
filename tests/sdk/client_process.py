"""The official client SDK in a Node process: js/drive.js with one of its releases, asked and heard from a test.

What the SDK gives is a Thing: ``message.body``, ``await message.updateBody("new")``, with the SDK's own names.
"""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from tests.sdk.node_process import FOLDER, installed, without_proxies

JS = FOLDER.with_name("js")
RELEASES = ("3.0.1", "2.7.0", "2.6.5", "2.4.1", "2.0.1")
NEWEST = RELEASES[0]
PATIENCE_SECONDS = 30
"""How long anything may take that a test awaits."""
LARGEST_LINE = 16 * 1024 * 1024


class Thrown(Exception):
    """What the SDK threw."""

    def __init__(self, name: str, message: str, status: int | None, code: int | None, body: Any) -> None:
        super().__init__(name, message, status, code, body)
        self.message, self.status, self.code, self.body = message, status, code, body

    @property
    def refusal(self) -> tuple[int | None, int | None]:
        """Status and code of an answer of the server that refused."""
        return self.status, self.body["code"] if isinstance(self.body, dict) else self.code


class Thing:
    """An object of the SDK as it was when it was told; its methods are coroutines."""

    def __init__(self, sdk: "ClientSdk", number: int, kind: str, fields: dict[str, Any]) -> None:
        self.sdk, self.number, self.kind, self.fields = sdk, number, kind, fields

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name in self.fields:
            self.sdk.seen.add(f"{self.kind}.{name}")
            return self.fields[name]

        async def call(*given: object) -> Any:
            return await self.sdk.ask("call", on=self.number, name=name, given=given)

        return call

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Thing) and (self.sdk, self.number) == (other.sdk, other.number)

    def __hash__(self) -> int:
        return hash(self.number)

    def __repr__(self) -> str:
        simple = {name: value for name, value in self.fields.items() if not isinstance(value, Thing | list)}
        return f"{self.kind} {self.number} {simple}"

    async def chain(self, *calls: tuple[Any, ...]) -> Any:
        """What the last of the *calls* gives, ``(name, *given)``, each made on what the one before it gave."""
        named = [{"name": name, "given": given} for name, *given in calls]
        return await self.sdk.ask("chain", on=self.number, calls=named)

    async def now(self) -> "Thing":
        """The same object as it is at this moment."""
        thing: Thing = await self.sdk.ask("look", on=self.number)
        return thing

    async def listen(self) -> "Thing":
        """From now on its own events are heard, too."""
        await self.sdk.ask("listen", on=self.number, kind=self.kind)
        return self

    async def event(self, name: str, wanted: Callable[[Any], bool] = lambda told: True) -> Any:
        """What the next event of this name told that nobody has taken and that is *wanted*."""
        return await self.sdk.heard(self.number, name, wanted)

    def told(self, name: str) -> list[Any]:
        """What events of this name told and nobody has taken."""
        return [told for event, told in self.sdk.events[self.number] if event == name]

    async def becomes(self, wanted: Callable[["Thing"], bool]) -> "Thing":
        """The object as soon as it is as *wanted*: for what the SDK changes without an event."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not wanted(thing := await self.now()):
                pass  # each look goes to the process and back
        return thing


class ClientSdk:
    """A running drive.js."""

    def __init__(self, release: str, process: asyncio.subprocess.Process) -> None:
        self.release, self._process = release, process
        self.events: defaultdict[int, list[tuple[str, Any]]] = defaultdict(list)
        """What each object has told by itself and nobody has taken."""
        self.unhandled: list[str] = []
        """Promises of the SDK that were rejected and that nobody could have caught."""
        self.seen: set[str] = set()
        """What tests have looked at: ``Message.body``."""
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._asked = 0
        self._happened = asyncio.Condition()

    async def read_on(self) -> None:
        """Sorts what comes out of the process, until it ends."""
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            told = json.loads(line)
            if "number" in told:
                answer = self._answers.pop(told["number"])
                if not answer.done():  # a test may have given up on it
                    answer.set_result(told)
            elif "unhandled" in told:
                self.unhandled.append(told["unhandled"])
            else:
                self.events[told["on"]].append((told["event"], self._read(told["told"])))
                async with self._happened:
                    self._happened.notify_all()
        for waiting in [each for each in self._answers.values() if not each.done()]:
            waiting.set_exception(RuntimeError("drive.js ended"))

    async def ask(self, act: str, **question: object) -> Any:
        """The result of one act of drive.js; raises Thrown."""
        self._asked += 1
        answer = self._answers[self._asked] = asyncio.get_running_loop().create_future()
        assert self._process.stdin is not None
        line = json.dumps({"number": self._asked, "act": act, **question}, default=_as_kept)
        self._process.stdin.write(line.encode() + b"\n")
        async with asyncio.timeout(2 * PATIENCE_SECONDS):
            told = await answer
        if "thrown" in told:
            raise Thrown(**told["thrown"])
        return self._read(told["result"])

    async def heard(self, number: int, name: str, wanted: Callable[[Any], bool]) -> Any:
        """See Thing.event."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS), self._happened:
                while True:
                    for place, (event, told) in enumerate(self.events[number]):
                        if event == name and wanted(told):
                            del self.events[number][place]
                            return told
                    await self._happened.wait()
        except TimeoutError:
            there = self.events[number]
            raise AssertionError(f"no {name} as wanted within {PATIENCE_SECONDS} seconds; heard: {there}") from None

    def _read(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._read(each) for each in value]
        if not isinstance(value, dict):
            return value
        if "$date" in value:
            return datetime.fromisoformat(value["$date"])
        if "$kept" in value:
            return Thing(self, value["$kept"], value["kind"], self._read(value["fields"]))
        return {name: self._read(each) for name, each in value.items()}


def _as_kept(thing: object) -> dict[str, int]:
    assert isinstance(thing, Thing), thing
    return {"$kept": thing.number}


@asynccontextmanager
async def running_sdk(release: str) -> AsyncIterator[ClientSdk]:
    """drive.js with this release, for the length of the block; raises NodeMissing."""
    node = await asyncio.to_thread(installed, JS)
    process = await asyncio.create_subprocess_exec(
        *node,
        "drive.js",
        release,
        cwd=JS,
        env=without_proxies(),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=LARGEST_LINE,
    )
    sdk = ClientSdk(release, process)
    reading = asyncio.create_task(sdk.read_on())
    try:
        yield sdk
    finally:
        assert process.stdin is not None
        process.stdin.close()  # upon which it ends
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await process.wait()
        except TimeoutError:
            process.kill()
        await reading
