"""Cells are changed in place, seen by the siblings at once, and taken over from who ended."""

import os
from pathlib import Path

from parlour.runtime import cells as module
from parlour.runtime.cells import Cells, Owner


def changed(cells: Cells, metric: str, *labels: str, by: float) -> None:
    cells.values[cells.place(metric, *labels)] += by


def by_worker(cells: Cells) -> dict[int, Owner]:
    return {owner.worker: owner for owner in cells.owners()}


def test_a_process_alone_counts_by_name() -> None:
    cells = Cells()
    changed(cells, "a", by=1)
    changed(cells, "a", "x", "y", by=2)
    changed(cells, "a", "x", "y", by=3)
    (owner,) = cells.owners()
    assert (owner.worker, owner.pid) == (0, os.getpid())
    assert owner.numbers == {("a", ()): (1.0,), ("a", ("x", "y")): (5.0,)}
    cells.close()


def test_a_name_may_have_several_numbers() -> None:
    cells = Cells()
    place = cells.place("a", width=3)
    changed(cells, "b", by=9)
    cells.values[place + 2] = 7
    (owner,) = cells.owners()
    assert owner.numbers == {("a", ()): (0.0, 0.0, 7.0), ("b", ()): (9.0,)}
    cells.close()


def test_what_a_sibling_counts_is_seen_at_once(tmp_path: Path) -> None:
    first, second = Cells(tmp_path), Cells(tmp_path)
    changed(second, "a", "ü", by=1.5)
    assert by_worker(first)[1].numbers == {("a", ("ü",)): (1.5,)}
    changed(second, "a", "ü", by=1)
    assert by_worker(first)[1].numbers == {("a", ("ü",)): (2.5,)}
    assert by_worker(second)[0].numbers == {}
    for each in (first, second):
        each.close()


def test_who_takes_the_place_of_another_goes_on_with_its_counts(tmp_path: Path) -> None:
    first, second = Cells(tmp_path), Cells(tmp_path)
    changed(first, "a", by=4)
    first.place("h", width=3)
    first.close()
    assert by_worker(second)[0] == Owner(0, 0, {("a", ()): (4.0,), ("h", ()): (0.0, 0.0, 0.0)})
    third = Cells(tmp_path)
    assert third.worker == 0
    changed(third, "b", by=1)
    changed(third, "a", by=1)
    assert by_worker(second)[0].numbers == {("a", ()): (5.0,), ("h", ()): (0.0, 0.0, 0.0), ("b", ()): (1.0,)}
    for each in (second, third):
        each.close()


def test_a_name_that_was_not_written_to_its_end_is_forgotten(tmp_path: Path) -> None:
    first = Cells(tmp_path)
    changed(first, "a", by=4)
    first.close()
    with (tmp_path / "0.names").open("ab") as names:
        names.write(b'["b",[')
    second = Cells(tmp_path)
    changed(second, "c", by=1)
    second.close()
    third = Cells(tmp_path)
    assert third.owners()[0].numbers == {("a", ()): (4.0,), ("c", ()): (1.0,)}
    third.close()


def test_a_sibling_that_is_only_just_beginning_is_left_out(tmp_path: Path) -> None:
    cells = Cells(tmp_path)
    (tmp_path / "1.cells").touch()
    assert [owner.worker for owner in cells.owners()] == [0]
    (tmp_path / "1.cells").write_bytes(bytes(module.ROOM * 8))
    assert [owner.worker for owner in cells.owners()] == [0]
    cells.close()


def test_what_finds_no_room_is_not_counted_and_harms_nobody() -> None:
    cells = Cells()
    for number in range(module.ROOM // 60 + 1):
        cells.place("a", str(number), width=60)
    before = cells.owners()
    cells.values[cells.place("late", width=60) + 59] += 1
    assert cells.owners() == before
    assert 0.99 * module.ROOM < sum(map(len, before[0].numbers.values())) < module.ROOM
    cells.close()
