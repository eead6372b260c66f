"""`make demo`: what it prints can be pasted, a second run finds what the first has made, Ctrl-C ends it in order."""

import json
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.account_client import basic
from tests.cli.running import PATIENCE, environment, lives, paste, postgres_of
from tests.processes import started

ROOT = Path(__file__).parents[1]
DEMO = ROOT / "demo" / "run.py"


@pytest.fixture
def data() -> Iterator[Path]:
    """A data folder that does not exist yet, in one that every user can reach."""
    with tempfile.TemporaryDirectory(prefix="parlour-test-", dir="/tmp") as made:
        Path(made).chmod(0o755)
        yield Path(made, "data")


def demonstrate(data: Path, end: signal.Signals, *, is_last: bool = False) -> tuple[str, list[dict[str, Any]]]:
    """What the demonstration prints, and what its curl lines are answered while it goes on serving."""
    command = [sys.executable, str(DEMO), str(data)]
    with started(command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        said = ""
        while "Ctrl-C stops it." not in said:
            line = process.stdout.readline()
            assert line, said
            said += line
        shown = [line for line in said.splitlines() if line.startswith("  ")]
        answers = [paste(line) for line in shown if line.startswith("  curl ") and " -d " not in line]
        if is_last:  # it adds a message, which would show in the lists
            hear_a_message(*(shlex.split(line) for line in shown if "listen listener" in line or " -d " in line))
        postgres = postgres_of(data)
        process.send_signal(end)
        said += process.communicate(timeout=PATIENCE)[0]
    assert process.returncode == 0
    assert not lives(postgres)
    return said, answers


def hear_a_message(listening: list[str], sending: list[str]) -> None:
    """The two commands that the demonstration shows for that do what it says."""
    _, _, credentials, _, form, url = sending
    with started(
        [*listening, "--json"], cwd=ROOT, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as it:
        assert it.stdout is not None
        assert it.stderr is not None
        assert "conversations of listener" in it.stderr.readline()
        username, _, password = credentials.partition(":")
        request = urllib.request.Request(url, form.encode(), {"Authorization": basic(username, password)})
        with urllib.request.urlopen(request, timeout=PATIENCE) as response:
            sent = json.load(response)
        heard = json.loads(it.stdout.readline())
        assert (heard["sid"], heard["body"]) == (sent["sid"], "Hello")


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

    again, answers = demonstrate(data, signal.SIGTERM, is_last=True)
    assert f"is there already: {conversations} conversations in {languages} languages" in again
    assert [without_place(each) for each in answers] == [
        without_place(each) for each in (of_identity, of_address, of_user)
    ]


def without_place(page: dict[str, Any]) -> str:
    """The rows, whatever port they were served from."""
    return re.sub(r"http://127\.0\.0\.1:\d+", "", json.dumps(page["conversations"]))
