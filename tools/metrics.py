"""Writes docs/reference/metrics.md from the declarations of the metrics: ``python -m tools.metrics``.

A test compares the committed page with what this makes, so run it after a metric has changed.
"""

from collections.abc import Sequence
from pathlib import Path

from parlour.runtime.metrics import ASKED, COUNTED, SEEN, Metric
from tools.operations import table

TARGET = Path(__file__).parents[1] / "docs" / "reference" / "metrics.md"

_OPENING = """\
# Metrics

The metrics of `GET /metrics`; `tools/metrics.py` makes this page from `src/parlour/runtime/metrics.py`. For how to
read them, and from where, see [metrics and logs](../chapters/observability.md). A histogram has the samples
`_bucket`, `_count` and `_sum`. A metric without labels is there from the start, with 0, and so is each label whose
values the table names in **bold** type. Any other set of labels appears with the first thing that is counted in it.
Labels hold only what parlour itself knows: ids of [operations](operations.md), codes of [errors](errors.md), its own
words.
"""

_OF_THE_DATABASE = """\
The same for all processes on one database, so do not add them up over several servers. While the database is away,
`parlour_database_up` is 0 and the others are missing."""

_SECTIONS = (
    ("Counted by each process", "The sum over all workers, whichever of them answers.", COUNTED),
    (
        "Asked of the database",
        _OF_THE_DATABASE,
        ASKED,
    ),
    ("Seen of the processes", "One sample per worker, numbered from 0.", SEEN),
)


def document() -> str:
    """The page."""
    return "\n".join([_OPENING, *(_section(*section) for section in _SECTIONS)])


def _section(title: str, sentence: str, metrics: Sequence[Metric]) -> str:
    rows = [[f"`{each.name}`", each.kind.value, _labels(each), each.help] for each in metrics]
    return f"## {title}\n\n{sentence}\n\n" + table(["Metric", "Kind", "Labels", "Meaning"], rows)


def _labels(metric: Metric) -> str:
    """Their names, and the values that are there from the start."""
    names = ", ".join(f"`{name}`" for name in metric.labels)
    values = ", ".join(f"**{value}**" for labels in metric.foreseen for value in labels)
    return f"{names}: {values}" if values else names


if __name__ == "__main__":
    TARGET.write_text(document(), encoding="utf-8")
