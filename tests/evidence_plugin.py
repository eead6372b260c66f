"""pytest plugin: compares what the tests proved of each operation with tests/conformance/evidence.json.

The page docs/reference/compatibility.md is made from that file. Each of its columns comes from one file of tests and is
compared when all tests of that file ran and passed, so that a run of some tests proves and disproves nothing. A run
with ``--write-evidence`` writes the file instead, which ``python -m tools.compatibility --collect`` does.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.evidence import EVIDENCE, Evidence

FILE = Path(__file__).parent / "conformance" / "evidence.json"
SOURCES = {
    "rows": "tests/conformance/test_rows.py",
    "honoured": "tests/conformance/test_parameters.py",
    "python": "tests/sdk/test_python.py",
    "node": "tests/sdk/test_node.py",
}
"""The columns, and the tests that each comes from."""


class Completeness:
    """Which files of tests ran as a whole, and passed."""

    def __init__(self) -> None:
        self.collected: dict[str, set[str]] = defaultdict(set)
        self.passed: dict[str, set[str]] = defaultdict(set)
        self.partial: set[str] = set()

    def is_whole(self, file: str) -> bool:
        """Whether every test of *file* ran and passed."""
        return file not in self.partial and bool(self.collected[file]) and self.passed[file] >= self.collected[file]


class Plugin:
    """Collects, and compares or writes at the end."""

    def __init__(self, config: pytest.Config, file: Path = FILE, evidence: Evidence = EVIDENCE) -> None:
        self.config, self.file, self.evidence = config, file, evidence
        self.complete = Completeness()
        self.complaints: list[str] = []
        for given in config.args:
            name, _, part = given.partition("::")
            if part:
                self.complete.partial.add(_shown(config, Path(name)))

    def pytest_itemcollected(self, item: pytest.Item) -> None:
        self.complete.collected[_file(item.nodeid)].add(item.nodeid)

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        self.complete.partial.update(_file(item.nodeid) for item in items)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" and report.passed:
            self.complete.passed[_file(report.nodeid)].add(report.nodeid)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """A worker of pytest-xdist is done and hands over what it has seen."""
        if seen := getattr(node, "workeroutput", {}).get("evidence"):
            self.evidence.add(seen["columns"], seen["versions"])
            for file, tests in seen["collected"].items():
                self.complete.collected[file].update(tests)
            self.complete.partial.update(seen["partial"])

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if hasattr(self.config, "workeroutput"):
            self.config.workeroutput["evidence"] = {
                "columns": {name: self.evidence.column(name) for name in SOURCES},
                "versions": self.evidence.versions,
                "collected": {file: sorted(tests) for file, tests in self.complete.collected.items()},
                "partial": sorted(self.complete.partial),
            }
            return
        whole = [name for name, file in SOURCES.items() if self.complete.is_whole(file)]
        if self.config.getoption("--write-evidence"):
            self._write(whole)
        else:
            self.complaints += self._differences(whole)
        if self.complaints and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if self.complaints:
            terminalreporter.section("evidence", red=True)
            for complaint in self.complaints:
                terminalreporter.line(complaint)
            terminalreporter.line("After a look at this: .venv/bin/python -m tools.compatibility --collect")

    def _differences(self, whole: list[str]) -> Iterator[str]:
        """What the committed file says otherwise, of the columns whose tests all ran."""
        kept = json.loads(self.file.read_text(encoding="utf-8"))["columns"] if self.file.exists() else {}
        for name in whole:
            before, now = kept.get(name, {}), self.evidence.column(name)
            for operation in sorted(before.keys() | now.keys()):
                if before.get(operation) != now.get(operation):
                    yield f"{name} of {operation}: {before.get(operation)} committed, {now.get(operation)} seen"

    def _write(self, whole: list[str]) -> None:
        kept = json.loads(self.file.read_text(encoding="utf-8")) if self.file.exists() else {}
        columns = {**kept.get("columns", {}), **{name: self.evidence.column(name) for name in whole}}
        seen = {name: version for name, version in self.evidence.versions.items() if name in whole}
        content = {
            "versions": {**kept.get("versions", {}), **seen},
            "columns": {name: columns.get(name, {}) for name in SOURCES},
        }
        self.file.write_text(_pretty(content), encoding="utf-8")


def _pretty(content: dict[str, Any]) -> str:
    """JSON with a line for each operation, so that a difference can be read."""
    lines = ["{", f'"versions": {json.dumps(content["versions"], sort_keys=True)},', '"columns": {']
    columns = []
    for name, column in content["columns"].items():
        rows = ",\n".join(f"  {json.dumps(operation)}: {json.dumps(names)}" for operation, names in column.items())
        columns.append(f' "{name}": {{\n{rows}\n }}')
    return "\n".join([*lines, ",\n".join(columns), "}", "}", ""])


def _file(nodeid: str) -> str:
    return nodeid.partition("::")[0]


def _shown(config: pytest.Config, path: Path) -> str:
    """The file as node ids name it."""
    whole = (config.invocation_params.dir / path).resolve()
    return whole.relative_to(config.rootpath).as_posix() if whole.is_relative_to(config.rootpath) else path.as_posix()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write-evidence", action="store_true", help="write tests/conformance/evidence.json anew")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Plugin(config), "parlour-evidence")
