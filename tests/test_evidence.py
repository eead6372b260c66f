"""The evidence of the tests: compared where whole files of tests passed, and only there."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.evidence import Evidence
from tests.evidence_plugin import SOURCES, Plugin

COMMITTED = {"versions": {}, "columns": {"rows": {"FetchUser": ["sid"]}, "honoured": {}, "python": {}, "node": {}}}


class Item:
    """As much of a test as the plugin looks at."""

    def __init__(self, name: str, file: str = SOURCES["rows"]) -> None:
        self.nodeid = f"{file}::{name}"


class Report(Item):
    """A test that passed or did not."""

    def __init__(self, name: str, passed: bool = True) -> None:
        super().__init__(name)
        self.when, self.passed = "call", passed


class Session:
    exitstatus = pytest.ExitCode.OK


def ran(pytester: pytest.Pytester, *reports: Report, words: tuple[str, ...] = (), seen: tuple[str, ...] = ()) -> Plugin:
    """The plugin after a run of the tests of rows, two of which exist."""
    file = pytester.path / "evidence.json"
    if not file.exists():
        file.write_text(json.dumps(COMMITTED))
    evidence = Evidence()
    evidence.saw("rows", "FetchUser", seen)
    plugin = Plugin(pytester.parseconfig("-p", "tests.evidence_plugin", *words), file, evidence)
    for name in ("one", "two"):
        plugin.pytest_itemcollected(Item(name))  # type: ignore[arg-type]
    for report in reports:
        plugin.pytest_runtest_logreport(report)  # type: ignore[arg-type]
    return plugin


def ended(plugin: Plugin) -> tuple[list[str], pytest.ExitCode]:
    """What the plugin complains of, and how the session ends."""
    session = Session()
    plugin.pytest_sessionfinish(session)  # type: ignore[arg-type]
    return plugin.complaints, session.exitstatus


BOTH = (Report("one"), Report("two"))


def test_a_whole_run_that_proves_what_is_committed_ends_well(pytester: pytest.Pytester) -> None:
    assert ended(ran(pytester, *BOTH, seen=("sid",))) == ([], pytest.ExitCode.OK)


def test_a_whole_run_that_proves_something_else_fails(pytester: pytest.Pytester) -> None:
    complaints, status = ended(ran(pytester, *BOTH, seen=("sid", "url")))
    assert complaints == ["rows of FetchUser: ['sid'] committed, ['sid', 'url'] seen"]
    assert status == pytest.ExitCode.TESTS_FAILED


@pytest.mark.parametrize(
    ("reports", "words"),
    [
        ((Report("one"),), ()),
        ((Report("one"), Report("two", passed=False)), ()),
        (BOTH, (f"{SOURCES['rows']}::one",)),
    ],
    ids=["not all", "not all passed", "one was named"],
)
def test_a_run_of_some_tests_proves_nothing(
    pytester: pytest.Pytester, reports: tuple[Report, ...], words: tuple[str, ...]
) -> None:
    assert ended(ran(pytester, *reports, words=words, seen=("url",))) == ([], pytest.ExitCode.OK)


def test_tests_that_were_left_out_make_a_run_of_some_tests(pytester: pytest.Pytester) -> None:
    plugin = ran(pytester, *BOTH, seen=("url",))
    plugin.pytest_deselected([Item("three")])  # type: ignore[list-item]
    assert ended(plugin)[0] == []


def test_a_run_may_write_what_it_proved_and_leaves_the_rest(pytester: pytest.Pytester) -> None:
    plugin = ran(pytester, *BOTH, words=("--write-evidence",), seen=("sid", "url"))
    assert ended(plugin) == ([], pytest.ExitCode.OK)
    written = json.loads((pytester.path / "evidence.json").read_text())
    assert written["columns"]["rows"] == {"FetchUser": ["sid", "url"]}
    assert ended(ran(pytester, *BOTH, seen=("sid", "url"))) == ([], pytest.ExitCode.OK)


def test_what_other_processes_saw_is_added(pytester: pytest.Pytester) -> None:
    plugin = ran(pytester, *BOTH)

    seen = {
        "columns": {"rows": {"FetchUser": ["sid"]}},
        "versions": {"python": "9"},
        "collected": {SOURCES["rows"]: [f"{SOURCES['rows']}::one"]},
        "partial": [],
    }
    plugin.pytest_testnodedown(SimpleNamespace(workeroutput={"evidence": seen}), None)
    assert ended(plugin) == ([], pytest.ExitCode.OK)
    assert plugin.evidence.versions == {"python": "9"}


def test_the_files_of_the_evidence_exist() -> None:
    assert all((Path(__file__).parents[1] / file).is_file() for file in SOURCES.values())
