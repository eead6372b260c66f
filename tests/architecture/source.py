"""Reads the checkout's Python files for the tests of this folder; look elsewhere for what parlour does."""

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PARLOUR = ROOT / "src" / "parlour"


def modules(*folders: Path) -> list[Path]:
    """Every Python file below `folders`, in a stable order."""
    return sorted(path for folder in folders for path in folder.rglob("*.py"))


@cache
def tree(path: Path) -> ast.Module:
    """The syntax tree of one file; raises SyntaxError when it is not Python."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def shown(path: Path) -> str:
    """How a failing test names a file: from the top of the checkout, so that it can be opened from there."""
    return path.relative_to(ROOT).as_posix()
