"""Trace: what is known of the work that is going on here, so that everything logged meanwhile carries it."""

from collections.abc import Mapping
from contextvars import ContextVar

Trace = dict[str, object]
"""By the names that a line of the log gives it: ``request_id``, ``account``, ``operation`` …"""

_current: ContextVar[Mapping[str, object]] = ContextVar("trace", default={})  # noqa: B039 - nobody writes to it


def begin(request_id: str) -> Trace:
    """From now on this task, and what it starts, works for that request; what more becomes known is put into the
    trace that is returned."""
    trace: Trace = {"request_id": request_id}
    _current.set(trace)
    return trace


def current() -> Mapping[str, object]:
    """What is known of the work that is going on."""
    return _current.get()
