"""Health: whether this process serves, and whether its database answers."""

import asyncio

import falcon.asgi

from parlour.core.errors import Unavailable
from parlour.http.respond import send_error, send_json
from parlour.runtime.node import Node

TIMEOUT_SECONDS = 5.0
"""Seconds after which a database that keeps silent does not answer."""


class Alive:
    """``GET /healthz``: 200 as soon as the process serves."""

    async def on_get(self, request: falcon.asgi.Request, response: falcon.asgi.Response) -> None:
        send_json(response, {"status": "ok"})


class Ready:
    """``GET /readyz``: 200 while the database answers, 503 while it does not."""

    def __init__(self, node: Node) -> None:
        self._node = node

    async def on_get(self, request: falcon.asgi.Request, response: falcon.asgi.Response) -> None:
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS), self._node.database.session() as reading:
                await reading.ping()
        except (Unavailable, TimeoutError):
            send_error(request, response, Unavailable())
        else:
            send_json(response, {"status": "ready"})
