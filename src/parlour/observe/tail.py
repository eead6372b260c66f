"""``GET /parlour/v1/Tail``: the requests, facts and deliveries of an account, live, as server-sent events."""

import asyncio
import time
from collections.abc import AsyncGenerator, Iterable
from functools import partial
from typing import Any

import falcon.asgi
import msgspec
from falcon.asgi import SSEvent

from parlour.core.facts import FactReader, LoggedEvent
from parlour.http.authenticate import proved_account
from parlour.http.sse import EventStreams
from parlour.runtime.feed import Feed, FeedRequest
from parlour.runtime.hub import Waiter
from parlour.runtime.live import WATCH_TTL_SECONDS, topic
from parlour.runtime.node import Node
from parlour.storage.feed import EVERY_FACT

HEARTBEAT_SECONDS = 10.0
"""Seconds after which a stream in which nothing happens says that it lives."""
DEBOUNCE_SECONDS = 0.15
"""Seconds for which a stream waits after it was woken, so that what belongs together comes in its order."""
_MAX_FACTS = 500

_encode = msgspec.json.Encoder().encode


class Tail:
    """The stream over HTTP."""

    def __init__(self, node: Node, facts: FactReader, streams: EventStreams) -> None:
        self._node, self._facts, self._streams, self._feed = node, facts, streams, Feed(node)

    async def on_get(self, request: falcon.asgi.Request, response: falcon.asgi.Response) -> None:
        """What happens from now on; the event ``ready`` says that nothing after it is missed."""
        account_sid = proved_account(request).account_sid
        await self._look_on(account_sid)
        self._streams.send(request, response, partial(self._batches, account_sid))

    async def _look_on(self, account_sid: str) -> None:
        await self._node.live.look_on(account_sid)

    async def _batches(self, account_sid: str, waiter: Waiter) -> AsyncGenerator[Iterable[SSEvent], None]:
        hub, asked = self._node.signals.hub, FeedRequest(account_sid, EVERY_FACT, _MAX_FACTS)
        position, renewed_at = await self._feed.end(), time.monotonic()
        _, seen = await self._node.live.read(account_sid, None)
        with hub.watching(account_sid, waiter), hub.watching(topic(account_sid), waiter):
            yield [SSEvent(event="ready", data=_encode({"account_sid": account_sid}))]
            while True:
                waiter.woken.clear()
                lines, seen = await self._node.live.read(account_sid, seen)
                batch = await self._feed.read(asked, position)
                position = batch.position
                lines = sorted([*lines, *map(self._shown, batch.events)], key=lambda line: str(line["at"]))
                yield [SSEvent(event=line["kind"], data=_encode(line)) for line in lines]
                if batch.is_last:
                    yield [] if await _woken(waiter) else [SSEvent(comment="still here")]
                if time.monotonic() > renewed_at + WATCH_TTL_SECONDS / 3:
                    await self._look_on(account_sid)
                    renewed_at = time.monotonic()

    def _shown(self, event: LoggedEvent) -> dict[str, Any]:
        fact = self._facts.read(event)
        return shown(event, None if fact is None else fact.subject_sid)


def shown(event: LoggedEvent, subject_sid: str | None) -> dict[str, Any]:
    """A fact as a line."""
    return {
        "kind": "event",
        "at": event.created_at.isoformat(timespec="milliseconds"),
        "type": event.type,
        "event_id": event.id,
        "source": event.source,
        "identity": event.identity,
        "webhooks": event.webhooks,
        "chat_service_sid": event.service_sid,
        "conversation_sid": event.conversation_sid,
        "subject_sid": subject_sid,
        "request_sid": event.request_sid,
    }


async def _woken(waiter: Waiter) -> bool:
    """Whether something happens before the next heartbeat is due; then what comes right after it has come, too."""
    try:
        async with asyncio.timeout(HEARTBEAT_SECONDS):
            await waiter.woken.wait()
    except TimeoutError:
        return False
    await asyncio.sleep(DEBOUNCE_SECONDS)
    return True
