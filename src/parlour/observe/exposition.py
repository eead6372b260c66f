"""Exposition: what was counted, in the formats that Prometheus reads.

Imported with the first scrape, since what it stands on takes a tenth of all the time that loading parlour takes.
"""

from collections.abc import Iterator
from itertools import accumulate

from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from parlour.runtime.metric_cells import Numbers
from parlour.runtime.metrics import METRICS, Metric, MetricKind


def exposed(numbers: Numbers, accept: str) -> tuple[bytes, str]:
    """The numbers in the format that the header Accept asks for, and its type."""
    encode, content_type = choose_encoder(accept)
    return encode(_Families(numbers)), content_type


class _Families(Collector):
    """The metrics as prometheus_client wants them."""

    def __init__(self, numbers: Numbers) -> None:
        self._by_metric: dict[str, list[tuple[tuple[str, ...], tuple[float, ...]]]] = {}
        for (metric, labels), values in sorted(numbers.items()):
            self._by_metric.setdefault(metric, []).append((labels, values))

    def collect(self) -> Iterator[Family]:
        for metric in METRICS:
            yield from self._family(metric, self._by_metric.get(metric.name, []))

    def _family(self, metric: Metric, rows: list[tuple[tuple[str, ...], tuple[float, ...]]]) -> Iterator[Family]:
        if not rows:
            return
        if metric.kind is MetricKind.HISTOGRAM:
            histogram = HistogramMetricFamily(metric.name, metric.help, labels=metric.labels)
            bounds = [*map(str, metric.bounds), "+Inf"]
            for labels, (*buckets, total) in rows:
                histogram.add_metric(labels, list(zip(bounds, accumulate(buckets), strict=True)), total)
            yield histogram
            return
        family = {MetricKind.COUNTER: CounterMetricFamily, MetricKind.GAUGE: GaugeMetricFamily}[metric.kind]
        plain = family(metric.name, metric.help, labels=metric.labels)
        for labels, (value,) in rows:
            plain.add_metric(labels, value)
        yield plain
