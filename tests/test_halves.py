"""The plugin that runs one half of the tests."""

import pytest

from tests.halves import FAST

FORMS = """
import enum, pytest

class Form(enum.Enum):
    SHORT = "short"
    SERVICE = "service"

@pytest.mark.parametrize("form", list(Form), ids=lambda form: form.value)
def test_in_both_forms(form):
    pass

def test_once():
    pass
"""
PART = "def test_of_a_part():\n    pass\n"


@pytest.fixture(autouse=True)
def files(pytester: pytest.Pytester, pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(pytestconfig.rootpath))
    pytester.makeini("[pytest]\naddopts = --import-mode=importlib")
    for folder, name, text in (
        ("resources", "test_forms", FORMS),
        ("core", "test_part", PART),
        ("cli", "test_command", PART),
    ):
        path = pytester.mkdir("tests") if not (pytester.path / "tests").exists() else pytester.path / "tests"
        (path / folder).mkdir()
        (path / folder / f"{name}.py").write_text(text)


def names(pytester: pytest.Pytester, *words: str) -> set[str]:
    done = pytester.runpytest_subprocess("-p", "tests.halves", "--collect-only", "-q", *words)
    return {line.rpartition("/")[2] for line in done.outlines if "::" in line}


def test_the_halves_are_the_whole_and_share_nothing(pytester: pytest.Pytester) -> None:
    fast, slow = names(pytester, "--half", "fast"), names(pytester, "--half", "slow")
    assert fast == {
        "test_forms.py::test_in_both_forms[short]",
        "test_forms.py::test_once",
        "test_part.py::test_of_a_part",
    }
    assert slow == {"test_forms.py::test_in_both_forms[service]", "test_command.py::test_of_a_part"}
    assert fast | slow == names(pytester)


def test_what_is_fast_exists(pytestconfig: pytest.Config) -> None:
    assert all((pytestconfig.rootpath / "tests" / name).exists() for name in FAST)
