"""``GET /parlour/v1/compat`` and ``GET /parlour/v1/portability``: how well the caller's application fits."""

from collections.abc import Sequence
from typing import Any

import falcon.asgi

from parlour.contract.rest import PUBLISHED, Resource, routes
from parlour.contract.usage import usage_of
from parlour.core.tallies import Subject, Tally
from parlour.http.authenticate import proved
from parlour.http.html import HTML, send_page
from parlour.http.respond import send_json
from parlour.rest.compat_page import compat_page
from parlour.runtime.work import Node

_JSON = "application/json"


class Compat:
    """What the account has used of the API: a document, or a page for a browser."""

    def __init__(self, node: Node, resources: Sequence[Resource]) -> None:
        self._node = node
        self._routes = [route for each in resources if each.prefix == PUBLISHED for route in routes(each)]

    async def on_get(self, request: falcon.asgi.Request, response: falcon.asgi.Response) -> None:
        account_sid = proved(request).account_sid
        tallies = await self._node.tallies.of(account_sid)
        usage = usage_of(tallies, self._routes, is_counting=self._node.is_watching)
        response.append_header("Vary", "Accept")
        if request.client_prefers((_JSON, HTML)) == HTML:
            send_page(response, compat_page(account_sid, usage))
        else:
            send_json(response, usage)


class Portability:
    """By which calls the account went beyond limits that the original enforces."""

    def __init__(self, node: Node) -> None:
        self._node = node

    async def on_get(self, request: falcon.asgi.Request, response: falcon.asgi.Response) -> None:
        tallies = await self._node.tallies.of(proved(request).account_sid)
        beyond = [_beyond(each) for each in tallies if each.subject == Subject.BEYOND]
        limits = "relaxed" if self._node.is_relaxed else "strict"
        send_json(response, {"limits": limits, "would_refuse": beyond})


def _beyond(tally: Tally) -> dict[str, Any]:
    operation, _, code = tally.name.partition(" ")
    return {
        "operation": operation,
        "code": int(code),
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "count": tally.count,
        "first_at": tally.first_at,
        "last_at": tally.last_at,
    }
