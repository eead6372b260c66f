"""Logs: structured, on standard error; lines for a person at a terminal, JSON for a program.

What people wrote, and what proves who they are, is not logged unless it is asked for. A line is held to the names in
SAFE; of an exception it has the place and the kind but not the words, which may quote a row or a parameter.
"""

import logging
import sys
import traceback
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any

import msgspec
import structlog

from parlour.core import trace

SAFE = frozenset((
    "event", "level", "timestamp", "logger", "request_id", "account", "operation", "method", "path", "status",
    "code", "milliseconds", "delivery", "webhook", "event_type", "host", "fault", "verdict", "attempt", "loop",
    "conversation", "reason", "exception",
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
        structlog.dev.ConsoleRenderer() if is_console else structlog.processors.JSONRenderer(serializer=_json),
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
    return msgspec.json.encode(line, enc_hook=repr).decode()
