"""``GET /parlour/v1/compat`` and ``GET /parlour/v1/portability``: how well the caller's application fits."""

from collections.abc import Sequence
from typing import Any

import falcon.asgi

from parlour.compat.page import compat_page
from parlour.compat.usage import usage_of
from parlour.compat.usage_counter import UsageCounter
from parlour.compat.usage_counts import Subject, UsageCount
from parlour.contract.rest import PUBLISHED, Resource, routes
from parlour.core.limits import LimitMode
from parlour.http.authenticate import proved_account
from parlour.http.html import HTML, send_page
from parlour.http.respond import send_json

_JSON = "application/json"


class Compat:
    """What the account has used of the API: a document, or a page for a browser."""

    def __init__(self, counter: UsageCounter, resources: Sequence[Resource], *, count_usage: bool) -> None:
        self._counter, self._count_usage = counter, count_usage
        self._routes = [route for each in resources if each.prefix == PUBLISHED for route in routes(each)]

    async def on_get(self, request: falcon.asgi.Request, response: falcon.asgi.Response) -> None:
        account_sid = proved_account(request).account_sid
        counted = await self._counter.of(account_sid)
        usage = usage_of(counted, self._routes, is_counting=self._count_usage)
        response.append_header("Vary", "Accept")
        if request.client_prefers((_JSON, HTML)) == HTML:
            send_page(response, compat_page(account_sid, usage))
        else:
            send_json(response, usage)


class Portability:
    """By which calls the account went beyond limits that the original enforces."""

    def __init__(self, counter: UsageCounter, limits: LimitMode) -> None:
        self._counter, self._limits = counter, limits

    async def on_get(self, request: falcon.asgi.Request, response: falcon.asgi.Response) -> None:
        counted = await self._counter.of(proved_account(request).account_sid)
        beyond = [_beyond(each) for each in counted if each.subject == Subject.BEYOND]
        send_json(response, {"limits": self._limits, "would_refuse": beyond})


def _beyond(counted: UsageCount) -> dict[str, Any]:
    operation, _, code = counted.name.partition(" ")
    return {
        "operation": operation,
        "code": int(code),
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "count": counted.count,
        "first_at": counted.first_at,
        "last_at": counted.last_at,
    }
