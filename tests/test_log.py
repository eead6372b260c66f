"""What a line of the log holds, and what it does not, whoever writes it."""

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from parlour import log
from tests.terminal import on_a_terminal

BEGIN = """
import asyncio, logging, structlog
from parlour.core import trace
from parlour.log import configure_logs
log = structlog.get_logger()
"""


def logged(program: str, setup: str = "'info'") -> str:
    """What a program logs, in a process of its own since this changes how the whole process logs."""
    text = f"{BEGIN}configure_logs({setup})\n{program}"
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert done.stdout == ""
    return done.stderr


def line(program: str, setup: str = "'info'") -> dict[str, Any]:
    """The one line that it logs, but for its time."""
    found: dict[str, Any] = json.loads(logged(program, setup))
    assert found.pop("timestamp").endswith("Z")
    return found


CHAINED = """
try:
    try:
        raise KeyError("a secret")
    except KeyError as error:
        raise ExceptionGroup("secrets", [OSError(28, "a secret"), ValueError("a secret")]) from error
except ExceptionGroup as error:
    log.error("failed", exc_info=error)
"""


def test_a_name_that_is_not_known_is_logged_without_its_value() -> None:
    assert line("log.info('done', status=200, code=None, body='a secret', sensitive=lambda: {'url': 'a secret'})") == {
        "event": "done",
        "level": "info",
        "status": 200,
        "body": "(left out: log_sensitive)",
    }


def test_what_parlour_itself_logs_is_known() -> None:
    source = Path(log.__file__).parent
    logged = {
        keyword.arg
        for path in source.rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)
        if isinstance(call.func.value, ast.Name) and call.func.value.id == "_log"
        for keyword in call.keywords
    }
    assert "given_up" in logged
    assert logged - {"exc_info", log.SENSITIVE, "error"} <= log.SAFE, "an error's words may hold anything"


def test_an_exception_is_logged_with_its_causes_places_and_kinds_but_not_its_words() -> None:
    lines = line(CHAINED)["exception"].splitlines()
    assert lines[0].startswith("<string>:")
    assert [each for each in lines if not each.startswith("<string>:")] == [
        "KeyError",
        "ExceptionGroup",
        "  OSError (errno 28)",
        "  ValueError",
    ]


@pytest.mark.parametrize("write", ["log.exception('failed')", "log.error('failed', exc_info=True)"])
def test_the_exception_that_is_being_handled_is_found(write: str) -> None:
    found = line(f"try:\n    int('a secret')\nexcept ValueError:\n    {write}")
    assert found["exception"].endswith("ValueError")
    assert "a secret" not in found["exception"].replace("int('a secret')", "")


def test_who_asks_for_it_gets_everything() -> None:
    found = line("log.info('done', body='b', sensitive=lambda: {'url': 'u'})", "'info', is_sensitive=True")
    assert found == {"event": "done", "level": "info", "body": "b", "url": "u"}
    assert line(CHAINED, "'info', is_sensitive=True")["exception"].count("a secret") >= 3


def test_what_other_libraries_log_is_held_to_the_same() -> None:
    found = line("logging.getLogger('aiohttp.client').warning('Cannot reach %s', 'a secret')")
    assert found == {"event": "Cannot reach %s", "level": "warning", "logger": "aiohttp.client"}
    assert line("logging.getLogger('x').warning('%d of %d', 1, 2)")["event"] == "1 of 2"


def test_a_task_whose_exception_nobody_retrieved_tells_no_words_of_it() -> None:
    found = line(
        """
async def fail():
    raise ValueError("a se" + "cret")
async def main():
    task = asyncio.ensure_future(fail())
    await asyncio.wait([task])
    del task
asyncio.run(main())
"""
    )
    assert (found["event"], found["logger"]) == ("Task exception was never retrieved", "asyncio")
    assert found["exception"].endswith("ValueError")
    assert "a secret" not in json.dumps(found)


