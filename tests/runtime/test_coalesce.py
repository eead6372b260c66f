"""Shared reads: no answer is older than its question, and callers neither lose nor spoil each other's answers."""

import asyncio

import pytest

from parlour.core.errors import Unavailable
from parlour.runtime.coalesce import SingleFlight


class Source:
    """A read that counts its runs and ends when the test says so."""

    def __init__(self) -> None:
        self.runs = 0
        self.begun = asyncio.Event()
        self.may_end = asyncio.Event()
        self.error: Exception | None = None

    async def read(self) -> int:
        self.runs += 1
        run = self.runs
        self.begun.set()
        await self.may_end.wait()
        if self.error is not None:
            raise self.error
        return run


@pytest.fixture
def source() -> Source:
    return Source()


async def test_who_asks_alone_gets_a_read_of_its_own_each_time(source: Source) -> None:
    flight = SingleFlight()
    source.may_end.set()
    assert [await flight.do("q", source.read) for _ in range(3)] == [1, 2, 3]


async def test_who_asks_during_a_read_shares_the_next_one(source: Source) -> None:
    flight = SingleFlight()
    first = asyncio.create_task(flight.do("q", source.read))
    await source.begun.wait()
    later = [asyncio.create_task(flight.do("q", source.read)) for _ in range(20)]
    await asyncio.sleep(0)
    source.may_end.set()
    assert await first == 1
    assert await asyncio.gather(*later) == [2] * 20
    assert await flight.do("q", source.read) == 3


async def test_different_questions_do_not_wait_for_each_other(source: Source) -> None:
    flight, other = SingleFlight(), Source()
    other.may_end.set()
    blocked = asyncio.create_task(flight.do("q", source.read))
    await source.begun.wait()
    assert await flight.do("other", other.read) == 1
    source.may_end.set()
    assert await blocked == 1


async def test_all_who_share_a_read_that_fails_are_told_and_the_next_read_is_new(source: Source) -> None:
    flight = SingleFlight()
    source.error = LookupError("gone")
    asking = [asyncio.create_task(flight.do("q", source.read))]
    await source.begun.wait()
    asking += [asyncio.create_task(flight.do("q", source.read)) for _ in range(3)]
    await asyncio.sleep(0)
    source.may_end.set()
    outcomes = await asyncio.gather(*asking, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [LookupError] * 4
    assert source.runs == 2
    source.error = None
    assert await flight.do("q", source.read) == 3


async def test_a_caller_who_leaves_takes_nobodys_answer_along(source: Source) -> None:
    flight = SingleFlight()
    first = asyncio.create_task(flight.do("q", source.read))
    await source.begun.wait()
    leaving, staying = (asyncio.create_task(flight.do("q", source.read)) for _ in range(2))
    await asyncio.sleep(0)
    leaving.cancel()
    first.cancel()
    source.may_end.set()
    assert await staying == 2
    with pytest.raises(asyncio.CancelledError):
        await first
    with pytest.raises(asyncio.CancelledError):
        await leaving


async def test_a_read_that_hangs_is_not_waited_for(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parlour.runtime.coalesce.STALL_SECONDS", 0.0)
    flight, prompt = SingleFlight(), Source()
    prompt.may_end.set()
    hanging = asyncio.create_task(flight.do("q", source.read))
    await source.begun.wait()
    assert [await flight.do("q", prompt.read) for _ in range(3)] == [1, 2, 3]
    source.may_end.set()
    assert await hanging == 1
    assert await flight.do("q", prompt.read) == 4


async def test_all_who_wait_learn_at_once_that_the_database_is_unavailable(source: Source) -> None:
    flight = SingleFlight()
    first = asyncio.create_task(flight.do("q", source.read))
    await source.begun.wait()
    later = [asyncio.create_task(flight.do("q", source.read)) for _ in range(3)]
    await asyncio.sleep(0)
    source.error = Unavailable()
    source.may_end.set()
    outcomes = await asyncio.gather(first, *later, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [Unavailable] * 4
    assert source.runs == 1
    source.error = None
    assert await flight.do("q", source.read) == 2
