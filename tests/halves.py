"""pytest plugin: ``--half fast`` runs what a developer repeats after every change, ``--half slow`` all the others.

Fast are the parts by themselves and the resources over HTTP, each in one form of its paths.
"""

from enum import Enum
from pathlib import Path

import pytest

FAST = {"compat", "contract", "core", "resources", "runtime", "statements", "tokens", "test_log.py", "test_settings.py"}
"""Folders and files directly below ``tests/``."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--half", choices=("fast", "slow"), help="run one half of the tests instead of all")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    half = config.getoption("half")
    if half is None:
        return
    kept = [item for item in items if _is_fast(item, config.rootpath) == (half == "fast")]
    config.hook.pytest_deselected(items=[item for item in items if item not in set(kept)])
    items[:] = kept


def _is_fast(item: pytest.Item, root: Path) -> bool:
    _, first, *_ = item.path.relative_to(root).parts
    return first in FAST and not _is_in_second_form(item)


def _is_in_second_form(item: pytest.Item) -> bool:
    callspec = getattr(item, "callspec", None)
    form = callspec.params.get("form") if callspec else None
    return isinstance(form, Enum) and form is not next(iter(type(form)))
