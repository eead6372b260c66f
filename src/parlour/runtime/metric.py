"""A metric as it is declared, and the bounds that histograms share."""

from enum import StrEnum

import msgspec


class MetricKind(StrEnum):
    """What a metric's numbers mean."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Metric(msgspec.Struct, frozen=True):
    """A metric as it is published."""

    name: str
    kind: MetricKind
    help: str
    labels: tuple[str, ...] = ()
    bounds: tuple[float, ...] = ()
    """Of a histogram: the upper bounds of its buckets, in seconds, but for the last, which has none."""
    foreseen: tuple[tuple[str, ...], ...] = ()
    """The labels of samples that are there, with 0, before anything is counted."""

    @property
    def width(self) -> int:
        """How many numbers one set of labels takes: a histogram's buckets and its sum."""
        return len(self.bounds) + 2 if self.bounds else 1

    @property
    def at_start(self) -> tuple[tuple[str, ...], ...]:
        """The labels of all samples that are there from the start: of a metric without labels, its only one.

        A rate leaves out the step with which a sample appears, and an alert cannot go by a metric that is not there.
        """
        return self.foreseen if self.labels else ((),)


BRIEF = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
FAR = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
