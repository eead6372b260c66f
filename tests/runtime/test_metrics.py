"""What is counted stands under the right name, in the right bucket, and under few names."""

import re
from pathlib import Path

import pytest

from parlour.runtime.metric import BRIEF
from parlour.runtime.metric_cells import Name, SharedCounters
from parlour.runtime.metrics import (
    ASKED,
    COUNTED,
    EXHAUSTED,
    FIRED,
    LATENCY,
    METRICS,
    REQUESTS,
    SEEN,
    WAITED,
    WRONG_CREDENTIALS,
    MetricKind,
    Metrics,
)


@pytest.fixture
def metrics() -> Metrics:
    return Metrics(SharedCounters())


def numbers(metrics: Metrics) -> dict[Name, tuple[float, ...]]:
    return metrics.counters.owners()[0].numbers


def test_requests_are_counted_by_operation_method_status_and_code(metrics: Metrics) -> None:
    metrics.answered("FetchUser", "GET", 200, 0, 0.004)
    metrics.answered("FetchUser", "GET", 200, 0, 0.004)
    metrics.answered("FetchUser", "GET", 404, 20404, 0.004)
    found = numbers(metrics)
    assert found[REQUESTS.name, ("FetchUser", "GET", "200", "")] == (2.0,)
    assert found[REQUESTS.name, ("FetchUser", "GET", "404", "20404")] == (1.0,)


@pytest.mark.parametrize(("seconds", "bucket"), [(0.0, 0), (0.001, 0), (0.0011, 1), (10.0, 12), (10.1, 13)])
def test_a_duration_is_in_the_first_bucket_whose_bound_it_does_not_pass(
    metrics: Metrics, seconds: float, bucket: int
) -> None:
    metrics.answered("ListUser", "GET", 200, 0, seconds)
    metrics.took(WAITED, seconds)
    expected = tuple(float(place == bucket) for place in range(len(BRIEF) + 1))
    for name in ((LATENCY.name, ("ListUser",)), (WAITED.name, ())):
        *buckets, total = numbers(metrics)[name]
        assert (tuple(buckets), total) == (expected, seconds)


def test_what_has_no_labels_or_foreseen_ones_is_there_before_anything_is_counted(metrics: Metrics) -> None:
    found = numbers(metrics)
    without = {metric.name for metric in COUNTED if not metric.labels}
    assert without <= {name for name, labels in found if labels == ()}
    assert (
        found[EXHAUSTED.name, ()] == found[WRONG_CREDENTIALS.name, ("401",)] == found[FIRED.name, ("closed",)] == (0.0,)
    )
    assert found[WAITED.name, ()] == (0.0,) * WAITED.width


def test_what_an_earlier_process_counted_is_not_begun_anew(tmp_path: Path) -> None:
    before = SharedCounters(tmp_path)
    Metrics(before).count(EXHAUSTED, by=2)
    before.close()
    after = SharedCounters(tmp_path)
    assert numbers(Metrics(after))[EXHAUSTED.name, ()] == (2.0,)
    after.close()


def test_requests_in_flight_go_up_and_down(metrics: Metrics) -> None:
    metrics.came()
    metrics.came()
    metrics.went()
    assert numbers(metrics)["parlour_requests_in_flight", ()] == (1.0,)


def test_a_counter_may_take_a_larger_step(metrics: Metrics) -> None:
    metrics.count(FIRED, "closed", by=3)
    metrics.count(FIRED, "closed")
    assert numbers(metrics)[FIRED.name, ("closed",)] == (4.0,)


def test_every_metric_has_a_name_of_its_own_by_the_conventions_and_a_sentence() -> None:
    assert len({metric.name for metric in METRICS}) == len(METRICS)
    assert set(METRICS) == {*COUNTED, *ASKED, *SEEN}
    for metric in METRICS:
        assert re.fullmatch(r"(parlour|process)_[a-z_]+", metric.name)
        assert metric.name.endswith("_total") is (metric.kind is MetricKind.COUNTER)
        assert bool(metric.bounds) is (metric.kind is MetricKind.HISTOGRAM)
        assert metric.help.endswith(".")
