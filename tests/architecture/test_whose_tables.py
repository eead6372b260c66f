"""A table has one room that names it: storage/ names none that a resource or the delivery of facts has."""

import ast
import re
from pathlib import Path

import pytest

from parlour.resources.catalogue import TABLES
from tests.architecture.source import PARLOUR, modules, tree

STORAGE = PARLOUR / "storage"
WRITES = re.compile(r"\b(?:insert\s+into|delete\s+from|update(?=\s+\w+(?:\s+\w+)?\s+set\b))\s+([a-z_]+)", re.IGNORECASE)
WORD = re.compile(r"[a-z_]+")

THE_LOGS_OWN = {"events"}
"""Told by hand where a message and its fact are one statement."""

NAMED_WITH_REASON = {
    ("key_check.py", "accounts"): "has secrets, and no key that does not open them all may be noted",
    ("key_check.py", "api_keys"): "the same",
    ("key_check.py", "credentials"): "the same",
    ("log.py", "accounts"): "is walked, since facts are forgotten account by account",
    ("clusters.py", "delivery_lanes"): "is claimed by processes of the cluster that a dump came from",
}


def strings(module: ast.Module) -> list[str]:
    """All that are no docstrings, of f-strings the fixed parts."""
    said = {node.value for node in ast.walk(module) if isinstance(node, ast.Expr)}
    return [
        node.value
        for node in ast.walk(module)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in said
    ]


def written(module: ast.Module) -> set[str]:
    return {table for text in strings(module) for table in WRITES.findall(text)}


def named(module: ast.Module, tables: set[str]) -> set[str]:
    return {word for text in strings(module) for word in WORD.findall(text)} & tables


def queries() -> list[Path]:
    return [path for path in modules(PARLOUR) if path.name == "queries.py" or path.parent.name == "queries"]


def tables_of_resources() -> set[str]:
    """Those that are declared, and those without a service, which a queries file writes into."""
    return {table.name for table in TABLES}.union(*(written(tree(path)) for path in queries())) - THE_LOGS_OWN


def found() -> set[tuple[str, str]]:
    tables = tables_of_resources()
    return {
        (str(path.relative_to(STORAGE)), table)
        for path in modules(STORAGE)
        if "migrations" not in path.relative_to(STORAGE).parts
        for table in named(tree(path), tables)
    }


def test_storage_names_no_table_of_a_resource() -> None:
    assert found() == set(NAMED_WITH_REASON), "let the resource declare it in its parts.py"


@pytest.mark.parametrize("table", ["conversations", "messages", "deliveries", "delivery_lanes", "accounts"])
def test_the_tables_of_resources_are_found(table: str) -> None:
    assert table in tables_of_resources()


def test_a_table_is_seen_in_any_part_of_a_statement() -> None:
    module = ast.parse('x = f"select {a} from events, lateral (select from conversations limit {n}) as c"')
    assert named(module, {"conversations", "messages"}) == {"conversations"}


def test_a_docstring_may_speak_of_a_table() -> None:
    assert not named(ast.parse('N = 1\n"""Rows of messages."""'), {"messages"})
