"""Mounting: from the resources' declarations to responders at their paths, as Falcon calls them."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

import falcon
import falcon.asgi

from parlour.contract.invoke import WOULD_REFUSE, Backend, Endpoint
from parlour.contract.rest import Resource, Route, Verb, routes
from parlour.contract.urlencoded import Pairs, reference
from parlour.core.actor import Actor, Source
from parlour.http import respond
from parlour.http.authenticate import proved
from parlour.http.forwarded import origin
from parlour.http.parse import body_pairs, query_pairs

Responder = Callable[..., Awaitable[None]]

_READS = (Verb.LIST, Verb.FETCH)


class Counting(Protocol):
    """Counts what is called; ``compat/counting.py`` does."""

    def around(self, respond: Responder, route: Route) -> Responder:
        """*respond*, with its calls counted."""

    def beyond(self, account_sid: str, route: Route, codes: Sequence[str]) -> None:
        """A call passed relaxed limits that refuse with *codes* where they are strict."""


class Door:
    """One operation at one path over HTTP."""

    def __init__(self, route: Route, backend: Backend, public_url: str | None, counting: Counting) -> None:
        self._route, self._public_url, self._counting = route, public_url, counting
        self._reply = Endpoint(route, backend).reply
        self._is_query, self._hooks = route.operation.verb in _READS, route.operation.hooks

    async def respond(self, request: falcon.asgi.Request, response: falcon.asgi.Response, **segments: str) -> None:
        """Answers with what the operation replies; raises ApiError for a refusal."""
        principal = proved(request)
        context = request.context
        context.route = self._route
        context.trace["operation"] = self._route.id
        references = tuple([reference(segments[name]) for name in sorted(segments)])
        wanted = request.get_header("X-Twilio-Webhook-Enabled") if self._hooks else None
        asks_webhooks = wanted is not None and wanted.strip().lower() == "true"
        actor = Actor(source=Source.API, principal=principal, asks_webhooks=asks_webhooks, request=context.id)

        async def read() -> Pairs:
            context.pairs = query_pairs(request) if self._is_query else await body_pairs(request)
            pairs: Pairs = context.pairs
            return pairs

        reply = await self._reply(actor, references, read, self._public_url or origin(request))
        respond.send(response, reply)
        if WOULD_REFUSE in reply.headers:
            response.append_header("Access-Control-Expose-Headers", WOULD_REFUSE)
            self._counting.beyond(principal.account_sid, self._route, reply.headers[WOULD_REFUSE].split(", "))


def mount(
    resources: Sequence[Resource], backend: Backend, public_url: str | None, counting: Counting
) -> dict[str, object]:
    """The operations of *resources*, as Falcon resources by their paths."""
    by_path: dict[str, dict[str, Responder]] = defaultdict(dict)
    for resource in resources:
        for route in routes(resource):
            responder = counting.around(Door(route, backend, public_url, counting).respond, route)
            by_path[route.path][f"on_{route.method.lower()}"] = responder
    return {
        _numbered(path): type("Responders", (), {name: staticmethod(each) for name, each in responders.items()})()
        for path, responders in by_path.items()
    }


def _numbered(path: str) -> str:
    """*path* with its parameters named ``p0``, ``p1`` …, since Falcon wants one name at one place of all routes."""
    parts = path.split("/")
    return "/".join(f"{{p{number}}}" if part.startswith("{") else part for number, part in enumerate(parts))
