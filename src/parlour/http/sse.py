"""Server-sent events: streams that last as long as somebody reads them and may."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable
from contextlib import aclosing, asynccontextmanager

import falcon.asgi
import msgspec
from falcon.asgi import SSEvent

from parlour.contract.reply import error_body
from parlour.core.errors import ApiError
from parlour.http.app import RECEIVE
from parlour.runtime.hub import Hub, Waiter

EVENT_STREAM = "text/event-stream"

Batches = Callable[[Waiter], AsyncGenerator[Iterable[SSEvent], None]]
"""Yields what there is to send, then waits with the waiter for more: no longer than a client should hear nothing."""

_encode = msgspec.json.Encoder().encode


class EventStreams:
    """The streams of a process. Each ends when its client goes, its credential is revoked, or the process stops."""

    def __init__(self, hub: Hub, authenticate: Callable[[str | None], Awaitable[object]]) -> None:
        self._hub, self._authenticate = hub, authenticate

    def send(self, request: falcon.asgi.Request, response: falcon.asgi.Response, batches: Batches) -> None:
        """Answers with what *batches* yields. The next batch is asked for when the one before has been taken, so that a
        slow client costs no memory."""
        response.set_header("Cache-Control", "no-store")
        response.sse = self._stream(request, batches)

    async def _stream(self, request: falcon.asgi.Request, batches: Batches) -> AsyncIterator[SSEvent]:
        header = request.get_header("Authorization")
        async with waiting(request) as waiter, aclosing(batches(waiter)) as source:
            try:
                async for events in source:
                    for event in events:
                        yield event
                    if waiter.is_gone or self._hub.is_closing:
                        return
                    await self._authenticate(header)
            except ApiError as error:
                yield SSEvent(data=_encode(error_body(error, str(error))), event="refusal")


@asynccontextmanager
async def waiting(request: falcon.asgi.Request) -> AsyncIterator[Waiter]:
    """A waiter that gives up when the client of *request* disconnects."""
    waiter = Waiter()

    async def leave_on_disconnect() -> None:
        while (await request.scope[RECEIVE]())["type"] != "http.disconnect":
            continue
        waiter.leave()

    watching = asyncio.create_task(leave_on_disconnect())
    try:
        yield waiter
    finally:
        watching.cancel()