def test_lines_carry_what_is_known_of_the_work_that_is_going_on() -> None:
    program = """
trace.begin("RQ1")["account"] = "AC1"
log.info("of its own", account="AC2", delivery="WD1", conversation=None)
log.info("as it is known")
"""
    first, second = map(json.loads, logged(program).splitlines())
    assert (first["request_id"], first["account"], first["delivery"]) == ("RQ1", "AC2", "WD1")
    assert "conversation" not in first
    assert (second["request_id"], second["account"], "delivery" in second) == ("RQ1", "AC1", False)


def test_people_get_lines_and_an_exception_below_them() -> None:
    told = logged("log.info('done', status=200, body='a secret')\n" + CHAINED, "'info', 'console'")
    assert "done" in told
    assert "KeyError" in told
    assert "200" in told
    assert "a secret" not in told.replace('KeyError("a secret")', "").replace('"a secret")', "")
    assert not told.startswith("{")


def test_what_is_below_the_level_is_not_logged() -> None:
    assert logged("log.info('done')\nlogging.getLogger('x').info('done')", "'warning'") == ""


REQUEST_LINE = (
    "log.info('request', operation='CreateServiceConversationWithParticipants', method='POST', path='/v1/{X}',"
    " status=400, code=50403, milliseconds=12345.6, request_id='RQ' + 32 * 'a', account='AC' + 32 * 'a')\n"
)
WEBHOOK_LINE = (
    "log.warning('webhook', webhook='post', event_type='onConversationStateUpdated', fault='unreachable', attempt=3,"
    " verdict='retry', milliseconds=5000.0, delivery='WD' + 32 * 'a', host='a.very.long.name.example.org')\n"
)


def test_on_a_screen_requests_and_webhooks_have_a_short_line_each() -> None:
    request, webhook = logged(REQUEST_LINE + WEBHOOK_LINE, "'info', 'console'").splitlines()
    assert request[8:] == "   400  12346 ms  CreateServiceConversationWithParticipants  code 50403"
    assert webhook[8:] == "  none  5000 ms  onConversationStateUpdated  retry, unreachable, try 4"
    assert max(len(request), len(webhook)) <= 80
    short = logged(
        "log.info('request', operation='ListRole', status=200, milliseconds=1, request_id='RQ1')", "'info', 'console'"
    )
    assert short[8:] == "   200     1 ms  ListRole  RQ1\n"
    unserved = logged("log.info('request', method='GET', path='', status=404, milliseconds=1)", "'info', 'console'")
    assert unserved[8:] == "   404     1 ms  GET (no such path)\n"


HOSTILE = "\x1b]0;owned\x07\u202e\x9b31m\r\n"


@pytest.mark.parametrize("form", ["console", "json"])
def test_no_line_holds_what_a_terminal_would_obey(form: str) -> None:
    program = f"""
log.info({HOSTILE!r}, status=200, body={HOSTILE!r}, parameters=[({HOSTILE!r}, {{{HOSTILE!r}}})])
log.info('request', operation='ListRole', status=200, milliseconds=1, path={HOSTILE!r}, url={HOSTILE!r})
logging.getLogger('x').warning({HOSTILE!r})
try:
    raise ValueError({HOSTILE!r})
except ValueError:
    log.exception('failed')
"""
    told = logged(program, f"'info', {form!r}, is_sensitive=True")
    assert "owned" in told
    assert not set(HOSTILE) & set(told) - set("\n]0;owned31m")
    assert "\\\\x1b" not in told
    if form == "json":
        assert next(json.loads(each)["event"] for each in told.splitlines()) == HOSTILE


def test_colours_are_for_terminals_that_want_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    program = f"{BEGIN}configure_logs('info')\n{REQUEST_LINE}log.warning('done')\n"
    assert "\x1b[33m" in on_a_terminal([sys.executable, "-c", program])
    monkeypatch.setenv("NO_COLOR", "1")
    plain = on_a_terminal([sys.executable, "-c", program])
    assert "CreateServiceConversationWithParticipants" in plain
    assert "\x1b" not in plain
