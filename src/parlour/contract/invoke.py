"""Invoking: runs one operation for an actor and gives its reply, whatever door the call came by."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec

from parlour.contract.pages import PageLinks, PageParameters, fill
from parlour.contract.reply import Reply, encode, refusal
from parlour.contract.rest import CLIENT, Mount, Place, Route, Verb
from parlour.core.actor import Actor, EndUser, Principal
from parlour.core.errors import ApiError, InvalidPageToken, InvalidParameter, NotFound, PermissionDenied
from parlour.core.fields import Pairs
from parlour.core.limits import LimitMode, relaxed
from parlour.core.paging import Page, PageRequest, PageTokenCodec
from parlour.core.scope import Scope
from parlour.core.storable import is_storable

T = TypeVar("T")

WOULD_REFUSE = "Parlour-Would-Refuse"
"""The header with the codes of the published limits that a call went beyond, where these are relaxed."""

_STATUS = {Verb.CREATE: 201}
_READS = (Verb.LIST, Verb.FETCH)
_NO_PAIRS: Pairs = {}


class Backend(msgspec.Struct, frozen=True, kw_only=True):
    """What operations stand on."""

    work: Callable[[Scope, Actor, Sequence[str]], Any]
    """Makes the Work of a call: its scope, who asks, and the references of what it may change."""
    resolve: Callable[[str, str | None], Awaitable[Scope]]
    """The scope of an account and the service that was named, or its default service; raises NotFound."""
    long_page: Callable[[int], AbstractAsyncContextManager[None]]
    """Room for a page of so many rows."""
    tokens: PageTokenCodec
    limits: LimitMode = LimitMode.STRICT


class Document(msgspec.Struct, frozen=True):
    """What was sent as a JSON object with the names of the draft's fields (``friendly_name``)."""

    members: Mapping[str, Any]


class Call(msgspec.Struct, frozen=True):
    """One call of an operation whose scope is known."""

    work: Any
    place: Place
    references: tuple[str, ...]
    """What the path names below the service: parents first."""
    read: Callable[[], Awaitable[Pairs | Document]]
    """What was sent."""


