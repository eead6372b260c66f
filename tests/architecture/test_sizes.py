"""Files stay short, say what they are for, and carry the house's names."""

import ast
import re

from tests.architecture.source import PARLOUR, ROOT, modules, shown, tree

MAX_LINES = 350
VAGUE_CLASS = re.compile(r"(Service|Manager|Helper|Handler|Util)s?$")
VAGUE_MODULES = {"common", "utils", "util", "base", "misc", "helpers", "helper"}
THE_API_RESOURCE = ("src/parlour/resources/services/model.py", "Service")


def test_there_is_something_to_measure() -> None:
    assert len(modules(PARLOUR)) > 5


def test_no_file_is_longer_than_350_lines() -> None:
    lengths = {shown(path): len(path.read_text(encoding="utf-8").splitlines()) for path in modules(PARLOUR)}
    too_long = {name: length for name, length in lengths.items() if length > MAX_LINES}
    assert not too_long, "split these by what they are about"


def test_every_module_opens_with_a_sentence_about_itself() -> None:
    silent = [shown(path) for path in modules(PARLOUR) if not (ast.get_docstring(tree(path)) or "").strip()]
    assert not silent, "open these with one sentence that tells a reader whether they are in the right place"


def test_no_module_has_a_name_that_fits_anything() -> None:
    folders = [path for path in PARLOUR.rglob("*") if path.is_dir()]
    vague = [shown(path) for path in [*modules(PARLOUR), *folders] if path.stem in VAGUE_MODULES]
    assert not vague, "name these after what they hold"


def test_no_class_has_a_name_that_fits_anything() -> None:
    classes = [
        (shown(path), node.name)
        for path in modules(PARLOUR)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef)
    ]
    vague = [found for found in classes if VAGUE_CLASS.search(found[1]) and found != THE_API_RESOURCE]
    assert not vague, "name these in the field's own words; Service is the API's resource and nothing else"


def test_annotations_stay_real_because_msgspec_reads_them() -> None:
    postponed = [
        shown(path)
        for path in modules(PARLOUR, ROOT / "tests")
        for node in tree(path).body
        if isinstance(node, ast.ImportFrom) and node.module == "__future__"
    ]
    assert not postponed
