"""Verdict: what the answer of a pre-action webhook means for the change that waits for it."""

from typing import Any

import msgspec

from parlour.outbound.client import Exchange, Fault, Request


class Verdict(msgspec.Struct, frozen=True):
    """What becomes of the change."""

    is_allowed: bool
    changes: dict[str, Any]
    """What the webhook wants to have otherwise, by the names of its answer (``friendly_name``, ``body`` …)."""
    word: str
    """For the flight recorder: allowed, amended, refused, unreadable."""
    warning: int | None = None
    """The published code that goes to the log: the webhook did not do what it should, and the change goes ahead."""
    error: str | None = None
    """What is wrong with the answer."""


_AHEAD = Verdict(is_allowed=True, changes={}, word="allowed")
_REFUSED = Verdict(is_allowed=False, changes={}, word="refused")

TIMED_OUT = 50076
FAILED = 50057


def verdict(exchange: Exchange[Request]) -> Verdict:
    """The meaning of what came back:

    ============================================  ==========================================
    2xx, nothing in the body or ``{}``            it goes ahead
    200 with a JSON object                        it goes ahead, with the changes in it
    200 with any other body, other 2xx            it goes ahead; the body is passed over (50057 in the log)
    200 with a body that is no text               it goes ahead; the answer is unreadable (50057 in the log)
    4xx, 5xx                                      it is refused
    3xx that was not, or no longer, followed      it is refused
    no complete answer within five seconds        it goes ahead (50076 in the log)
    no connection, no such host, a bad             it goes ahead (50057 in the log)
    certificate, a forbidden address, no HTTP
    ============================================  ==========================================
    """
    if exchange.status is None:
        warning = TIMED_OUT if exchange.fault is Fault.TIMEOUT else FAILED
        return msgspec.structs.replace(_AHEAD, warning=warning)
    if not 200 <= exchange.status < 300:
        return _REFUSED
    if exchange.status == 200 and exchange.unreadable is not None:
        return Verdict(is_allowed=True, changes={}, word="unreadable", warning=FAILED, error=exchange.unreadable)
    if exchange.status != 200 or not exchange.body.strip():
        return _AHEAD
    try:
        changes = msgspec.json.decode(exchange.body.encode(), type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError):
        return msgspec.structs.replace(_AHEAD, warning=FAILED)
    return Verdict(is_allowed=True, changes=changes, word="amended") if changes else _AHEAD
