"""SQL is written in storage/ and in queries.py files, and nowhere else."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.source import PARLOUR, modules, shown, tree

# A whole statement, not a verb alone: a help text may well begin with "Update" or "With".
STATEMENT = re.compile(
    r"""\s*(
        select\s+(\S.*\sfrom\s|\d|\w+\()
      | insert\s+into\s
      | update\s+\S+\s+(as\s+\w+\s+)?set\s
      | delete\s+from\s
      | with\s+(recursive\s+)?\w+\s*(\([^)]*\)\s*)?as\s+((not\s+)?materialized\s+)?\(
      | (create|alter|drop|truncate)\s+(unique\s+|temp\s+)?(table|index|schema|database|type|role)\s
    )""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)


def holds_sql_by_right(path: Path) -> bool:
    inside = path.relative_to(PARLOUR)
    in_queries = inside.name == "queries.py" or "queries" in inside.parts
    return inside.parts[0] == "storage" or in_queries


def docstrings(module: ast.Module) -> set[ast.expr]:
    return {
        node.body[0].value
        for node in ast.walk(module)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }


def fixed_text(part: ast.expr) -> str:
    return str(part.value) if isinstance(part, ast.Constant) else "_"


def texts(module: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and text of every string that is not a docstring; what an f-string fills in reads `_`."""
    skipped: set[ast.AST] = set(docstrings(module))
    for node in ast.walk(module):
        if node in skipped:
            continue
        if isinstance(node, ast.JoinedStr):
            skipped.update(node.values)
            yield node.lineno, "".join(map(fixed_text, node.values))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def statements(module: ast.Module) -> list[tuple[int, str]]:
    return [(line, text) for line, text in texts(module) if STATEMENT.match(text)]


def test_no_sql_is_written_outside_storage_and_queries() -> None:
    strays = {
        f"{shown(path)}:{line}": text
        for path in modules(PARLOUR)
        if not holds_sql_by_right(path)
        for line, text in statements(tree(path))
    }
    assert not strays, "move these into a queries.py"


@pytest.mark.parametrize(
    "code",
    [
        '"select sid from messages"',
        '"SELECT 1"',
        'f"select {columns} from messages where sid = $1"',
        '"""\n    insert into messages (sid) values ($1)"""',
        '"update messages set body = $1"',
        '"delete from messages"',
        '"with last as materialized (select 1) select * from last"',
        '"create unique index on messages (sid)"',
    ],
)
def test_a_statement_is_recognised(code: str) -> None:
    assert statements(ast.parse(f"x = {code}"))


@pytest.mark.parametrize(
    "code",
    [
        '"Update the friendly name of a Conversation."',
        '"With no account given, the first one is used."',
        '"Select a region"',
        '"update"',
        '"delete:messages"',
    ],
)
def test_plain_english_is_not_taken_for_a_statement(code: str) -> None:
    assert not statements(ast.parse(f"x = {code}"))


def test_a_docstring_may_speak_of_sql() -> None:
    assert not statements(ast.parse('def f() -> None:\n    """select sid from messages"""'))
