"""Operations: what resources declare for client SDKs, as handlers of the tunnel."""

import re
from collections.abc import Iterable, Iterator

from parlour.contract.invoke import Backend, Document, Endpoint
from parlour.contract.reply import Reply
from parlour.contract.rest import Resource, Route, Verb, routes
from parlour.core.errors import InvalidBody
from parlour.core.fields import Pairs
from parlour.realtime.session import Session
from parlour.realtime.tunnel import Handled, Handler, Request

_READS = (Verb.LIST, Verb.FETCH)
_PARAMETER = re.compile("{[^}]*}")


def operations(resources: Iterable[Resource], backend: Backend) -> Iterator[Handled]:
    """A place in the tunnel for each operation of *resources*."""
    for resource in resources:
        for route in routes(resource):
            yield Handled(route.method, _PARAMETER.sub("{}", route.path), _handler(route, backend))


def _handler(route: Route, backend: Backend) -> Handler:
    invoke = Endpoint(route, backend).invoke
    is_read = route.operation.verb in _READS

    async def handle(session: Session, request: Request) -> Reply:
        actor = await session.actor(request.number)
        sent = request.params if is_read else _sent(request.body)
        return await invoke(actor, request.references, sent, session.base)

    return handle


def _sent(body: object) -> Pairs | Document:
    if body is None:
        return {}
    if not isinstance(body, dict):
        raise InvalidBody(reason="it is no JSON object")
    return Document(body)