class Endpoint:
    """One operation in one of its path forms.

    *references*: what the path names, parents first, and before them the service in the form that names it. *read*:
    gives what was sent, and may refuse it; asked only where the operation takes anything, once the service is found.
    *base*: the beginning of every URL in the reply (``https://host``).
    """

    def __init__(self, route: Route, backend: Backend) -> None:
        self.route, self._resource, self._operation = route, route.resource, route.operation
        self._backend = backend
        self._is_list = route.operation.verb is Verb.LIST

    async def reply(
        self, actor: Actor, references: tuple[str, ...], read: Callable[[], Awaitable[Pairs | Document]], base: str
    ) -> Reply:
        """What the operation answers; raises ApiError for a refusal."""
        if self._backend.limits is LimitMode.STRICT:
            return await self._reply(actor, references, read, base)
        with relaxed() as noted:
            reply = await self._reply(actor, references, read, base)
        if not noted:
            return reply
        codes = ", ".join(str(code) for code in sorted({each.code for each in noted}))
        return msgspec.structs.replace(reply, headers={**reply.headers, WOULD_REFUSE: codes})

    async def invoke(self, actor: Actor, references: tuple[str, ...], sent: Pairs | Document, base: str) -> Reply:
        """The same for what was read already, with refusals as replies; other exceptions are the caller's."""

        async def read() -> Pairs | Document:
            return sent if isinstance(sent, Document) else _checked(sent, is_query=self._operation.verb in _READS)

        try:
            if not all(map(is_storable, references)):
                raise NotFound
            return await self.reply(actor, references, read, base)
        except ApiError as error:
            named = tuple(quote(each, safe="", errors="replace") for each in references)
            return refusal(error, fill(self.route.path, named))

    async def _reply(
        self, actor: Actor, references: tuple[str, ...], read: Callable[[], Awaitable[Pairs | Document]], base: str
    ) -> Reply:
        assert actor.principal is not None
        scope = await self._scope(actor.principal, references)
        below = references[1:] if self.route.explicit else references
        if self._resource.of_caller:
            below = (actor.principal.sid, *below)
        place = Place.of(scope, base + self._resource.prefix)
        call = Call(self._backend.work(scope, actor, below), place, below, read)
        return await (self._list(call) if self._is_list else self._act(call))

    async def _scope(self, principal: Principal, references: tuple[str, ...]) -> Scope:
        if self._resource.mount is Mount.CALLER:
            if not isinstance(principal, EndUser):
                raise PermissionDenied
            return Scope(principal.account_sid, principal.service_sid)
        if self._resource.mount is Mount.ACCOUNT:
            return Scope(principal.account_sid, None)
        return await self._backend.resolve(principal.account_sid, references[0] if self.route.explicit else None)

    async def _act(self, call: Call) -> Reply:
        operation, arguments = self._operation, call.references
        if operation.form is not None:
            pairs = await self._pairs(call)
            draft = await self._taken(call, operation.form.read, pairs)
            entity = await operation.action(call.work, *arguments, draft)
        else:
            entity = await operation.action(call.work, *arguments)
        if operation.verb is Verb.DELETE:
            return Reply(204)
        return Reply(self._status(entity), encode(self._resource.view(entity, call.place)))

    async def _pairs(self, call: Call) -> Pairs:
        sent, form = await call.read(), self._operation.form
        if not isinstance(sent, Document):
            return sent
        return await self._taken(call, form.pairs_of, sent.members) if form is not None else _NO_PAIRS

    def _status(self, entity: Any) -> int:
        is_pending = self._operation.is_pending
        if is_pending is not None and is_pending(entity):
            return 202
        return _STATUS.get(self._operation.verb, 200)

    async def _list(self, call: Call) -> Reply:
        form, pairs = self._operation.form, await self._pairs(call)
        arguments: tuple[Any, ...] = call.references
        filters: Pairs = _NO_PAIRS
        if form is not None:
            arguments = (*arguments, await self._taken(call, form.read, pairs))
            filters = form.known(pairs)
        asked = await self._taken(call, PageParameters, pairs, self._resource.page)
        links = PageLinks(self._resource, call.place, filters, asked)
        position, parents = None, None
        if asked.token is not None:
            position, parents = await self._taken(call, self._backend.tokens.decode, asked.token, links.context)
        async with self._backend.long_page(asked.size):
            page = await self._operation.action(call.work, *arguments, PageRequest(asked.size, position))
            if parents is not None and parents != page.parents:
                raise InvalidPageToken
            is_client = self._resource.prefix == CLIENT
            meta = (links.tokens if is_client else links.meta)(page, self._backend.tokens)
            return Reply(200, encode({self._resource.key: self._shown(page, call.place), "meta": meta}))

    def _shown(self, page: Page[Any], place: Place) -> list[Any]:
        resource = self._resource
        rows: list[Any] = (
            resource.views(page.rows, place)
            if resource.views is not None
            else [resource.view(row, place) for row in page.rows]
        )
        if page.included:
            for row, included in zip(rows, page.included, strict=True):
                row.parlour = included
        return rows

    async def _taken(self, call: Call, reader: Callable[..., T], *arguments: Any) -> T:
        """What *reader* makes of what was sent. A missing object goes before a wrong parameter, as in the original."""
        try:
            return reader(*arguments)
        except ApiError:
            above, references = self._resource.parent, call.references
            if self._operation.verb is Verb.UPDATE:
                is_shown = self._resource.operation(Verb.FETCH) is not None
                above, references = (self._resource, references) if is_shown else (above, references[:-1])
            lookup = above.operation(Verb.FETCH) if above is not None else None
            if lookup is not None:
                await lookup.action(call.work, *references)
            raise


def _checked(pairs: Pairs, *, is_query: bool) -> Pairs:
    """*pairs* as a door over HTTP would read them: in a query, an empty value counts as not sent; raises
    InvalidParameter."""
    for name, values in pairs.items():
        if not all(map(is_storable, values)):
            raise InvalidParameter(name=name)
    if not is_query:
        return pairs
    given = {name: [value for value in values if value] for name, values in pairs.items()}
    return {name: values for name, values in given.items() if values}
