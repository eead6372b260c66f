"""Server-sent events, and answers that are waited for."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import falcon.asgi

from parlour.http.app import RECEIVE
from parlour.runtime.hub import Waiter


@asynccontextmanager
async def waiting(request: falcon.asgi.Request) -> AsyncIterator[Waiter]:
    """Somebody who waits for the caller of *request*, as long as that does not go away."""
    waiter = Waiter()

    async def watch() -> None:
        while (await request.scope[RECEIVE]())["type"] != "http.disconnect":
            continue
        waiter.leave()

    watching = asyncio.create_task(watch())
    try:
        yield waiter
    finally:
        watching.cancel()
