"""Logs: structured, on standard error; lines for a person at a terminal, JSON for a program.

What people wrote, and what proves who they are, is not logged unless it is asked for. A line is held to the names in
SAFE; of an exception it has the place and the kind but not the words, which may quote a row or a parameter.
"""

import logging
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import suppress
from datetime import datetime
from typing import Any, TextIO

import msgspec
import structlog

from parlour.core import trace
from parlour.core.visible import visible, visible_json

SAFE = frozenset((
    "event", "level", "timestamp", "logger", "request_id", "account", "operation", "method", "path", "status",
    "code", "milliseconds", "delivery", "webhook", "event_type", "host", "fault", "verdict", "attempt", "loop",
    "conversation", "reason", "exception", "lanes", "given_up", "fact", "type", "audience", "receiver", "user",
    "sdk", "version",
))  # fmt: skip
"""The names whose values may be logged: SIDs, ids of operations, numbers, words of parlour's own."""
SENSITIVE = "sensitive"
"""The name under which a line has a function that tells what is only logged when it is asked for."""
LEFT_OUT = "(left out: log_sensitive)"

Line = MutableMapping[str, Any]
Processor = Callable[[Any, str, Line], Any]


def configure_logs(level: str, form: str = "auto", *, is_sensitive: bool = False) -> None:
    """From now on everything of *level* and above is logged; *form*: auto, console or json.

    *is_sensitive*: also bodies, identities, phone numbers and the words of exceptions.
    """
    is_console = form == "console" or (form == "auto" and sys.stderr.isatty())
    before: list[Processor] = [
        _traced,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    after: list[Processor] = [
        _told_in_full if is_sensitive else _told_safely,
        Screen(sys.stderr) if is_console else structlog.processors.JSONRenderer(serializer=_json),
    ]
    structlog.configure(
        processors=[*before, *after],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    foreign = [*before, structlog.stdlib.add_logger_name, *(() if is_sensitive else (_without_values,)), _without_args]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=foreign,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *after],
            pass_foreign_args=True,
        )
    )
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for library in ("uvicorn", "alembic"):
        logging.getLogger(library).setLevel("WARNING")


def _traced(logger: object, method: str, line: Line) -> Line:
    """With what is known of the request or delivery that it is about."""
    return {**trace.current(), **line}


def _told_safely(logger: object, method: str, line: Line) -> Line:
    """Without what the log is not to hold."""
    line.pop(SENSITIVE, None)
    error = _exception(line)
    if error is not None:
        line["exception"] = "\n".join(_outline(error))
    return {name: value if name in SAFE else LEFT_OUT for name, value in line.items() if value is not None}


def _told_in_full(logger: object, method: str, line: Line) -> Line:
    error = _exception(line)
    if error is not None:
        line["exception"] = "".join(traceback.format_exception(error)).rstrip()
    more = line.pop(SENSITIVE, dict)()
    return {**line, **more}


def _without_values(logger: object, method: str, line: Line) -> Line:
    """Of what another library logs the first line, and of its values the numbers: others may be anything."""
    values = line["positional_args"]
    is_plain = isinstance(values, tuple) and all(isinstance(each, int | float) for each in values)
    text: str = line["event"] if is_plain else str(line["_record"].msg)
    line["event"] = text.strip().partition("\n")[0]
    return line


def _without_args(logger: object, method: str, line: Line) -> Line:
    del line["positional_args"]
    return line


def _exception(line: Line) -> BaseException | None:
    given = line.pop("exc_info", None)
    if isinstance(given, BaseException):
        return given
    found: BaseException | None = given[1] if isinstance(given, tuple) else sys.exception() if given else None
    return found


def _outline(error: BaseException, known: frozenset[int] = frozenset()) -> list[str]:
    """The places and kinds of an exception and of those that led to it, the first first."""
    known |= {id(error)}
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    lines = [] if cause is None or id(cause) in known else _outline(cause, known)
    lines += [f"{at.filename}:{at.lineno} in {at.name}: {at.line}" for at in traceback.extract_tb(error.__traceback__)]
    lines.append(_kind(error))
    for inner in getattr(error, "exceptions", ()):
        lines += [f"  {line}" for line in _outline(inner, known)]
    return lines


