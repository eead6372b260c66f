"""`make demo`: what it prints can be pasted, a second run finds what the first has made, Ctrl-C ends it in order."""

import json
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import PATIENCE, environment, lives, paste, postgres_of
from tests.processes import started

DEMO = Path(__file__).parents[1] / "demo" / "run.py"


@pytest.fixture
def data() -> Iterator[Path]:
    """A data folder that does not exist yet, in one that every user can reach."""
    with tempfile.TemporaryDirectory(prefix="parlour-test-", dir="/tmp") as made:
        Path(made).chmod(0o755)
        yield Path(made, "data")


def demonstrate(data: Path, end: signal.Signals) -> tuple[str, list[dict[str, Any]]]:
    """What the demonstration prints, and what its curl lines are answered while it goes on serving."""
    command = [sys.executable, str(DEMO), str(data)]
    with started(command, env=environment(), stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        said = ""
        while "Ctrl-C stops it." not in said:
            line = process.stdout.readline()
            assert line, said
            said += line
        answers = [paste(line) for line in said.splitlines() if line.startswith("  curl ")]
        postgres = postgres_of(data)
        process.send_signal(end)
        said += process.communicate(timeout=PATIENCE)[0]
    assert process.returncode == 0
    assert not lives(postgres)
    return said, answers


def test_the_demonstration_shows_both_lists_and_is_there_again_the_next_time(data: Path) -> None:
    said, (of_identity, of_address, of_user) = demonstrate(data, signal.SIGINT)
    filled = re.search(r"(\d+) conversations in (\d+) languages, (\d+) messages", said)
    assert filled is not None
    before_the_answers = said.partition("Which conversations")[0].splitlines()
    assert [line for line in before_the_answers if len(line) > 80] == [], "a terminal would break them within a word"
    conversations, languages, messages = filled.groups()
    assert int(languages) >= 20
    assert int(messages) > int(conversations) > int(languages)
    assert len(of_identity["conversations"]) == len(of_address["conversations"]) == 3
    assert all(row["participant_messaging_binding"]["type"] == "sms" for row in of_address["conversations"])
    unread = [row["unread_messages_count"] for row in of_user["conversations"]]
    assert len(set(unread)) == 3, "read horizons differ"

    again, answers = demonstrate(data, signal.SIGTERM)
    assert f"is there already: {conversations} conversations in {languages} languages" in again
    assert [without_place(each) for each in answers] == [
        without_place(each) for each in (of_identity, of_address, of_user)
    ]


def without_place(page: dict[str, Any]) -> str:
    """The rows, whatever port they were served from."""
    return re.sub(r"http://127\.0\.0\.1:\d+", "", json.dumps(page["conversations"]))
