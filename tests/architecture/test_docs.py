"""The pages tell the code as it is: links and names lead somewhere, and what is generated is current."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import get_type_hints

import pytest

from parlour.contract.rest import OWN, routes
from parlour.core import fields
from parlour.resources.catalogue import RESOURCES
from parlour.settings import FILE
from tests.architecture.source import PARLOUR, ROOT, modules, tree
from tools import client_calls, compatibility, errors, events, metrics, operations, permissions

README = ROOT / "README.md"
DOCS = ROOT / "docs"
PAGES = sorted([README, ROOT / "CHANGELOG.md", *DOCS.rglob("*.md")])
MADE_BY_USERS = {FILE}
DECISIONS = sorted((DOCS / "decisions").glob("*.md"))

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")
PATH = re.compile(r"[\w.*-]+(/[\w.*-]+)*(/|\.(py|md|toml|txt|sql))")
FUNCTION = re.compile(r"(?:(\w+)\.)?(\w+)\(\)")

on_every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())


def prose(page: Path) -> str:
    """The page without its blocks of code, which are indented."""
    return re.sub(r"^    .*$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """The names by which the page's headings can be linked to."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@cache
def names() -> set[str]:
    """Every function, class and method (also as ``Class.method``) of parlour."""
    return set(_names())


def _names() -> Iterator[str]:
    for module in map(tree, modules(PARLOUR)):
        for node in ast.walk(module):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                yield node.name
            if isinstance(node, ast.ClassDef):
                yield from (f"{node.name}.{part.name}" for part in node.body if hasattr(part, "name"))


def missing_targets(page: Path) -> list[str]:
    """The relative links of a page that lead nowhere."""
    missing = []
    for link in LINK.findall(prose(page)):
        path, _, anchor = link.partition("#")
        if "://" in link:
            continue
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            missing.append(link)
    return missing


def missing_files(text: str) -> list[str]:
    """What is written as a path (``core/sids.py``, ``rest/``) and is none, from the checkout or from parlour."""
    written = [code for code in CODE.findall(text) if PATH.fullmatch(code)]
    return [code for code in written if not any(list(top.glob(code.rstrip("/"))) for top in (ROOT, PARLOUR))]


def missing_functions(text: str) -> list[str]:
    """What is written as a function of parlour (``send()``, ``Form.read()``) and is none."""
    written = [match for code in CODE.findall(text) if (match := FUNCTION.fullmatch(code))]
    return [match[0] for match in written if match[0].removesuffix("()") not in names()]


@on_every_page
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    assert not missing_targets(page)


@on_every_page
def test_every_file_that_is_named_exists(page: Path) -> None:
    # A resource's files are named without their folder, which is any of those.
    of_any_resource = {path.name for path in PARLOUR.glob("resources/*/*.py")}
    assert not set(missing_files(prose(page))) - of_any_resource - MADE_BY_USERS


@on_every_page
def test_every_function_that_is_named_exists(page: Path) -> None:
    assert not missing_functions(prose(page))


def test_what_does_not_exist_is_noticed(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# One\n[a](gone.md) [b](#one) [c](#two) `core/gone.py` `gone/` `core/sids.py` `gone()` `new_sid()`"
    )

    assert missing_targets(page) == ["gone.md", "#two"]
    assert missing_files(prose(page)) == ["core/gone.py", "gone/"]
    assert missing_functions(prose(page)) == ["gone()"]


def test_the_reference_of_operations_is_current() -> None:
    current = operations.document()
    assert operations.TARGET.read_text(encoding="utf-8") == current, "run: .venv/bin/python -m tools.operations"


def test_the_reference_of_errors_is_current() -> None:
    assert errors.TARGET.read_text(encoding="utf-8") == errors.document(), "run: .venv/bin/python -m tools.errors"


def test_the_reference_of_events_is_current() -> None:
    assert events.TARGET.read_text(encoding="utf-8") == events.document(), "run: .venv/bin/python -m tools.events"


def test_the_reference_of_permissions_is_current() -> None:
    current = permissions.document()
    assert permissions.TARGET.read_text(encoding="utf-8") == current, "run: .venv/bin/python -m tools.permissions"


def test_the_reference_of_client_calls_is_current() -> None:
    assert client_calls.TARGET.read_text(encoding="utf-8") == client_calls.document(), (
        "run: .venv/bin/python -m tools.client_calls"
    )


def test_the_reference_of_metrics_is_current() -> None:
    assert metrics.TARGET.read_text(encoding="utf-8") == metrics.document(), "run: .venv/bin/python -m tools.metrics"


def test_the_page_of_compatibility_is_current() -> None:
    page = compatibility.TARGET.read_text(encoding="utf-8")
    assert page == compatibility.current(), "run: .venv/bin/python -m tools.compatibility"


def test_the_reference_of_operations_has_every_route_parameter_and_field() -> None:
    page = operations.TARGET.read_text(encoding="utf-8")
    absent = [
        name
        for resource in RESOURCES
        for name in (
            *get_type_hints(resource.row),
            *(f"{route.method} {route.path}" for route in routes(resource)),
            *(parameter.wire for route in routes(resource) for parameter in route.parameters),
        )
        if f"`{name}`" not in page
    ]
    assert not absent


def test_a_kind_of_parameter_that_is_not_described_stops_the_reference() -> None:
    class Fresh(fields.One):
        pass

    with pytest.raises(TypeError, match="Fresh"):
        operations.value(Fresh())


def test_the_readme_counts_the_operations_that_are_served() -> None:
    served = sum(1 for resource in RESOURCES if resource.prefix != OWN for _ in routes(resource))
    assert f"{served} of the API's {operations.PUBLISHED} operations" in README.read_text(encoding="utf-8")


def test_the_readme_names_the_targets_and_the_makefile_has_them() -> None:
    named = set(re.findall(r"\bmake ([a-z-]+)", README.read_text(encoding="utf-8")))
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert named == {"demo", "test", "test-all", "wheel", "check", "bench"}
    assert named <= targets


def test_every_folder_of_parlour_is_described() -> None:
    text = (DOCS / "architecture.md").read_text(encoding="utf-8")
    folders = {path.parent.relative_to(PARLOUR).as_posix() for path in modules(PARLOUR)} - {"."}
    assert not sorted(folder for folder in folders if f"`{folder}/`" not in text)


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_every_decision_has_the_same_form(page: Path) -> None:
    headings = re.findall(r"^## (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert headings == ["Context", "Decision", "Consequences", "What we did not choose"]


def test_the_decisions_are_numbered_without_gaps() -> None:
    assert [int(page.name[:4]) for page in DECISIONS] == list(range(1, len(DECISIONS) + 1))
