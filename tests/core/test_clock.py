"""The clocks: the machine's own, the virtual one, and the one that tests move."""

from datetime import UTC, datetime, timedelta

from parlour.core.clock import Pace, SystemClock, VirtualClock
from tests.server import MovableClock


def test_the_system_clock_tells_the_time_in_utc() -> None:
    before, now, after = datetime.now(UTC), SystemClock().now(), datetime.now(UTC)
    assert before <= now <= after
    assert now.tzinfo is UTC


def test_a_virtual_clock_goes_with_the_machine_at_first() -> None:
    before, now, after = datetime.now(UTC), VirtualClock().now(), datetime.now(UTC)
    assert before <= now <= after


def test_a_virtual_clock_goes_at_its_pace() -> None:
    machine = datetime(2026, 5, 1, tzinfo=UTC)
    assert Pace(timedelta(hours=-1)).at(machine) == machine - timedelta(hours=1)
    frozen = Pace(timedelta(hours=5), datetime(2020, 1, 1, tzinfo=UTC))
    assert frozen.at(machine) == frozen.at(machine + timedelta(days=1)) == datetime(2020, 1, 1, tzinfo=UTC)
    clock = VirtualClock()
    clock.pace = frozen
    assert clock.now() == datetime(2020, 1, 1, tzinfo=UTC)


def test_a_movable_clock_goes_with_the_machine_until_it_is_frozen() -> None:
    clock = MovableClock()
    before, now, after = datetime.now(UTC), clock.now(), datetime.now(UTC)
    assert before <= now <= after
    moment = clock.freeze()
    assert clock.now() == clock.now() == moment


def test_a_movable_clock_is_moved_whether_it_is_frozen_or_not() -> None:
    clock = MovableClock()
    clock.advance(timedelta(days=1))
    assert timedelta(days=1) <= clock.now() - datetime.now(UTC) + timedelta(minutes=1)
    at = clock.freeze(datetime(2026, 5, 1, tzinfo=UTC))
    clock.advance(timedelta(seconds=1))
    assert clock.now() - at == timedelta(seconds=1)
    clock.release()
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(minutes=1)
