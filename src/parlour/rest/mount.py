"""Mounting: from the resources' declarations to responders at their paths."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol, TypeVar

import falcon
import falcon.asgi
import msgspec

from parlour.contract.rest import Mount, Place, Resource, Route, Verb, routes
from parlour.core.actor import Actor, Principal, Source
from parlour.core.errors import ApiError, InvalidPageToken
from parlour.core.limits import relaxed
from parlour.core.paging import Page, PageRequest, PageTokenCodec
from parlour.core.scope import Scope
from parlour.http import respond
from parlour.http.authenticate import proved
from parlour.http.forwarded import origin
from parlour.http.parse import PageParameters, body_pairs, query_pairs, reference
from parlour.runtime.work import Node, Work

T = TypeVar("T")

Resolve = Callable[[Node, str, str | None], Awaitable[Scope]]
Responder = Callable[..., Awaitable[None]]

WOULD_REFUSE = "Parlour-Would-Refuse"
"""The header with the codes of the published limits that a call went beyond, where these are relaxed."""

_STATUS = {Verb.CREATE: 201}


class Counting(Protocol):
    """Counts what is called; ``compat/counting.py`` does."""

    def around(self, respond: Responder, route: Route) -> Responder:
        """*respond*, with its calls counted."""

    def beyond(self, account_sid: str, route: Route, codes: Sequence[str]) -> None:
        """A call passed relaxed limits that refuse with *codes* where they are strict."""


class Call(msgspec.Struct, frozen=True):
    """One request on its way through an operation."""

    request: falcon.asgi.Request
    response: falcon.asgi.Response
    work: Work
    place: Place
    references: tuple[str, ...]
    """What the path names below the service: parents first."""


class Endpoint:
    """One operation at one path, as the responder that Falcon calls."""

    def __init__(
        self,
        route: Route,
        node: Node,
        resolve: Resolve,
        tokens: PageTokenCodec,
        public_url: str | None,
        counting: Counting,
    ) -> None:
        self._route, self._resource, self._operation = route, route.resource, route.operation
        self._node, self._resolve, self._tokens, self._public_url = node, resolve, tokens, public_url
        self._counting = counting

    async def respond(self, request: falcon.asgi.Request, response: falcon.asgi.Response, **segments: str) -> None:
        """Scope, parse, act, render."""
        principal = proved(request)
        request.context.route = self._route
        request.context.trace["operation"] = self._route.id
        references = tuple(reference(segments[name]) for name in sorted(segments))
        scope = await self._scope(principal.account_sid, references)
        place = Place.of(scope, (self._public_url or origin(request)) + self._resource.prefix)
        references = references[1:] if self._route.explicit else references
        work = Work(self._node, scope, self._actor(request, principal), references)
        call = Call(request, response, work, place, references)
        await (self._list(call) if self._operation.verb is Verb.LIST else self._act(call))

    async def respond_relaxed(
        self, request: falcon.asgi.Request, response: falcon.asgi.Response, **segments: str
    ) -> None:
        """The same where published limits do not refuse: the answer names those that would have."""
        with relaxed() as noted:
            await self.respond(request, response, **segments)
        if noted:
            codes = [str(code) for code in sorted({each.code for each in noted})]
            self._counting.beyond(proved(request).account_sid, self._route, codes)
            response.set_header(WOULD_REFUSE, ", ".join(codes))
            response.append_header("Access-Control-Expose-Headers", WOULD_REFUSE)

    async def _scope(self, account_sid: str, references: tuple[str, ...]) -> Scope:
        if self._resource.mount is Mount.ACCOUNT:
            return Scope(account_sid, None)
        return await self._resolve(self._node, account_sid, references[0] if self._route.explicit else None)

    async def _act(self, call: Call) -> None:
        arguments: tuple[Any, ...] = call.references
        if self._operation.form is not None:
            is_read = self._operation.verb is Verb.FETCH
            pairs = call.request.context.pairs = (
                query_pairs(call.request) if is_read else await body_pairs(call.request)
            )
            arguments = (*arguments, await self._read(call, self._operation.form.read, pairs))
        entity = await self._operation.action(call.work, *arguments)
        if self._operation.verb is Verb.DELETE:
            call.response.status = 204
        else:
            view = self._resource.view(entity, call.place)
            respond.send_json(call.response, view, self._status(entity))

    def _status(self, entity: Any) -> int:
        is_pending = self._operation.is_pending
        if is_pending is not None and is_pending(entity):
            return 202
        return _STATUS.get(self._operation.verb, 200)

    async def _list(self, call: Call) -> None:
        pairs = call.request.context.pairs = query_pairs(call.request)
        arguments: tuple[Any, ...] = call.references
        if self._operation.form is not None:
            arguments = (*arguments, await self._read(call, self._operation.form.read, pairs))
        asked = await self._read(call, PageParameters, pairs, self._resource.page)
        filters = self._operation.form.known(pairs) if self._operation.form is not None else {}
        links = respond.PageLinks(self._resource, call.place, filters, asked)
        position, parents = None, None
        if asked.token is not None:
            position, parents = await self._read(call, self._tokens.decode, asked.token, links.context)
        async with self._node.long_pages.of(asked.size):
            page = await self._operation.action(call.work, *arguments, PageRequest(asked.size, position))
            if parents is not None and parents != page.parents:
                raise InvalidPageToken
            respond.send_json(
                call.response, {self._resource.key: self._shown(page, call), "meta": links.meta(page, self._tokens)}
            )

    def _shown(self, page: Page[Any], call: Call) -> list[Any]:
        rows: list[Any] = [self._resource.view(row, call.place) for row in page.rows]
        if page.included:
            for row, included in zip(rows, page.included, strict=True):
                row.parlour = included
        return rows

    async def _read(self, call: Call, reader: Callable[..., T], *arguments: Any) -> T:
        """What *reader* makes of what was sent. Of two faults the missing object is told first, as in the original."""
        try:
            return reader(*arguments)
        except ApiError:
            above = self._resource if self._operation.verb is Verb.UPDATE else self._resource.parent
            lookup = above.operation(Verb.FETCH) if above is not None else None
            if lookup is not None:
                await lookup.action(call.work, *call.references)
            raise

    def _actor(self, request: falcon.asgi.Request, principal: Principal) -> Actor:
        wanted = request.get_header("X-Twilio-Webhook-Enabled") if self._operation.hooks else None
        webhooks = wanted is not None and wanted.strip().lower() == "true"
        return Actor(source=Source.API, principal=principal, asks_webhooks=webhooks, request=request.context.id)


def mount(
    resources: Sequence[Resource], node: Node, resolve: Resolve, public_url: str | None, counting: Counting
) -> dict[str, object]:
    """The operations of *resources*, as Falcon resources by their paths."""
    tokens = PageTokenCodec(node.vault.key)
    by_path: dict[str, dict[str, Responder]] = defaultdict(dict)
    for resource in resources:
        for route in routes(resource):
            endpoint = Endpoint(route, node, resolve, tokens, public_url, counting)
            responder: Responder = endpoint.respond_relaxed if node.is_relaxed else endpoint.respond
            by_path[route.path][f"on_{route.method.lower()}"] = counting.around(responder, route)
    return {
        _numbered(path): type("Responders", (), {name: staticmethod(each) for name, each in responders.items()})()
        for path, responders in by_path.items()
    }


def _numbered(path: str) -> str:
    """*path* with its parameters named ``p0``, ``p1`` …, since Falcon wants one name at one place of all routes."""
    parts = path.split("/")
    return "/".join(f"{{p{number}}}" if part.startswith("{") else part for number, part in enumerate(parts))
