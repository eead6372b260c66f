"""storage/embedded could be a package of its own: it knows nothing else of parlour."""

import ast
from collections.abc import Iterator

import pytest

from tests.architecture.source import PARLOUR, modules, shown, tree

EMBEDDED = "parlour.storage.embedded"


def others(module: ast.Module) -> Iterator[str]:
    """What the module imports of parlour beside EMBEDDED."""
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            names = [each.name for each in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{each.name}" for each in node.names]
        else:
            continue
        yield from (name for name in names if f"{name}.".startswith("parlour.") and not _is_embedded(name))


def _is_embedded(name: str) -> bool:
    return f"{name}.".startswith(f"{EMBEDDED}.")


def test_the_embedded_postgresql_imports_nothing_else_of_parlour() -> None:
    files = modules(PARLOUR / "storage" / "embedded")
    assert any(EMBEDDED in path.read_text(encoding="utf-8") for path in files)
    found = {shown(path): names for path in files if (names := list(others(tree(path))))}
    assert not found


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("from parlour.core.sids import Prefix", ["parlour.core.sids.Prefix"]),
        ("import parlour.log", ["parlour.log"]),
        ("from parlour import settings", ["parlour.settings"]),
        ("def f() -> None:\n    from parlour.storage import vault", ["parlour.storage.vault"]),
        ("from parlour.storage.embedded.locks import FileLock\nimport os", []),
        ("from parlour.storage import embedded", []),
    ],
)
def test_an_import_of_something_else_is_recognised(code: str, names: list[str]) -> None:
    assert list(others(ast.parse(code))) == names
