"""Responding: replies and errors over HTTP, with the published headers."""

import falcon.asgi
import structlog

from parlour.contract.reply import JSON, Reply, encode, refusal
from parlour.core.errors import ApiError, MethodNotAllowed, NotFound, ServerFault, Unavailable
from parlour.storage.vault import VaultError

HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "Accept, Authorization, Content-Type, If-Match, If-Modified-Since, If-None-Match,"
    " If-Unmodified-Since, Idempotency-Key, X-Twilio-Webhook-Enabled",
    "Access-Control-Allow-Credentials": "true",
    "Access-Control-Expose-Headers": "ETag, Twilio-Request-Id",
}

_log = structlog.get_logger("parlour.rest")


def send_json(response: falcon.asgi.Response, body: object, status: int = 200) -> None:
    """*body* as JSON."""
    response.status = status
    response.content_type = JSON
    response.data = encode(body)


def send(response: falcon.asgi.Response, reply: Reply) -> None:
    """*reply* as the answer."""
    response.status = reply.status
    if reply.body:
        response.content_type = JSON
        response.data = reply.body
    if reply.headers:
        response.set_headers(reply.headers)


def send_error(request: falcon.asgi.Request, response: falcon.asgi.Response, error: ApiError) -> None:
    """*error* in the published shape."""
    request.context.code = error.code
    send(response, refusal(error, request.path))


async def on_api_error(
    request: falcon.asgi.Request, response: falcon.asgi.Response, error: ApiError, params: object
) -> None:
    """Falcon's error handler for refusals. Logs the cause where parlour cannot answer."""
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
