"""SharedCounters are changed in place, seen by the siblings at once, and taken over from who ended."""

import os
from pathlib import Path

from parlour.runtime import metric_cells as module
from parlour.runtime.metric_cells import Owner, SharedCounters


def changed(counters: SharedCounters, metric: str, *labels: str, by: float) -> None:
    counters.values[counters.place(metric, *labels)] += by


def by_worker(counters: SharedCounters) -> dict[int, Owner]:
    return {owner.worker: owner for owner in counters.owners()}


def test_a_process_alone_counts_by_name() -> None:
    counters = SharedCounters()
    changed(counters, "a", by=1)
    changed(counters, "a", "x", "y", by=2)
    changed(counters, "a", "x", "y", by=3)
    (owner,) = counters.owners()
    assert (owner.worker, owner.pid) == (0, os.getpid())
    assert owner.numbers == {("a", ()): (1.0,), ("a", ("x", "y")): (5.0,)}
    counters.close()


def test_a_name_may_have_several_numbers() -> None:
    counters = SharedCounters()
    place = counters.place("a", width=3)
    changed(counters, "b", by=9)
    counters.values[place + 2] = 7
    (owner,) = counters.owners()
    assert owner.numbers == {("a", ()): (0.0, 0.0, 7.0), ("b", ()): (9.0,)}
    counters.close()


def test_what_a_sibling_counts_is_seen_at_once(tmp_path: Path) -> None:
    first, second = SharedCounters(tmp_path), SharedCounters(tmp_path)
    changed(second, "a", "ü", by=1.5)
    assert by_worker(first)[1].numbers == {("a", ("ü",)): (1.5,)}
    changed(second, "a", "ü", by=1)
    assert by_worker(first)[1].numbers == {("a", ("ü",)): (2.5,)}
    assert by_worker(second)[0].numbers == {}
    for each in (first, second):
        each.close()


def test_who_takes_the_place_of_another_goes_on_with_its_counts(tmp_path: Path) -> None:
    first, second = SharedCounters(tmp_path), SharedCounters(tmp_path)
    changed(first, "a", by=4)
    first.place("h", width=3)
    first.close()
    assert by_worker(second)[0] == Owner(0, 0, {("a", ()): (4.0,), ("h", ()): (0.0, 0.0, 0.0)})
    third = SharedCounters(tmp_path)
    assert third.worker == 0
    changed(third, "b", by=1)
    changed(third, "a", by=1)
    assert by_worker(second)[0].numbers == {("a", ()): (5.0,), ("h", ()): (0.0, 0.0, 0.0), ("b", ()): (1.0,)}
    for each in (second, third):
        each.close()


def test_a_name_that_was_not_written_to_its_end_is_forgotten(tmp_path: Path) -> None:
    first = SharedCounters(tmp_path)
    changed(first, "a", by=4)
    first.close()
    with (tmp_path / "0.names").open("ab") as names:
        names.write(b'["b",[')
    second = SharedCounters(tmp_path)
    changed(second, "c", by=1)
    second.close()
    third = SharedCounters(tmp_path)
    assert third.owners()[0].numbers == {("a", ()): (4.0,), ("c", ()): (1.0,)}
    third.close()


def test_a_sibling_that_is_only_just_beginning_is_left_out(tmp_path: Path) -> None:
    counters = SharedCounters(tmp_path)
    (tmp_path / "1.cells").touch()
    assert [owner.worker for owner in counters.owners()] == [0]
    (tmp_path / "1.cells").write_bytes(bytes(module.CAPACITY * 8))
    assert [owner.worker for owner in counters.owners()] == [0]
    counters.close()


def test_what_finds_no_room_is_not_counted_and_harms_nobody() -> None:
    counters = SharedCounters()
    for number in range(module.CAPACITY // 60 + 1):
        counters.place("a", str(number), width=60)
    before = counters.owners()
    counters.values[counters.place("late", width=60) + 59] += 1
    assert counters.owners() == before
    assert 0.99 * module.CAPACITY < sum(map(len, before[0].numbers.values())) < module.CAPACITY
    counters.close()
