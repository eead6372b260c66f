"""pytest plugin: where PARLOUR_TEST_NO_SKIP is set, a skipped test counts as failed, since it proves nothing."""

import os
from collections.abc import Generator
from typing import TypeVar

import pytest

STRICT = os.environ.get("PARLOUR_TEST_NO_SKIP", "") not in ("", "0")

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    return report if hasattr(report, "wasxfail") else _failed_if_skipped(report)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    return _failed_if_skipped((yield))


def _failed_if_skipped(report: Report) -> Report:
    if STRICT and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"skipped, which PARLOUR_TEST_NO_SKIP forbids: {report.longrepr}"
    return report
