"""What sockets show of themselves: numbers, lines of the log, and lines for those who look on in an account."""

import re
import time
from collections.abc import Mapping
from typing import Any

import msgspec
import structlog

from parlour.contract.reply import Reply
from parlour.core.clock import Clock
from parlour.realtime.session import Session
from parlour.runtime import socket_metrics as counted
from parlour.runtime.live import Live
from parlour.runtime.metrics import Metrics

_METHODS = frozenset(("init", "message", "update", "close", "ping", "reply", "text", "malformed"))
_MAX_VERSIONS = 50
"""Pairs of SDK and version that are counted by name: clients may say anything."""
_MAX_PATH_LENGTH = 500
_WORD = re.compile("[A-Za-z0-9._+-]{1,40}")


class _Error(msgspec.Struct):
    """What counts of an error in the published shape."""

    code: int | None = None


_decode_error = msgspec.json.Decoder(_Error).decode
_log = structlog.get_logger("parlour.sockets")


class Sdk(msgspec.Struct, frozen=True):
    """What a client says of itself."""

    name: str
    version: str

    @classmethod
    def of(cls, metadata: object) -> "Sdk":
        """Made of the metadata with which it logs in, which may be anything."""
        said = metadata if isinstance(metadata, dict) else {}
        return cls(*(_word(said.get(key)) for key in ("sdk", "sdkv")))

    @property
    def is_js(self) -> bool:
        return self.name == "JS"


def _word(said: object) -> str:
    return said if isinstance(said, str) and _WORD.fullmatch(said) else "unknown"


class Observer:
    """Counts, logs and shows what happens on sockets."""

    def __init__(self, metrics: Metrics, live: Live, clock: Clock) -> None:
        self._metrics, self._live, self._clock = metrics, live, clock
        self._sdks: set[Sdk] = set()

    def came(self, method: str) -> None:
        """A message came, with this method."""
        self._metrics.count(counted.PACKETS, method if method in _METHODS else "other")

    def logged_in(self, session: Session, sdk: Sdk) -> None:
        """A session begins."""
        self._metrics.count(counted.LOG_INS, "200", "")
        if len(self._sdks) < _MAX_VERSIONS:
            self._sdks.add(sdk)
        is_known = sdk in self._sdks
        self._metrics.count(counted.SESSIONS, *((sdk.name, sdk.version) if is_known else ("other", "other")))
        _log.info(
            "logged in",
            account=session.scope.account,
            user=session.user_sid,
            sdk=sdk.name,
            version=sdk.version,
            sensitive=lambda: {"identity": session.identity},
        )
        self._show(session, what="log-in", status=200, sdk=f"{sdk.name} {sdk.version}")

    def refused(self, sdk: Sdk, status: Mapping[str, Any]) -> None:
        """A log-in ended with this *status*."""
        code = str(status.get("errorCode") or "")
        self._metrics.count(counted.LOG_INS, str(status["code"]), code)
        _log.info("not logged in", status=status["code"], code=code or None, sdk=sdk.name)

    def renewed(self, session: Session, status: Mapping[str, Any]) -> None:
        """A client came with another token."""
        self._show(session, what="update", status=status["code"], code=status.get("errorCode"))

    def answered(
        self, session: Session, place: str, method: str, path: str, reply: Reply, began: float, number: str
    ) -> None:
        """A request was answered; *began* by ``time.perf_counter``."""
        seconds = time.perf_counter() - began
        code = _code(reply)
        self._metrics.count(counted.REQUESTS, place, str(reply.status), str(code or ""))
        self._metrics.took(counted.LATENCY, seconds, place)
        if method != "GET" and session.scope.account in self._live.wanted:
            self._show(
                session,
                what=method,
                path=path[:_MAX_PATH_LENGTH],
                status=reply.status,
                code=code,
                milliseconds=round(seconds * 1000, 3),
                request_sid=number,
            )

    def ended(self, session: Session, reason: str) -> None:
        """A session is over."""
        _log.info("session ended", account=session.scope.account, user=session.user_sid, reason=reason)
        self._show(session, what="close", reason=reason)

    def lost(self, reason: str) -> None:
        """A socket is gone."""
        self._metrics.count(counted.ENDED, reason)

    def _show(self, session: Session, **line: object) -> None:
        if session.scope.account in self._live.wanted:
            self._live.saw(
                session.scope.account,
                {
                    "kind": "socket",
                    "at": self._clock.now().isoformat(timespec="milliseconds"),
                    "chat_service_sid": session.scope.service,
                    "user_sid": session.user_sid,
                    "identity": session.identity,
                    "credential_sid": session.credential,
                    **line,
                },
            )


def _code(reply: Reply) -> int | None:
    """Of the error, if it is one."""
    if reply.status < 400 or not reply.body:
        return None
    return _decode_error(reply.body).code
