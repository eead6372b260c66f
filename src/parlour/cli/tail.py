"""``parlour tail``: the requests, facts, deliveries and sockets of an account, as they happen."""

import re
import time
from collections.abc import Collection, Iterator
from contextlib import suppress
from datetime import datetime
from http.client import HTTPResponse
from typing import Any

import msgspec
from rich.text import Text

from parlour.cli.access import Access
from parlour.cli.client import Refused, ServerClient
from parlour.cli.find_server import connect
from parlour.cli.output import folded, note, show_styled, styled
from parlour.contract.rest import OWN
from parlour.serving.errors import CannotDo

_RECONNECT_SECONDS = 1.0
"""Seconds after which a stream that ended is opened again."""
_STYLES = {"request": "cyan", "event": "magenta", "delivery": "blue", "socket": "green"}
_INDENT = 4
"""Of what does not fit into a line; two SIDs fit below it in 80 columns."""

_SID = re.compile("[A-Z]{2}[0-9a-f]{32}")
_COLUMNS, _MAX_PATH = 80, 28

Line = dict[str, Any]


def tail(access: Access, kinds: Collection[str], is_full: bool, as_json: bool) -> None:
    """Shows what happens until it is interrupted; raises CannotDo if it cannot begin.

    A stream that ends, since the server starts anew, is opened again. *is_full*: each stays on one line.
    """
    server = connect(access)
    with suppress(KeyboardInterrupt, BrokenPipeError):
        for line in _lines(server):
            if line["kind"] in kinds:
                show_styled(as_json, line, [text_of(line)] if is_full else _shown(line))


def _shown(line: Line) -> list[Text]:
    return [brief(line)] if line["kind"] == "socket" else list(folded(text_of(line), _INDENT))


def _lines(server: ServerClient) -> Iterator[Line]:
    """What happens, through as many streams as it takes; raises CannotDo if there is none, or none any more."""
    beginnings, is_broken = 0, False
    while True:
        try:
            with server.open(f"{OWN}/Tail", "text/event-stream") as answer:
                for event, line in _events(answer):
                    if event == "ready":
                        note(
                            "It goes on." if beginnings else f"What happens in {server.account_sid}; Ctrl-C ends this."
                        )
                        beginnings, is_broken = beginnings + 1, False
                    elif event == "refusal":
                        raise Refused(f"{server.url} has ended the stream: {line['message']}", line["status"])
                    else:
                        yield line
        except Refused:
            raise
        except CannotDo:
            if not beginnings:
                raise
        if not is_broken:
            note("The stream has ended; it is opened again as soon as the server answers.")
        is_broken = True
        time.sleep(_RECONNECT_SECONDS)


def _events(answer: HTTPResponse) -> Iterator[tuple[str, Line]]:
    """The server-sent events of the answer, each with its name and its document."""
    name = ""
    for raw in answer:
        field, _, value = raw.decode().rstrip("\n").partition(": ")
        if field == "event":
            name = value
        elif field == "data":
            yield name, msgspec.json.decode(value)


def text_of(line: Line) -> Text:
    """The line for people."""
    at = datetime.fromisoformat(line["at"]).astimezone()
    took = "" if line.get("milliseconds") is None else f"{line['milliseconds']:.0f} ms"
    status = _status(line)
    what, details = _WORDS[line["kind"]](line)
    return styled(
        (f"{at:%H:%M:%S}.{at.microsecond // 1000:03}", "dim"),
        ("  ", ""),
        (f"{line['kind']:<8}", _STYLES[line["kind"]]),
        ("  ", ""),
        (f"{status:>4}", _style(line, status)),
        (f"{took:>9}", "dim"),
        ("  ", ""),
        (what, "bold"),
        ("  ", ""),
        (details, "dim"),
    )


def _status(line: Line) -> str:
    if line["kind"] == "event" or line.get("status", 0) == 0:
        return ""
    return "none" if line["status"] is None else str(line["status"])


def _style(line: Line, status: str) -> str:
    if line["kind"] == "delivery" and line["verdict"] in ("refused", "invalid", "unreadable"):
        return "yellow"
    return {"2": "green", "3": "green", "4": "yellow", "": ""}.get(status[:1], "red")


def _request(line: Line) -> tuple[str, str]:
    code = f"  code {line['code']}" if line["code"] else ""
    return f"{line['method']:<6} {line['path']}", f"{_remarks(line)}{line['request_sid']}{code}"


def _remarks(line: Line) -> str:
    """What was sent in vain: first, so that it is not what a narrow terminal cuts off."""
    names = [f"{name} ({meant}?)" if meant else name for name, meant in line.get("ignored", {}).items()]
    ignored = f"ignored {', '.join(names)}  " if names else ""
    return ignored + "".join(f"lacks {what.lower()}: {name}  " for name, what in line.get("lacking", {}).items())


def _event(line: Line) -> tuple[str, str]:
    about, where = line["subject_sid"], line["conversation_sid"]
    inside = f" in {where}" if where not in (None, about) else ""
    webhooks = "" if line["webhooks"] else ", tells no webhooks"
    because = f"  {line['request_sid']}" if line["request_sid"] else ""
    who = f" ({line['identity']})" if line.get("identity") else ""
    return line["type"], f"{about or ''}{inside}  by {line['source']}{who}{webhooks}{because}"


def _delivery(line: Line) -> tuple[str, str]:
    attempt = f" at attempt {line['attempt'] + 1}" if line["attempt"] else ""
    error = f": {line['error']}" if line["error"] else ""
    verdict = _again(line) if line["verdict"] == "retry" else line["verdict"]
    outcome = f"{verdict}{attempt}{error}"
    return line[
        "event_type"
    ], f"{outcome}  {line['delivery_sid']} about {line['subject_sid']}  {line['hook']} {line['url']}"


def _socket(line: Line) -> tuple[str, str]:
    what = _NAMES.get(f"{line['what']} {line.get('path')}") or f"{line['what']} {line.get('path') or ''}".strip()
    about = [str(line[name]) for name in ("reason", "sdk") if line.get(name)]
    code = [f"code {line['code']}"] if line.get("code") else []
    request = [line["request_sid"]] if line.get("request_sid") else []
    return what, "  ".join([*code, line["identity"], *about, *request])


def brief(line: Line) -> Text:
    """What client SDKs do comes thick and fast, so each takes one line of 80 columns."""
    path = str(line.get("path") or "").removeprefix("/Client/v2/").removeprefix("Conversations/")
    path = _SID.sub(lambda sid: f"{sid[0][:2]}…{sid[0][-4:]}", path)
    text = text_of({**line, "path": path if len(path) <= _MAX_PATH else f"…{path[1 - _MAX_PATH :]}"})
    text.truncate(_COLUMNS, overflow="ellipsis")
    return text


def _again(line: Line) -> str:
    """That a call will be made again, when, and for how long that goes on."""
    at = f" at {_time(line['date_next_attempt'])}" if line.get("date_next_attempt") else ""
    until = f", until {_time(line['waits_until'])}" if line.get("waits_until") else ""
    return f"to be tried again{at}{until}"


def _time(text: str) -> str:
    """The time of the day; with the date, where that is another one."""
    moment = datetime.fromisoformat(text).astimezone()
    is_today = moment.date() == datetime.now().astimezone().date()
    return f"{moment:%H:%M:%S}" if is_today else f"{moment:%Y-%m-%d %H:%M:%S}"


_NAMES = {"POST /v4/Subscriptions": "subscribe"}
_WORDS = {"request": _request, "event": _event, "delivery": _delivery, "socket": _socket}
