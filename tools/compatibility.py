"""Writes docs/reference/compatibility.md from what the tests have proved: ``python -m tools.compatibility``.

What they proved is kept in tests/conformance/evidence.json; with ``--collect`` the tests run first and write it anew. A
test compares the committed page with what this makes.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from parlour.compat.differences import DIFFERENCES, Difference, Kind, differences_of, parts
from parlour.contract.rest import routes
from parlour.resources.catalogue import RESOURCES
from tools.operations import table

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "docs" / "reference" / "compatibility.md"
OPERATIONS = ROOT / "tests" / "conformance" / "operations.json"
EVIDENCE = ROOT / "tests" / "conformance" / "evidence.json"
PROVING = ("tests/conformance/test_rows.py", "tests/conformance/test_parameters.py", "tests/sdk")
"""The tests whose evidence this is."""

PAGING = {"PageSize", "Page", "PageToken"}
Operation = dict[str, Any]
Columns = Mapping[str, Mapping[str, Sequence[str]]]

_OPENING = """\
# Compatibility

How far each of the {published} published operations is the original's: {served} are served.
`tools/compatibility.py` makes this page from what the tests proved. They note it in `tests/conformance/evidence.json`
while they run, and a run of all tests fails when it proves something else.

* **Parameters**: of those that the operation takes, how many have the effect that they are for, seen in the row, in the
  list or where it is kept. The three of pages are the same in every list and not counted.
* **Fields**: of the published fields of its row, how many came, each with its published type, and no other; asked for
  by SID and by every other name.
* **Python** and **Node**: the official library, unmodified, called it and got what it wanted; how many parameters it
  sent so. These are `twilio` {python} for Python and `twilio` {node} for Node.
* **Known differences** have [their own page](../differences.md), under these names, with reasons. Where nothing is
  known of the original, parlour chose; the number of such choices beside the general ones is in brackets.

What concerns operations of every resource is not repeated below: {general}; and {choices} general choices.
"""


def document(columns: Columns, versions: Mapping[str, str]) -> str:
    """The whole page."""
    published: list[Operation] = json.loads(OPERATIONS.read_text(encoding="utf-8"))["operations"]
    served = {route.id for resource in RESOURCES for route in routes(resource)} & {each["id"] for each in published}
    general = [each for each in DIFFERENCES if _is_general(each)]
    opening = _OPENING.format(
        published=len(published),
        served="all" if len(served) == len(published) else len(served),
        python=versions["python"],
        node=versions["node"],
        general=", ".join(each.name for each in general if each.kind is not Kind.CHOICE),
        choices=sum(1 for each in general if each.kind is Kind.CHOICE),
    )
    sections: dict[str, list[tuple[str, ...]]] = {}
    for operation in published:
        row = _row(operation, columns) if operation["id"] in served else _unserved(operation)
        sections.setdefault(_heading(operation), []).append(row)
    head = ("Operation", "Path", "Parameters", "Fields", "Python", "Node", "Known differences")
    return "\n".join([opening, *(f"## {name}\n\n{table(head, rows)}" for name, rows in sections.items())])


def _row(operation: Operation, columns: Columns) -> tuple[str, ...]:
    id = operation["id"]
    named = (operation["form"].keys() | operation["query"].keys()) - PAGING
    shape = next(iter(operation["responses"].values()))
    fields = (shape or {}).get("row", {})
    return (
        f"`{id}`",
        f"`{operation['method']} {operation['path']}`",
        _counted(columns["honoured"].get(id, ()), named),
        _counted(columns["rows"].get(id, ()), fields) if id in columns["rows"] else "not looked at",
        _library(columns["python"], id, named),
        _library(columns["node"], id, named),
        _differences(id),
    )


def _unserved(operation: Operation) -> tuple[str, ...]:
    return f"`{operation['id']}`", f"`{operation['method']} {operation['path']}`", "not served", "", "", "", ""


def _counted(found: Sequence[str], wanted: Sequence[str] | set[str]) -> str:
    """``all 9``, or ``7 of 9, not A and B``."""
    missing = sorted(set(wanted) - set(found))
    if not wanted:
        return "none"
    if not missing:
        return f"all {len(wanted)}"
    return f"{len(wanted) - len(missing)} of {len(wanted)}, not " + ", ".join(f"`{name}`" for name in missing)


def _library(column: Mapping[str, Sequence[str]], id: str, named: set[str]) -> str:
    if id not in column:
        return "not tested"
    sent = len(set(column[id]) & named)
    return "yes" if not named else f"yes, all {sent}" if sent == len(named) else f"yes, {sent} of {len(named)}"


def _differences(id: str) -> str:
    own = [each for each in differences_of(id) if not _is_general(each)]
    known = [each.name for each in own if each.kind is not Kind.CHOICE]
    chosen = len(own) - len(known)
    return " ".join(["; ".join(known)] * bool(known) + [f"({chosen})"] * bool(chosen)) or "none"


def _is_general(difference: Difference) -> bool:
    """Whether it concerns operations of every resource."""
    return any(pattern.split()[-1] == "*" for pattern in difference.where)


def _heading(operation: Operation) -> str:
    """The operation's resource, the same for both forms of its paths."""
    return parts(operation["id"])[1]


def current() -> str:
    """The page as the committed evidence makes it."""
    evidence = json.loads(EVIDENCE.read_text(encoding="utf-8"))
    return document(evidence["columns"], evidence["versions"])


def collect() -> Iterator[str]:
    """Runs the tests that prove it; gives what they print, a line at a time."""
    command = [sys.executable, "-m", "pytest", "-q", "--write-evidence", *PROVING]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        yield from running.stdout
    if running.returncode:
        raise SystemExit("The tests did not pass, so nothing is written.")


if __name__ == "__main__":
    if "--collect" in sys.argv[1:]:
        for line in collect():
            print(line, end="")
    TARGET.write_text(current(), encoding="utf-8")
