"""Responding: rows, pages and errors in the published shapes, with the published headers."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import falcon.asgi
import msgspec
import structlog

from parlour.contract.rest import Place, Resource
from parlour.core.errors import (
    ApiError,
    MethodNotAllowed,
    NotFound,
    ServerFault,
    TooManyGuesses,
    Unauthenticated,
    Unavailable,
)
from parlour.core.paging import Page, PageKey, PageTokenCodec
from parlour.http.parse import PageParameters
from parlour.storage.vault import VaultError

HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "Accept, Authorization, Content-Type, If-Match, If-Modified-Since, If-None-Match,"
    " If-Unmodified-Since, Idempotency-Key, X-Twilio-Webhook-Enabled",
    "Access-Control-Allow-Credentials": "true",
    "Access-Control-Expose-Headers": "ETag, Twilio-Request-Id",
}

_encode = msgspec.json.Encoder().encode
_log = structlog.get_logger("parlour.rest")


class PageLinks:
    """Writes the ``meta`` of a page: the addresses of it and its neighbours."""

    def __init__(
        self, resource: Resource, place: Place, filters: Mapping[str, Sequence[str]], asked: PageParameters
    ) -> None:
        self._resource, self._place, self._asked = resource, place, asked
        self._filters = [(name, value) for name, values in filters.items() for value in values]
        self._query = "".join(f"{quote(name, safe='')}={quote(value, safe='')}&" for name, value in self._filters)

    @property
    def context(self) -> bytes:
        """What a page token is good for: this list of this account with these filters."""
        scope = self._place.scope
        return _encode([scope.account, scope.service, self._resource.name, self._filters])

    def meta(self, page: Page[Any], tokens: PageTokenCodec) -> dict[str, Any]:
        """The seven keys, and ``total`` where it was asked for.

        The addresses hold SIDs, whatever alias the caller used.
        """

        def address(number: int, token: str | None = None) -> str:
            position = "" if token is None else f"&PageToken={quote(token, safe='')}"
            return f"{path}?{self._query}PageSize={self._asked.size}&Page={number}{position}"

        def neighbour(number: int, position: PageKey | None) -> str | None:
            if position is None:
                return None
            return address(number, tokens.encode(position, page.parents, self.context))

        number, token = self._asked.number, self._asked.token
        path = self._place.root + fill(self._resource.list_path, page.parents)
        return {
            "page": number,
            "page_size": self._asked.size,
            "first_page_url": address(0),
            "previous_page_url": neighbour(max(number - 1, 0), page.before),
            "url": address(number, token),
            "next_page_url": neighbour(number + 1, page.after),
            "key": self._resource.key,
            **({} if page.total is None else {"total": page.total}),
        }


def fill(template: str, references: tuple[str, ...]) -> str:
    """*template* with its ``{…}`` replaced in order."""
    remaining = iter(references)
    return "/".join(next(remaining) if part.startswith("{") else part for part in template.split("/"))


def send_json(response: falcon.asgi.Response, body: object, status: int = 200) -> None:
    """*body* as JSON."""
    response.status = status
    response.content_type = "application/json; charset=utf-8"
    response.data = _encode(body)


def send_error(request: falcon.asgi.Request, response: falcon.asgi.Response, error: ApiError) -> None:
    """*error* in the published shape."""
    request.context.code = error.code
    message = str(error)
    if isinstance(error, NotFound):
        message = f"The requested resource {_without_version(request.path)} was not found"
    if isinstance(error, Unauthenticated):
        response.set_header("WWW-Authenticate", 'Basic realm="Twilio API"')
    if isinstance(error, TooManyGuesses):
        response.set_header("Retry-After", "1")
    send_json(response, error_body(error, message), error.status)


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


async def on_api_error(
    request: falcon.asgi.Request, response: falcon.asgi.Response, error: ApiError, params: object
) -> None:
    """Falcon's way to hand over a refusal. Why parlour cannot answer is told to the log, too."""
    if isinstance(error, Unavailable):
        _log_cause(error)
    send_error(request, response, error)


def _log_cause(error: Unavailable) -> None:
    if isinstance(error.__cause__, VaultError):
        _log.error("A stored secret cannot be opened: it was encrypted with another key, or is damaged.")
    else:
        _log.warning("The database does not answer.", reason=error.reason)


async def on_http_error(
    request: falcon.asgi.Request, response: falcon.asgi.Response, error: falcon.HTTPError, params: object
) -> None:
    """Falcon's own refusals in our shape: no such method, no such route, or a request it cannot read."""
    if isinstance(error, falcon.HTTPMethodNotAllowed):
        response.set_headers(error.headers or {})  # Allow
        send_error(request, response, MethodNotAllowed())
    else:
        send_error(request, response, NotFound())


async def on_fault(
    request: falcon.asgi.Request, response: falcon.asgi.Response, error: Exception, params: object
) -> None:
    """A fault of our own: the log gets the traceback, the caller the request's id."""
    _log.error("fault", request_id=request.context.id, method=request.method, exc_info=error)
    send_error(request, response, ServerFault())
