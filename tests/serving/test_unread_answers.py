"""Who is cut off when too much waits for clients that do not read, decided without a socket."""

import pytest

from parlour.serving import unread_answers
from parlour.serving.unread_answers import UnreadAnswers


class Slow:
    """A client for which so many bytes wait, and which read something last at that time."""

    def __init__(self, waiting: int, read_at: float) -> None:
        self._waiting, self._read_at = waiting, read_at
        self.is_cut_off = False

    def unread(self) -> int:
        return self._waiting

    def read_last(self) -> float:
        return self._read_at

    def cut_off(self) -> None:
        self.is_cut_off = True


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unread_answers, "MAX_UNREAD_BYTES", 100)


def test_those_go_that_have_read_nothing_for_longest_and_no_more_than_must() -> None:
    slow, clients = UnreadAnswers(), [Slow(40, 3.0), Slow(40, 1.0), Slow(40, 2.0), Slow(40, 0.0)]
    for client in clients[:2]:
        slow.add(client)
    assert [client.is_cut_off for client in clients] == [False, False, False, False]
    slow.add(clients[2])
    assert [client.is_cut_off for client in clients] == [False, True, False, False]
    slow.add(clients[3])
    assert [client.is_cut_off for client in clients] == [False, True, True, False], "not the one that has just begun"


def test_one_that_has_read_counts_no_longer() -> None:
    slow, first, second = UnreadAnswers(), Slow(60, 0.0), Slow(60, 1.0)
    slow.add(first)
    slow.discard(first)
    slow.add(second)
    assert not first.is_cut_off


def test_one_alone_may_have_all_it_asks_for() -> None:
    slow, alone = UnreadAnswers(), Slow(1000, 0.0)
    slow.add(alone)
    assert not alone.is_cut_off
