"""The middleware: what happens to every request on its way in and on its way out, whatever it asks for."""

import time
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta

import falcon
import falcon.asgi
import structlog

from parlour.contract.rest import OWN, PUBLISHED, Route
from parlour.contract.urlencoded import Pairs
from parlour.core import trace
from parlour.core.actor import Principal
from parlour.core.errors import ApiError
from parlour.core.sids import Prefix, new_sid
from parlour.http import respond
from parlour.runtime.node import Node

Remark = Callable[[Route, Iterable[str]], dict[str, object]]
"""Says which of the names that were sent to an operation had no effect."""

REFUSAL = "parlour.refusal"
"""The key of the ASGI scope under which stands why a request is refused unread: a class of ApiError."""
_AUTHENTICATED_PREFIXES = (f"{PUBLISHED}/", f"{OWN}/")
_METHODS = frozenset(("GET", "POST", "DELETE", "HEAD", "OPTIONS", "PUT", "PATCH"))

_UNSHOWN_OPERATIONS = (f"{OWN}/Tail",)
_MAX_PATH_LENGTH = 500

_log = structlog.get_logger("parlour.requests")


class RequestMiddleware:
    """Falcon middleware: numbers every request, authenticates those below ``/v1`` and ``/parlour/v1``, and
    counts and, with *access_log*, logs what was answered."""

    def __init__(
        self,
        authenticate: Callable[[str | None, str], Awaitable[Principal]],
        node: Node,
        remark: Remark,
        *,
        access_log: bool,
    ) -> None:
        self._authenticate, self._node, self._access_log = authenticate, node, access_log
        self._metrics, self._live = node.metrics, node.live
        self._remark = remark

    async def process_request(self, request: falcon.asgi.Request, response: falcon.asgi.Response) -> None:
        context, scope = request.context, request.scope
        context.began = time.perf_counter()
        context.id = new_sid(Prefix.REQUEST)
        context.trace = trace.begin(context.id)
        context.route, context.code, context.principal = None, 0, None
        response.set_header("Twilio-Request-Id", context.id)
        response.set_headers(respond.HEADERS)
        refusal: type[ApiError] | None = scope.get(REFUSAL)
        if refusal is not None:
            raise refusal
        if request.method != "OPTIONS" and f"{request.path}/".startswith(_AUTHENTICATED_PREFIXES):
            peer = scope.get("client")
            context.principal = await self._authenticate(
                request.get_header("Authorization"), "" if peer is None else peer[0]
            )
            context.trace["account"] = context.principal.account_sid

    async def process_response(
        self, request: falcon.asgi.Request, response: falcon.asgi.Response, resource: object, succeeded: bool
    ) -> None:
        context = request.context
        seconds = time.perf_counter() - context.began
        response.set_header("Twilio-Request-Duration", f"{seconds:.3f}")
        route: Route | None = context.route
        template = request.uri_template or ""
        operation = route.id if route is not None else "" if "{" in template else template
        method = request.method if request.method in _METHODS else ""
        self._metrics.answered(operation, method, response.status_code, context.code, seconds)
        if self._live.wanted:
            self._show(request, response, operation, seconds)
        if self._access_log:
            _log.info(
                "request",
                operation=operation or None,
                method=method,
                path=template if route is None else route.path,
                status=response.status_code,
                code=context.code or None,
                milliseconds=round(seconds * 1000, 3),
                sensitive=lambda: {"sent_to": request.relative_uri, "parameters": getattr(context, "pairs", None)},
            )

    def _show(
        self, request: falcon.asgi.Request, response: falcon.asgi.Response, operation: str, seconds: float
    ) -> None:
        """Shows the request in its account's tail, except for requests of the tail itself."""
        principal: Principal | None = request.context.principal
        if principal is None or principal.account_sid not in self._live.wanted or operation in _UNSHOWN_OPERATIONS:
            return
        began = self._node.clock.now() - timedelta(seconds=seconds)
        line = {
            "kind": "request",
            "at": began.isoformat(timespec="milliseconds"),
            "method": request.method,
            "path": request.relative_uri[:_MAX_PATH_LENGTH],
            "operation": operation or None,
            "status": response.status_code,
            "code": request.context.code or None,
            "milliseconds": round(seconds * 1000, 3),
            "request_sid": request.context.id,
            "credential_sid": principal.sid,
            **self._remarks(request),
        }
        self._live.saw(principal.account_sid, line)

    def _remarks(self, request: falcon.asgi.Request) -> dict[str, object]:
        """What of the request's parameters had no effect, if anything."""
        route: Route | None = request.context.route
        sent: Pairs | None = getattr(request.context, "pairs", None)
        if route is None or not sent:
            return {}
        return self._remark(route, sent)
