"""Reply: what an operation answers, in the published shapes, whatever carries it."""

from collections.abc import Mapping

import msgspec

from parlour.core.errors import ApiError, NotFound, TooManyGuesses, Unauthenticated

JSON = "application/json; charset=utf-8"
"""The type of every body."""
_NO_HEADERS: Mapping[str, str] = {}

encode = msgspec.json.Encoder().encode


class Reply(msgspec.Struct, frozen=True):
    """An answer."""

    status: int
    body: bytes = b""
    """JSON; empty where something was deleted."""
    headers: Mapping[str, str] = _NO_HEADERS
    """What it says beside that. The headers that every answer has are added by whoever carries it."""


def refusal(error: ApiError, path: str) -> Reply:
    """*error* in the published shape; *path*: what was asked for, with its version."""
    message = str(error)
    headers = _NO_HEADERS
    if isinstance(error, NotFound):
        message = f"The requested resource {_without_version(path)} was not found"
    elif isinstance(error, Unauthenticated):
        headers = {"WWW-Authenticate": 'Basic realm="Twilio API"'}
    elif isinstance(error, TooManyGuesses):
        headers = {"Retry-After": "1"}
    return Reply(error.status, encode(error_body(error, message)), headers)


def _without_version(path: str) -> str:
    return path.removeprefix("/v1") or "/" if f"{path}/".startswith("/v1/") else path


def error_body(error: ApiError, message: str) -> dict[str, object]:
    """*error* in the published shape, with its text."""
    return {
        "code": error.code,
        "message": message,
        "more_info": f"https://www.twilio.com/docs/errors/{error.code}",
        "status": error.status,
    }
