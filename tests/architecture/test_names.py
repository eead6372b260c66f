"""Names: one class, one name; bounds are called limits and maxima; no class says nothing."""

import ast
import re
from collections import Counter
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src"
MAX_SHARED_CLASS_NAMES = 4
"""Names that two or more classes may share."""


def _trees() -> list[ast.Module]:
    trees = [ast.parse(file.read_text()) for file in sorted(SOURCE.rglob("*.py"))]
    assert len(trees) > 200
    return trees


def _constants(tree: ast.Module) -> list[str]:
    targets = [
        target
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
    ]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def test_hardly_any_two_classes_share_a_name() -> None:
    names = Counter(node.name for tree in _trees() for node in ast.walk(tree) if isinstance(node, ast.ClassDef))
    shared = sorted(name for name, times in names.items() if times > 1)
    assert len(names) > 200
    assert len(shared) <= MAX_SHARED_CLASS_NAMES, shared
    assert "House" not in names


def test_bounds_are_named_max() -> None:
    constants = [name for tree in _trees() for name in _constants(tree)]
    assert sum(name.startswith("MAX_") for name in constants) > 10
    assert [name for name in constants if re.match(r"_?(MOST|LONGEST|LARGEST)(_|$)", name)] == []
