"""Deadlines: what is late is interrupted when its own time is over, and nobody else's cancelling is mistaken for it."""

import asyncio

import pytest

from parlour.outbound.deadlines import Deadlines


async def stay(deadlines: Deadlines, seconds: float) -> None:
    with deadlines.hold(seconds):
        await asyncio.Event().wait()


async def test_what_takes_too_long_is_interrupted() -> None:
    with pytest.raises(TimeoutError):
        await stay(Deadlines(), 0.001)


async def test_what_is_done_in_time_is_not() -> None:
    deadlines = Deadlines()
    with deadlines.hold(0.001):
        pass
    with pytest.raises(TimeoutError):
        await stay(deadlines, 0.01)


async def test_each_is_interrupted_in_its_own_time() -> None:
    deadlines = Deadlines()
    ended: list[float] = []

    async def note(seconds: float) -> None:
        with pytest.raises(TimeoutError):
            await stay(deadlines, seconds)
        ended.append(seconds)

    patient = asyncio.ensure_future(stay(deadlines, 1000))
    await asyncio.gather(*(note(seconds) for seconds in (0.06, 0.02, 0.04, 0.001)))
    assert ended == [0.001, 0.02, 0.04, 0.06]
    assert not patient.done()
    patient.cancel()


async def test_the_task_goes_on_after_it_was_interrupted() -> None:
    with pytest.raises(TimeoutError):
        await stay(Deadlines(), 0.001)
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0
    await asyncio.sleep(0)


async def test_who_is_cancelled_by_somebody_else_is_not_late() -> None:
    task = asyncio.ensure_future(stay(Deadlines(), 1000))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_who_is_cancelled_while_late_is_cancelled() -> None:
    async def be_both() -> None:
        task = asyncio.current_task()
        assert task is not None
        with Deadlines().hold(1000) as deadline:
            deadline.pass_by()
            task.cancel()
            await asyncio.Event().wait()

    with pytest.raises(asyncio.CancelledError):
        await asyncio.ensure_future(be_both())


async def test_an_error_of_its_own_is_passed_on() -> None:
    with pytest.raises(KeyError), Deadlines().hold(1000):
        raise KeyError
