"""A loop runs when it is woken, again while there is more, and again after a failure."""

import asyncio

import pytest

from parlour.runtime import loops
from parlour.runtime.hub import Hub
from parlour.runtime.loops import Loop, Loops

LONG = 3600.0


def running(loop: Loop, hub: Hub | None = None) -> Loops:
    """The loop, for the length of ``async with``."""
    return Loops([loop], hub or Hub(), lambda name, is_done: None)


class Turns:
    """Takes turns that end as they were told to, and says when one was taken."""

    def __init__(self, *outcomes: bool | float | Exception) -> None:
        self._outcomes = list(outcomes)
        self.taken: asyncio.Queue[int] = asyncio.Queue()
        self._number = 0

    async def __call__(self) -> bool | float:
        self._number += 1
        self.taken.put_nowait(self._number)
        outcome = self._outcomes.pop(0) if self._outcomes else False
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


async def test_a_loop_takes_a_turn_at_the_start_and_whenever_it_is_called() -> None:
    turns = Turns()
    hub = Hub()
    async with running(Loop("a test", turns, interval=LONG), hub):
        assert await turns.taken.get() == 1
        hub.wake(("another", "a test"))
        assert await turns.taken.get() == 2


async def test_a_turn_that_leaves_something_is_followed_by_another() -> None:
    turns = Turns(True, True, False)
    async with running(Loop("a test", turns, interval=LONG)):
        assert [await turns.taken.get() for _ in range(3)] == [1, 2, 3]


async def test_a_turn_is_taken_unasked_after_a_while() -> None:
    turns = Turns()
    async with running(Loop("a test", turns, interval=0.001)):
        assert [await turns.taken.get() for _ in range(3)] == [1, 2, 3]


async def test_a_turn_that_knows_when_there_will_be_something_is_followed_by_another_then() -> None:
    turns = Turns(0.001, 0.0, 0.001)
    async with running(Loop("a test", turns, interval=LONG)):
        assert [await turns.taken.get() for _ in range(4)] == [1, 2, 3, 4]


async def test_a_turn_that_knows_of_nothing_for_long_is_followed_by_another_all_the_same() -> None:
    turns = Turns(LONG, LONG)
    async with running(Loop("a test", turns, interval=0.001)):
        assert [await turns.taken.get() for _ in range(3)] == [1, 2, 3]


async def test_a_turn_that_fails_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    turns = Turns(RuntimeError("it failed"))
    monkeypatch.setattr(loops, "RETRY_DELAY_SECONDS", 0.001)
    async with running(Loop("a test", turns, interval=LONG)):
        assert [await turns.taken.get() for _ in range(2)] == [1, 2]


async def test_each_turn_is_told_with_its_outcome(monkeypatch: pytest.MonkeyPatch) -> None:
    turns = Turns(RuntimeError("it failed"), True, False)
    told: list[tuple[str, bool]] = []
    monkeypatch.setattr(loops, "RETRY_DELAY_SECONDS", 0.001)
    loops_of_a_test = [Loop("a test", turns, interval=LONG)]
    async with Loops(loops_of_a_test, Hub(), lambda name, is_done: told.append((name, is_done))):
        for _ in range(3):
            await turns.taken.get()
    assert told == [("a test", False), ("a test", True), ("a test", True)]


async def test_loops_end_with_their_owner_even_in_the_middle_of_a_turn() -> None:
    begun, never = asyncio.Event(), asyncio.Event()
    ended: list[str] = []

    async def turn() -> bool:
        begun.set()
        try:
            await never.wait()
        finally:
            ended.append("it was told to stop")
        return False

    async with running(Loop("a test", turn, interval=LONG)):
        await begun.wait()
    assert ended == ["it was told to stop"]
