"""An action asks its work, and never reaches through it; what is shared is built complete, and nothing is set later."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.source import PARLOUR, modules, shown, tree

SHARED = ("node", "signals", "hub", "bus", "work")
"""What the parts that several others are handed are called."""


def reached_through(module: ast.AST) -> Iterator[int]:
    """The lines in which something goes through a Work to what is behind it."""
    for each in ast.walk(module):
        if not isinstance(each, ast.Attribute) or _last(each.value) != "work":
            continue
        if each.attr.lstrip("_") in SHARED or each.attr.startswith("_"):
            yield each.lineno


def filled_in(module: ast.AST) -> Iterator[int]:
    """The lines in which a shared part is given something after it was built."""
    for each in ast.walk(module):
        if isinstance(each, ast.Assign):
            targets = each.targets
        elif isinstance(each, ast.AnnAssign | ast.AugAssign):
            targets = [each.target]
        else:
            continue
        for target in targets:
            if isinstance(target, ast.Attribute) and _last(target.value) in SHARED:
                yield target.lineno


def _last(value: ast.expr) -> str:
    """The word before the last dot: ``node`` in ``self._node.loops``."""
    name = value.attr if isinstance(value, ast.Attribute) else value.id if isinstance(value, ast.Name) else ""
    return name.lstrip("_")


@pytest.mark.parametrize("path", modules(PARLOUR), ids=shown)
def test_nothing_reaches_through_a_work_or_fills_a_part_in_later(path: Path) -> None:
    assert list(reached_through(tree(path))) == []
    assert list(filled_in(tree(path))) == []


@pytest.mark.parametrize("line", ["work.node.clock.now()", "x = work._node", "await work.signals.hub.wake(())"])
def test_reaching_through_is_seen(line: str) -> None:
    assert list(reached_through(ast.parse(f"async def step(): {line}"))) == [1]


@pytest.mark.parametrize("line", ["node.asker = ask", "self._node.loops = {}", "signals.bus: Bus = bus", "hub.n += 1"])
def test_filling_in_is_seen(line: str) -> None:
    assert list(filled_in(ast.parse(line))) == [1]
