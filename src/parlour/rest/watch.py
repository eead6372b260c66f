"""Watching: counts what callers ask for, at the door and with next to no work per call."""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import falcon
import falcon.asgi

from parlour.contract.names import ParameterNames
from parlour.contract.paths import Paths, is_published
from parlour.contract.rest import Route
from parlour.core.errors import ApiError, ServerFault
from parlour.core.tallies import Subject, sdk_of
from parlour.http.parse import Pairs
from parlour.runtime.tallies import Tallies

Responder = Callable[..., Awaitable[None]]
Refuse = Callable[[falcon.asgi.Request, falcon.asgi.Response, falcon.HTTPError, object], Coroutine[Any, Any, None]]

_LONGEST_AGENT = 100
_NOTHING: Pairs = {}


def watched(respond: Responder, route: Route, tallies: Tallies) -> Responder:
    """*respond*, with each of its calls counted: operation, names of parameters, library, and code of a refusal."""
    operation, names = route.id, ParameterNames(route)
    known = names.known

    def count(request: falcon.asgi.Request, code: int) -> None:
        context = request.context
        if context.principal is None:
            return
        pairs: Pairs = getattr(context, "pairs", _NOTHING)
        agent = (request.user_agent or "")[:_LONGEST_AGENT]
        sent, unknown = (tuple(pairs), ()) if known.issuperset(pairs) else names.sorted_out(pairs)
        tallies.called((context.principal.account_sid, operation, agent, sent, unknown, code))

    async def respond_and_count(request: falcon.asgi.Request, response: falcon.asgi.Response, **segments: str) -> None:
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


def noticing(refuse: Refuse, paths: Paths, tallies: Tallies) -> Refuse:
    """*refuse*, with each call counted that means no operation."""

    async def refuse_and_count(
        request: falcon.asgi.Request, response: falcon.asgi.Response, error: falcon.HTTPError, params: object
    ) -> None:
        principal = getattr(request.context, "principal", None)
        unserved = isinstance(error, falcon.HTTPRouteNotFound | falcon.HTTPMethodNotAllowed)
        if unserved and principal is not None and is_published(request.path):
            name = f"{request.method[:10]} {paths.shape(request.path)}"
            tallies.happened(principal.account_sid, Subject.UNSERVED, [name])
            tallies.happened(principal.account_sid, Subject.SDK, [sdk_of(request.user_agent or "")])
        await refuse(request, response, error, params)

    return refuse_and_count
