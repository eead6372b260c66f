"""The machine knows no kind of receiver: none of the words of webhooks is in it, in code or in comments."""

import re
from pathlib import Path

import pytest

from tests.architecture.source import PARLOUR, modules

WORDS = re.compile(r"hook|url|http|studio|signature", re.IGNORECASE)
MACHINE = [path for path in modules(PARLOUR) if path.relative_to(PARLOUR).parts[0] == "delivery"]


def test_there_is_a_machine() -> None:
    assert {"relay.py", "deliverer.py", "keeping.py", "retention.py", "lanes.py"} <= {path.name for path in MACHINE}


@pytest.mark.parametrize("path", MACHINE, ids=lambda path: path.relative_to(PARLOUR).as_posix())
def test_none_of_the_words_of_a_kind_is_in_the_machine(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if WORDS.search(line)] == []
