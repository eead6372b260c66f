"""The hub wakes what watches a topic, the account around it, and nothing else."""

import pytest

from parlour.runtime.hub import Hub, Waiter

ACCOUNT, CONVERSATION, OTHER = "AC1", "AC1/CH1", "AC1/CH2"
ELSEWHERE = "AC2/CH1"


@pytest.fixture
def hub() -> Hub:
    return Hub()


@pytest.fixture
def waiters(hub: Hub) -> dict[str, Waiter]:
    found = {topic: Waiter() for topic in (ACCOUNT, CONVERSATION, OTHER, ELSEWHERE, "AC2", "AC10", "relay")}
    for topic, waiter in found.items():
        hub.watch(topic, waiter)
    return found


def woken(waiters: dict[str, Waiter]) -> set[str]:
    return {topic for topic, waiter in waiters.items() if waiter.woken.is_set()}


@pytest.mark.parametrize(
    ("topic", "expected"),
    [
        (CONVERSATION, {CONVERSATION, ACCOUNT}),
        (ACCOUNT, {ACCOUNT}),
        ("AC1/*", {ACCOUNT, CONVERSATION, OTHER}),
        ("AC1/unwatched", {ACCOUNT}),
        ("AC3/CH1", set()),
        ("relay", {"relay"}),
        ("*", set()),
    ],
)
def test_a_topic_wakes_its_watchers_and_those_of_its_account(
    hub: Hub, waiters: dict[str, Waiter], topic: str, expected: set[str]
) -> None:
    hub.wake((topic,))
    assert woken(waiters) == expected


def test_everything_and_the_end_of_the_process_wake_all(hub: Hub, waiters: dict[str, Waiter]) -> None:
    hub.wake_all()
    assert woken(waiters) == set(waiters)
    for waiter in waiters.values():
        waiter.woken.clear()
    assert not hub.is_closing
    hub.close()
    assert hub.is_closing
    assert woken(waiters) == set(waiters)


def test_a_watcher_is_woken_only_while_it_watches(hub: Hub) -> None:
    first, second = Waiter(), Waiter()
    with hub.watching(CONVERSATION, first):
        with hub.watching(CONVERSATION, second):
            assert hub.number(CONVERSATION) == 2
        hub.wake((CONVERSATION,))
    assert (first.woken.is_set(), second.woken.is_set()) == (True, False)
    assert (hub.topics, hub.number(CONVERSATION)) == ([], 0)


def test_a_watcher_may_watch_several_topics(hub: Hub) -> None:
    waiter = Waiter()
    with hub.watching(CONVERSATION, waiter), hub.watching(OTHER, waiter):
        hub.wake((OTHER,))
        assert waiter.woken.is_set()
    assert hub.topics == []


def test_a_waiter_whose_caller_has_gone_wakes_up(hub: Hub) -> None:
    waiter = Waiter()
    waiter.leave()
    assert waiter.is_gone
    assert waiter.woken.is_set()
