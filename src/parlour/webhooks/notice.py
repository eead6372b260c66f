"""Noticing: each call of a webhook is counted, and logged where that was asked for or where it failed."""

from typing import Any, Literal
from urllib.parse import urlsplit

import structlog

from parlour.outbound.client import Exchange, Request
from parlour.runtime.metrics import Metrics

_log = structlog.get_logger("parlour.webhooks")
_FAILED = ("retry", "failed")


class Notice:
    """Counts and logs the calls of webhooks."""

    def __init__(self, metrics: Metrics, *, access_log: bool) -> None:
        self._metrics, self._access_log = metrics, access_log

    def __call__(
        self,
        kind: Literal["pre", "post"],
        exchange: Exchange[Request],
        verdict: str,
        event_type: str,
        *,
        code: int | None = None,
        attempt: int = 0,
        is_news: bool = True,
        **known: str | None,
    ) -> None:
        """A webhook was called; *code*: the published one of what went wrong although the change goes ahead; *is_news*:
        whether a failure is to be logged.

        The log is told what else is *known* of the call and, of its URL, the host only: the rest may be a secret.
        """
        self._metrics.called(kind, verdict, exchange.answer, exchange.milliseconds / 1000)
        failed = is_news and (code is not None or verdict in _FAILED)
        if failed or self._access_log:
            log: Any = _log.warning if failed else _log.info
            log(
                "webhook",
                webhook=kind,
                event_type=event_type,
                host=urlsplit(exchange.request.url).hostname,
                status=exchange.status,
                fault=None if exchange.fault is None else exchange.fault.value,
                verdict=verdict,
                code=code,
                attempt=attempt,
                milliseconds=round(exchange.milliseconds, 3),
                **known,
                sensitive=lambda: {"url": exchange.request.url, "sent": exchange.request.body, "answer": exchange.body},
            )
