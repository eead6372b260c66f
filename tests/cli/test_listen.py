"""``parlour listen``: the messages of a user's conversations, as they arrive."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.cli.asking import Caller, caller_of
from tests.cli.running import PATIENCE, RunCommand, Serving, environment
from tests.processes import started


@contextmanager
def listening(caller: Caller, *words: str) -> Iterator["subprocess.Popen[str]"]:
    """The command, which has begun; interrupted at the end of the block."""
    command = [sys.executable, "-m", "parlour", "listen", *words, *caller.words]
    pipe = subprocess.PIPE
    with started(command, cwd="/", env=environment(), stdout=pipe, stderr=pipe) as process:
        assert process.stderr is not None
        begun = process.stderr.readline()
        assert begun.startswith("Listening to"), begun + process.stderr.read()
        yield process
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE)
    assert process.returncode == 0


def room(caller: Caller, name: str, identity: str) -> str:
    sid = str(caller.call("POST", "/v1/Conversations", FriendlyName=name)["sid"])
    caller.call("POST", f"/v1/Conversations/{sid}/Participants", Identity=identity)
    return sid


def test_messages_of_old_and_new_conversations_are_shown(one_server: Serving) -> None:
    caller = caller_of(one_server)
    front = room(caller, "Front desk", "listens")
    messages = f"/v1/Conversations/{front}/Messages"
    caller.call("POST", messages, Body="before")
    with listening(caller, "listens", "--json") as process:
        assert process.stdout is not None
        first = caller.call("POST", messages, Author="dana", Body="Grüße\n👋")
        heard = json.loads(process.stdout.readline())
        assert (heard["event"], heard["author"], heard["body"]) == ("added", "dana", "Grüße\n👋")
        assert (heard["conversation_name"], heard["sid"], heard["index"]) == ("Front desk", first["sid"], 1)
        caller.call("POST", f"{messages}/{first['sid']}", Body="edited")
        assert json.loads(process.stdout.readline())["event"] == "updated"
        later = room(caller, "Later", "listens")
        caller.call("POST", f"/v1/Conversations/{later}/Messages", Body="in a new one")
        heard = json.loads(process.stdout.readline())
        assert (heard["conversation_sid"], heard["body"]) == (later, "in a new one")


def test_a_service_that_is_not_there_is_refused(one_server: Serving, command: RunCommand) -> None:
    caller = caller_of(one_server)
    result = command("listen", "dana", *caller.words, "--service", "ISnone")
    assert (result.status, result.out) == (1, "")
    assert "answers 404" in result.err


def test_lines_for_people(one_server: Serving) -> None:
    caller = caller_of(one_server)
    sid = room(caller, "Back office", "reads")
    with listening(caller, "reads") as process:
        assert process.stdout is not None
        caller.call("POST", f"/v1/Conversations/{sid}/Messages", Author="dana", Body="hello\x1b[2J")
        line = process.stdout.readline()
    assert "Back office  dana says  hello" in line
    assert "\x1b" not in line


def test_wrong_credentials_are_told_in_a_sentence(one_server: Serving, command: RunCommand) -> None:
    words = ("--url", one_server.url, "--account-sid", one_server.account, "--auth-token", "wrong")
    refused = command("listen", "alice", *words)
    assert (refused.status, refused.out) == (1, "")
    assert "401" in refused.err
