"""Leases end by themselves, and a change outlasts those that were taken before it."""

import asyncio

from parlour.runtime.leases import LEASE_SECONDS, MAX_LEASES, Leases


class Time:
    """A clock that stands still."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


async def test_an_answer_is_good_for_the_length_of_a_lease_from_before_it_was_read() -> None:
    time = Time()
    leases: Leases[str] = Leases(time)
    asked_at = leases.now()
    time.now += LEASE_SECONDS / 2  # so long the database took
    leases.keep("who", "one", asked_at)
    assert leases.get("who") == "one"
    time.now = asked_at + LEASE_SECONDS
    assert leases.get("who") is None


async def test_what_was_asked_for_too_long_ago_is_not_gone_by() -> None:
    time = Time()
    leases: Leases[str] = Leases(time)
    leases.keep("who", "one", time.now - LEASE_SECONDS)
    assert leases.get("who") is None


async def test_a_change_outlasts_every_lease_that_was_taken_before_it() -> None:
    """Also of a read that began before the change and is kept after it."""
    mine, others = Leases[str](), Leases[str]()
    asked_at = others.now()
    others.keep("who", "old", asked_at)
    changing = asyncio.create_task(mine.outlast())
    await asyncio.sleep(0)
    others.keep("who", "old", asked_at)
    assert others.get("who") == "old"
    await changing
    assert others.get("who") is None


async def test_what_changed_here_is_forgotten_at_once() -> None:
    leases = Leases[str]()
    leases.keep("who", "old", leases.now())
    changing = asyncio.create_task(leases.outlast())
    await asyncio.sleep(0)
    assert leases.get("who") is None
    await changing


async def test_there_is_a_bound_to_what_is_remembered() -> None:
    leases = Leases[int](Time())
    for number in range(MAX_LEASES + 1):
        leases.keep(number, number, leases.now())
    assert leases.get(0) is None
    assert leases.get(MAX_LEASES) == MAX_LEASES
