"""The plugin that makes a skipped test count as failed."""

import pytest

SKIPPED = """
import pytest

def test_that_skips_itself():
    pytest.skip("no reason")

def test_that_passes():
    pass
"""
SKIPPED_MODULE = "import pytest\npytest.skip('no reason', allow_module_level=True)"


@pytest.fixture(autouse=True)
def two_files(pytester: pytest.Pytester, pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(pytestconfig.rootpath))
    pytester.makepyfile(test_one=SKIPPED, test_whole_module=SKIPPED_MODULE)


def test_a_skipped_test_passes_by_itself(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PARLOUR_TEST_NO_SKIP", raising=False)
    outcome = pytester.runpytest_subprocess("-p", "tests.no_skip")
    outcome.assert_outcomes(passed=1, skipped=2)


def test_a_skipped_test_fails_where_skipping_is_forbidden(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARLOUR_TEST_NO_SKIP", "1")
    outcome = pytester.runpytest_subprocess("-p", "tests.no_skip", "--continue-on-collection-errors")
    outcome.assert_outcomes(passed=1, failed=1, errors=1)
