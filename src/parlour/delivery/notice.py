"""Noticing: each attempt is counted, and logged where that was asked for or where it failed."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import structlog

from parlour.runtime.metrics import Metrics

_log: Any = structlog.get_logger("parlour.delivery")
_FAILED = ("retry", "failed")


class Noticed(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt of any output."""

    name: str
    kind: str
    """As in ``Output``."""
    event_type: str
    verdict: str
    answer: str | int
    milliseconds: float
    attempt: int = 0
    code: int | None = None
    """The published one of what went wrong although the change goes ahead."""
    is_news: bool = True
    """Whether a failure is to be logged."""


class Notice:
    """Counts and logs attempts."""

    def __init__(self, metrics: Metrics, *, access_log: bool) -> None:
        """*access_log*: whether also those that went well are logged."""
        self._metrics, self._access_log = metrics, access_log

    def __call__(self, noticed: Noticed, more: Callable[[], Mapping[str, Any]], **known: str | None) -> None:
        """An attempt was made; the log says what *more* its output knows of it and what else is *known*."""
        self._metrics.attempted(noticed.kind, noticed.verdict, noticed.answer, noticed.milliseconds / 1000)
        failed = noticed.is_news and (noticed.code is not None or noticed.verdict in _FAILED)
        if failed or self._access_log:
            log = _log.warning if failed else _log.info
            log(
                noticed.name,
                **{noticed.name: noticed.kind},
                event_type=noticed.event_type,
                **more(),
                verdict=noticed.verdict,
                code=noticed.code,
                attempt=noticed.attempt,
                milliseconds=round(noticed.milliseconds, 3),
                **known,
            )
