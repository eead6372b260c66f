"""Nothing that a stranger wrote reaches the terminal as a command to it, whichever of parlour's commands shows it."""

import json
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest
import typer

from parlour.cli.main import app
from tests.cli.asking import Caller
from tests.cli.running import Result, Serving, environment, run_command
from tests.cli.tailing import tailing
from tests.terminal import on_a_terminal

HOSTILE = "\x1b]0;owned\x07\x9b31m\u202e\u2066\x7f\r\n\tAC0 "
SHOWN = "\\x1b]0;owned\\x07\\x9b31m\\u202e\\u2066\\x7f"
TWICE = "\\\\x1b"
OBEYED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""What a terminal may do something else with than show it, but for the ends of lines."""


class Receiver(BaseHTTPRequestHandler):
    """A webhook that answers what it should not."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200, "OK")
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("X-Odd", "\x9b31m\x85")
        self.end_headers()
        self.wfile.write(HOSTILE.encode())

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@contextmanager
def receiving() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


class Story:
    """An account, all of whose names and words are hostile, and the words of every command that shows them."""

    def __init__(self, serving: Serving, folder: Path) -> None:
        made = run_command("account", "create", "--data", str(serving.data), "--name", HOSTILE, "--json").document
        self.caller = Caller(serving, made["sid"], made["auth_token"])
        with receiving() as url:
            filters = ["onMessageAdded"]
            call = self.caller.call
            call("POST", "/v1/Configuration/Webhooks", PostWebhookUrl=url, Method="POST", Filters=filters)
            conversation = call("POST", "/v1/Conversations", FriendlyName=HOSTILE, **{HOSTILE: HOSTILE})["sid"]
            path = f"/v1/Conversations/{conversation}/Messages"
            message = call("POST", path, Body=HOSTILE, Author=HOSTILE, Attributes=json.dumps({HOSTILE: HOSTILE}))["sid"]
            (delivery,) = self.caller.deliveries()
        recording = folder / "calls.txt"
        recording.write_text("GET /v1/Ro\x1bles evil\x1b[31m\x9b/1.0\nGET /v1/\x1b]0;owned\x07\n", encoding="utf-8")
        where = ("--data", str(serving.data))
        of_account = (*where, "--account", self.caller.account)
        key = run_command("key", "create", *of_account, "--name", HOSTILE, "--json").document
        self.words: dict[str, tuple[str, ...]] = {
            "account create": (*where, "--name", HOSTILE),
            "account list": (*where, "--show-tokens"),
            "backup": (str(folder), *where),
            "clock advance": (HOSTILE, *where),
            "clock freeze": (HOSTILE, *where),
            "clock resume": where,
            "clock set": (HOSTILE, *where),
            "clock show": where,
            "compat": ("--recording", str(recording)),
            "doctor": (*where, "--host", HOSTILE),
            "explain": (message, "--facts", *self.caller.words),
            "get": (f"/v1/Conversations/{conversation}", *self.caller.words),
            "key create": (*of_account, "--name", HOSTILE),
            "key delete": (key["sid"], *where),
            "key list": of_account,
            "listen": (HOSTILE, *self.caller.words, "--service", HOSTILE),
            "migrate": where,
            "open": ("--url", HOSTILE),
            "restore": (HOSTILE, *where),
            "seed": (*of_account, "--conversations", "1", "--service", HOSTILE),
            "serve": (*where, "--host", HOSTILE),
            "tail": (*self.caller.words, "--only", HOSTILE),
            "token": ("--identity", HOSTILE, *self.caller.words, "--service", HOSTILE),
            "version": (HOSTILE,),
            "webhook list": self.caller.words,
            "webhook replay": (delivery["sid"], *self.caller.words),
            "webhook show": (delivery["sid"], *self.caller.words),
        }


@pytest.fixture(scope="module")
def story(one_server: Serving, tmp_path_factory: pytest.TempPathFactory) -> Story:
    return Story(one_server, tmp_path_factory.mktemp("recording"))


def commands(group: Any, *names: str) -> Iterator[str]:
    for name, command in group.commands.items():
        below = hasattr(command, "commands")
        yield from commands(command, *names, name) if below else (" ".join((*names, name)),)


COMMANDS = sorted(commands(typer.main.get_command(app)))


def test_every_command_has_its_words_here(story: Story) -> None:
    assert sorted(story.words) == COMMANDS


def run(*words: str) -> Result:
    """The command in a pipe; or on a terminal, where it prints elsewhere what came as it came."""
    if words[0] != "get":
        return run_command(*words)
    return Result(0, on_a_terminal([sys.executable, "-m", "parlour", *words], environment=environment()), "")


def assert_is_shown(result: Result) -> None:
    said = result.out + result.err
    assert said
    assert "Traceback" not in said
    assert not OBEYED.search(said)


@pytest.mark.parametrize("word", [f"--{HOSTILE}", "\udcff", HOSTILE])
def test_neither_does_what_is_said_of_a_wrong_command_line(word: str) -> None:
    for words in ((word,), (word, "--json"), ("key", "delete", "--port", word), ("clock", word, "--json")):
        assert_is_shown(run_command(*words))


@pytest.mark.parametrize("name", COMMANDS)
def test_no_command_prints_what_a_terminal_obeys(name: str, story: Story) -> None:
    words = (*name.split(), *story.words[name])
    plain, as_json = run(*words), run_command(*words, "--json")
    assert_is_shown(plain)
    assert_is_shown(as_json)
    assert TWICE not in plain.out + plain.err
    assert as_json.document is not None


@pytest.mark.parametrize("name", ["account list", "key list", "webhook show", "doctor", "serve"])
def test_it_is_shown_where_it_belongs(name: str, story: Story) -> None:
    result: Result = run_command(*name.split(), *story.words[name])
    assert SHOWN in result.out + result.err or "\\u001b]0;owned" in result.out


def test_what_a_document_holds_is_what_was_stored(story: Story) -> None:
    found = run_command("account", "list", "--json", "--data", str(story.caller.serving.data)).document["accounts"]
    assert HOSTILE in [each["friendly_name"] for each in found]


def test_tail_shows_it_too(story: Story) -> None:
    with tailing(story.caller) as process:
        with pytest.raises(HTTPError, match="404"):
            story.caller.call("GET", "/v1/Users/%1B%5D0;%C2%9B%E2%80%AE")
        assert process.stdout is not None
        assert not OBEYED.search(process.stdout.readline())
