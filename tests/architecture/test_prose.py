"""Plain English: sentences have a subject that acts, in code, pages and README alike."""

import re

from tests.architecture.source import PARLOUR, ROOT, modules

MAX_TURNS = 10
"""Times that the turns below may occur, all together."""
HEADLESS = re.compile(r'(?:^|[.;:!?]\s+|"""|[*|#-]\s+)Who (?!(?:is|are|does|may)\b[^.]*\?)\w+', re.MULTILINE)
"""A sentence that begins with a relative clause in place of a subject: ``Who waits costs nothing``."""
TOLD = re.compile(r"\b(?:is|are) told\b")
"""A passive that hides who tells."""


def turns(text: str) -> list[str]:
    """What *text* says in either way."""
    return [match[0] for pattern in (HEADLESS, TOLD) for match in pattern.finditer(text)]


def test_the_patterns_find_what_they_are_for() -> None:
    assert turns('"""Who waits is told."""') == ['"""Who waits', "is told"]
    assert turns("It goes on. Who was asked?\n* Who takes it\n") == [". Who was", "* Who takes"]
    assert turns("Those who wait are woken. Anyone who asks gets an answer.") == []


def test_sentences_name_who_acts() -> None:
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *modules(PARLOUR)]
    assert len(pages) > 200
    found = [f"{page.relative_to(ROOT)}: {turn}" for page in pages for turn in turns(page.read_text(encoding="utf-8"))]
    assert len(found) <= MAX_TURNS, "\n".join(found)
