"""Counts what callers ask for, at the door and with next to no work per call."""

from collections.abc import Awaitable, Callable, Iterable, Sequence

import falcon
import falcon.asgi

from parlour.compat.parameter_names import ParameterNames
from parlour.compat.paths import Paths, is_published
from parlour.compat.usage_counter import UsageCounter
from parlour.compat.usage_counts import Subject, sdk_of
from parlour.contract.rest import PUBLISHED, Route
from parlour.contract.urlencoded import Pairs
from parlour.core.errors import ApiError, ServerFault
from parlour.http.app import OnHttpError

Responder = Callable[..., Awaitable[None]]

_MAX_AGENT_LENGTH = 100
_NOTHING: Pairs = {}


class UsageCounting:
    """Counts the calls of the published API, if it is to *count_usage*; calls beyond relaxed limits in any case."""

    def __init__(self, counter: UsageCounter, routes: Iterable[Route], *, count_usage: bool) -> None:
        self._counter, self._count_usage = counter, count_usage
        self._paths = Paths(route for route in routes if _is_counted(route))

    def around(self, respond: Responder, route: Route) -> Responder:
        """*respond*, with each of its calls counted: operation, names of parameters, library, code of a refusal."""
        if not self._count_usage or not _is_counted(route):
            return respond
        called = self._counter.called
        operation, names = route.id, ParameterNames(route)
        known = names.known

        def count(request: falcon.asgi.Request, code: int) -> None:
            context = request.context
            if context.principal is None:
                return
            pairs: Pairs = getattr(context, "pairs", _NOTHING)
            agent = (request.user_agent or "")[:_MAX_AGENT_LENGTH]
            sent, unknown = (tuple(pairs), ()) if known.issuperset(pairs) else names.sorted_out(pairs)
            called((context.principal.account_sid, operation, agent, sent, unknown, code))

        async def respond_and_count(
            request: falcon.asgi.Request, response: falcon.asgi.Response, **segments: str
        ) -> None:
            try:
                await respond(request, response, **segments)
            except ApiError as error:
                count(request, error.code)
                raise
            except Exception:
                count(request, ServerFault.code)
                raise
            count(request, 0)

        return respond_and_count

    def refusing(self, refuse: OnHttpError) -> OnHttpError:
        """*refuse*, with each call counted that means no operation."""
        if not self._count_usage:
            return refuse

        async def refuse_and_count(
            request: falcon.asgi.Request, response: falcon.asgi.Response, error: falcon.HTTPError, params: object
        ) -> None:
            principal = getattr(request.context, "principal", None)
            unserved = isinstance(error, falcon.HTTPRouteNotFound | falcon.HTTPMethodNotAllowed)
            if unserved and principal is not None and is_published(request.path):
                name = f"{request.method[:10]} {self._paths.shape(request.path)}"
                self._counter.happened(principal.account_sid, Subject.UNSERVED, [name])
                self._counter.happened(principal.account_sid, Subject.SDK, [sdk_of(request.user_agent or "")])
            await refuse(request, response, error, params)

        return refuse_and_count

    def beyond(self, account_sid: str, route: Route, codes: Sequence[str]) -> None:
        """A call passed relaxed limits that refuse with *codes* where they are strict."""
        self._counter.happened(account_sid, Subject.BEYOND, [f"{route.id} {code}" for code in codes])


def _is_counted(route: Route) -> bool:
    return route.resource.prefix == PUBLISHED