def _kind(error: BaseException) -> str:
    """What may be told of an exception: not its words, but what the database or the system calls it."""
    kind = type(error)
    name = kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"
    known = {
        each: getattr(error, each, None) for each in ("sqlstate", "table_name", "constraint_name", "errno", "code")
    }
    told = ", ".join(f"{each} {value}" for each, value in known.items() if _is_plain(each, value))
    return f"{name} ({told})" if told else name


def _is_plain(name: str, value: object) -> bool:
    return isinstance(value, int) or (name not in ("errno", "code") and isinstance(value, str))


def _json(line: Mapping[str, Any], **_: object) -> str:
    return visible_json(msgspec.json.encode(line, enc_hook=repr).decode())


class Screen:
    """Lines for a person: a short one for each request and each call of a webhook, whole ones for all else.

    Nothing in them is obeyed by the terminal but their colours, which they have on a terminal only.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        is_coloured = stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        self._paint = _painted if is_coloured else _plain

    def __call__(self, logger: object, method: str, line: Line) -> str:
        outline = line.pop("exception", "")
        known = {name: _shown(value) for name, value in line.items()}
        if known["event"] in _SHORT and SAFE.issuperset(known):
            return self._short(known)
        below = (visible(each) for each in outline.splitlines())
        return "\n".join((self._whole(**known), *below))

    def _whole(self, timestamp: str, level: str, event: str, **others: Any) -> str:
        style = {"warning": _YELLOW, "error": _RED}.get(level, _GREEN)
        values = (f'{name}="{value}"' if " " in str(value) else f"{name}={value}" for name, value in others.items())
        return "  ".join((self._paint(timestamp, _DIM), self._paint(f"{level:<7}", style), event, *values))

    def _short(self, line: Mapping[str, Any]) -> str:
        """What happened, as much of it as fits into a line."""
        status = str(line.get("status", "none"))
        style = {"2": _GREEN, "3": _GREEN, "4": _YELLOW}.get(status[:1], _RED)
        at = datetime.fromisoformat(line["timestamp"]).astimezone()
        took = f"{line['milliseconds']:>4.0f} ms"
        words = _fitting(list(_SHORT[line["event"]](line)), self._room() - _BEGINNING - len(took))
        return f"{self._paint(f'{at:%H:%M:%S}', _DIM)}  {self._paint(f'{status:>4}', style)}  {took}  {words}"

    def _room(self) -> int:
        with suppress(OSError, ValueError):
            return os.get_terminal_size(self._stream.fileno()).columns or _COLUMNS
        return _COLUMNS


_COLUMNS = 80
"""Cells of a line where no terminal says how many it has."""
_BEGINNING = 18
"""Cells that the time and the status take up, and the gaps before and behind the duration."""
_DIM, _GREEN, _YELLOW, _RED = "2", "32", "33", "31"


def _fitting(words: list[str], room: int) -> str:
    """The words but for the last ones that do not fit; the first is rather cut off than left out."""
    while len(words) > 1 and len("  ".join(words)) > room:
        words.pop()
    text = "  ".join(words)
    return text if len(text) <= room else f"{text[: room - 1]}…"


def _request(line: Mapping[str, Any]) -> Iterator[str]:
    yield line.get("operation") or f"{line.get('method')} {line.get('path') or '(no such path)'}"
    if "code" in line:
        yield f"code {line['code']}"
    yield from filter(None, (line.get("request_id"),))


def _webhook(line: Mapping[str, Any]) -> Iterator[str]:
    attempt = f"try {line['attempt'] + 1}" if line.get("attempt") else ""
    yield f"{line['event_type']}  {', '.join(filter(None, (line['verdict'], line.get('fault'), attempt)))}"
    if "code" in line:
        yield f"code {line['code']}"
    yield from filter(None, (line.get("delivery"), line.get("host")))


_SHORT: dict[str, Callable[[Mapping[str, Any]], Iterator[str]]] = {"request": _request, "webhook": _webhook}
"""By event: what stands in its short line, the most important first."""


def _shown(value: Any) -> Any:
    """What a terminal shows of it, in one line."""
    return value if isinstance(value, int | float) else visible(value if isinstance(value, str) else repr(value))


def _painted(text: str, style: str) -> str:
    return f"\x1b[{style}m{text}\x1b[0m"


def _plain(text: str, style: str) -> str:
    return text
