"""The application that every door is part of: Falcon, the middleware, and paths routed as they were sent."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

import falcon
import falcon.asgi

from parlour.core.errors import ApiError, CrossSite
from parlour.http import cross_site, forwarded, respond
from parlour.http.cross_site import is_forged
from parlour.http.forwarded import Proxies
from parlour.http.middleware import REFUSAL, RequestMiddleware
from parlour.http.parse import Request
from parlour.runtime.metrics import Metrics

OnHttpError = Callable[[falcon.asgi.Request, falcon.asgi.Response, falcon.HTTPError, object], Coroutine[Any, Any, None]]
"""Answers what Falcon refuses: no such path, no such method."""

RECEIVE = "parlour.receive"
"""Under which key of the ASGI scope its ``receive`` is found, from which one learns that the caller has gone."""

_HEADERS_TO_CHECK = forwarded.NAMES | cross_site.NAMES
"""The headers for which a request is looked at more closely."""


class HttpApp:
    """The ASGI application of all *doors*: Falcon resources by their paths.

    It routes by the path as it was sent, so that ``%2F`` stays inside its segment. Slashes at its beginning count as
    one: a client whose base URL ends with a slash sends two.
    """

    def __init__(
        self,
        doors: Mapping[str, object],
        middleware: RequestMiddleware,
        metrics: Metrics,
        proxies: Proxies,
        on_http_error: OnHttpError = respond.on_http_error,
    ) -> None:
        self.app = falcon.asgi.App(middleware=[middleware], request_type=Request)
        self.app.req_options.strip_url_path_trailing_slash = True
        self.app.add_error_handler(Exception, respond.on_fault)
        self.app.add_error_handler(falcon.HTTPError, on_http_error)
        self.app.add_error_handler(ApiError, respond.on_api_error)
        for path, door in doors.items():
            self.app.add_route(path, door)
        self._metrics, self._proxies = metrics, proxies

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            path = scope["raw_path"].decode("latin-1")
            scope["path"] = f"/{path.lstrip('/')}" if path.startswith("//") else path
            scope[RECEIVE] = receive
            for name, _ in scope["headers"]:
                if name in _HEADERS_TO_CHECK:
                    self._look_closer(scope)
                    break
        self._metrics.came()
        try:
            await self.app(scope, receive, send)
        finally:
            self._metrics.went()

    def _look_closer(self, scope: dict[str, Any]) -> None:
        """For a request that came through a proxy or from a browser."""
        if any(name in forwarded.NAMES for name, _ in scope["headers"]):
            self._proxies.settle(scope)
        headers = dict(scope["headers"])
        if b"authorization" in headers and is_forged(scope["method"], headers):
            scope[REFUSAL] = CrossSite
