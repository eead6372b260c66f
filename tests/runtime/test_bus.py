"""The bus: processes of one database hear each other's words, soon and together, and again after the line broke."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from parlour.runtime import bus
from parlour.runtime.bus import BUS, EVERYTHING, Bus
from parlour.runtime.hub import Hub
from parlour.runtime.loops import Loop, Loops
from parlour.storage.notify import MAX_TEXT_BYTES
from tests.account_client import new_account
from tests.relay import Relay
from tests.server import Parlour, serving


class Process:
    """A bus with its loop, and what it hears."""

    def __init__(self, url: str) -> None:
        self.heard: asyncio.Queue[str] = asyncio.Queue()
        self.hub = Hub()
        self.bus = Bus(url, self.heard.put_nowait, lambda: self.hub.wake((BUS,)))
        self.loop = Loop(BUS, self.bus.run_once, interval=3600.0)

    def running(self) -> Loops:
        return Loops([self.loop], self.hub, lambda name, is_done: None)

    async def hears(self, *words: str) -> None:
        """Returns when it has heard the words, each as often as it stands here, and nothing else before them."""
        assert sorted([await self.heard.get() for _ in words]) == sorted(words)


@asynccontextmanager
async def processes(*urls: str) -> AsyncIterator[list[Process]]:
    """A process at each of the URLs, which listens."""
    made = [Process(url) for url in urls]
    async with AsyncExitStack() as running:
        for each in made:
            await running.enter_async_context(each.running())
            await each.hears(EVERYTHING)
        yield made
    for each in made:
        each.bus.close()


@pytest.fixture
async def pair(database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[list[Process]]:
    """Two processes, whose line nobody else is on."""
    monkeypatch.setattr("parlour.storage.notify._CHANNEL", "parlour_bus_test")
    async with processes(database_url, database_url) as both:
        yield both


async def test_a_word_reaches_the_other_process_and_not_the_one_that_said_it(pair: list[Process]) -> None:
    one, other = pair
    one.bus.publish("clock", "AC1")
    await other.hears("AC1", "clock")
    other.bus.publish("answer")
    await one.hears("answer")
    assert other.heard.empty()


async def test_what_is_noted_at_once_is_said_at_once_and_together(
    pair: list[Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = pair
    said: list[str] = []
    publish = one.bus._channel.publish

    async def saying(texts: Sequence[str]) -> None:
        said.extend(texts)
        await publish(texts)

    monkeypatch.setattr(one.bus._channel, "publish", saying)
    for number in range(100):
        one.bus.publish(f"word{number % 3}")
    await other.hears("word0", "word1", "word2")
    assert said == ["word0\nword1\nword2"]


async def test_words_that_come_all_the_time_are_said_at_most_once_in_a_pause(
    pair: list[Process], database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bus, "MIN_INTERVAL_SECONDS", 3600.0)
    eager = Process(database_url)
    eager.bus.publish("first")
    assert await eager.bus.run_once() is False
    for each in pair:
        await each.hears("first")
    for word in ("second", "third", "second"):
        eager.bus.publish(word)
        assert 3500 < await eager.bus.run_once() <= 3600
    monkeypatch.setattr(eager.bus, "_next_at", 0.0)
    assert await eager.bus.run_once() is False
    for each in pair:
        await each.hears("second", "third")
    eager.bus.close()


async def test_a_process_hurries_while_somebody_watches_in_another(
    pair: list[Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bus, "MIN_INTERVAL_SECONDS", 3600.0)
    one, other = pair
    one.bus.listen_closely(lambda: True)
    one.bus.publish("hurry")
    one.bus.ask()
    await other.hears("hurry")
    async with asyncio.timeout(30):
        for word in ("first", "second", "third"):
            other.bus.publish(word)
            await one.hears(word)
    assert one.bus._interval == 3600.0, "nobody watches in the other"


async def test_signals_that_do_not_fit_one_text_are_said_in_a_few(pair: list[Process]) -> None:
    one, other = pair
    accounts = [f"AC{number:032}" for number in range(500)]
    one.bus.publish(*accounts)
    await other.hears(*accounts)


async def test_many_more_signals_than_fit_are_said_as_everything(pair: list[Process]) -> None:
    one, other = pair
    one.bus.publish(*(f"AC{number:032}" for number in range(2000)))
    await other.hears(EVERYTHING)


async def test_many_more_topics_of_an_account_than_fit_are_said_as_the_whole_account(pair: list[Process]) -> None:
    one, other = pair
    accounts = [f"AC{number:032}" for number in range(2)]
    one.bus.publish("a loop", *(f"{account}/CH{number:032}" for account in accounts for number in range(500)))
    await other.hears("a loop", *(f"{account}/*" for account in accounts))


def test_a_text_is_never_longer_than_one_notify_takes() -> None:
    one = {f"AC1/{number}" for number in range(1_300)}
    for signals in (one, {f"AC1/{chr(0x1F600) * number}" for number in range(130)}, {chr(0x1F600) * 3_000}):
        texts = bus._texts(signals)
        assert texts
        assert all(len(text.encode()) <= MAX_TEXT_BYTES for text in texts)


async def test_a_word_goes_to_whoever_listens_for_its_kind_and_wakes_nobody_else(pair: list[Process]) -> None:
    one, other = pair
    heard: asyncio.Queue[tuple[str, ...]] = asyncio.Queue()
    other.bus.listen("typing", lambda *parts: heard.put_nowait(parts))
    one.bus.say("unheard of", "CH1")
    one.bus.say("typing", "CH1", "")
    one.bus.say("typing", "CH1", "")
    for awkward in ("a b\n!c", "ü@x.org", "%20+", "*"):
        one.bus.say("typing", "CH1", awkward)
    one.bus.say("typing", "CH1", "x" * 8_000)
    one.bus.publish("after")
    said = [await heard.get() for _ in range(5)]
    assert said == [("CH1", ""), *(("CH1", each) for each in ("a b\n!c", "ü@x.org", "%20+", "*"))]
    await other.hears("after")
    assert heard.empty()


async def test_so_many_words_are_said_and_no_more(pair: list[Process]) -> None:
    one, other = pair
    heard: asyncio.Queue[tuple[str, ...]] = asyncio.Queue()
    other.bus.listen("typing", lambda *parts: heard.put_nowait(parts))
    said = [(f"CH{number:032}", f"MB{number:032}", "ü" * 100) for number in range(bus.MAX_WORDS + 5)]
    for each in said:
        one.bus.say("typing", *each)
    assert [await heard.get() for _ in range(bus.MAX_WORDS)] == said[: bus.MAX_WORDS]
    one.bus.publish("after")
    await other.hears("after")
    assert heard.empty()


@pytest.fixture
async def relay(database_url: str, tmp_path: Path) -> AsyncIterator[Relay]:
    made = Relay(database_url, str(tmp_path))
    await made.mend()
    yield made
    await made.cut()


async def test_a_line_that_broke_is_opened_again_and_what_was_missed_may_be_anything(
    relay: Relay, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bus, "RETRY_DELAY_SECONDS", 0.001)
    monkeypatch.setattr("parlour.storage.notify._CHANNEL", "parlour_broken_channel_test")
    async with processes(relay.url, database_url) as (cut_off, other):
        heard: asyncio.Queue[tuple[str, ...]] = asyncio.Queue()
        other.bus.listen("typing", lambda *parts: heard.put_nowait(parts))
        await relay.cut()
        cut_off.bus.publish("said in vain at first")
        cut_off.bus.say("typing", "long ago")
        await relay.mend()
        await cut_off.hears(EVERYTHING)
        await other.hears("said in vain at first")
        other.bus.publish("again")
        await cut_off.hears("again")
        assert heard.empty(), "what was true for a moment only is not said later"


async def _other_calls(of: Parlour, name: str, call: Callable[[], None]) -> None:
    """Returns when the loop of that name was called in a process, because of *call*."""
    called = asyncio.Event()

    async def turn() -> bool:
        called.set()
        return False

    loop = Loop(name, turn, interval=3600.0)
    async with Loops([loop], of.inside.signals.hub, lambda name, is_done: None):
        await called.wait()
        called.clear()
        call()
        await called.wait()


async def test_a_loop_that_is_called_everywhere_takes_a_turn_in_every_process(
    parlour: Parlour, database_url: str
) -> None:
    await new_account(parlour)
    async with serving(database_url) as second:
        for each in (parlour, second):
            await _other_calls(each, "of a test", lambda: parlour.inside.signals.wake_everywhere("of a test"))
