"""``GET /parlour/v1/Events``: the feed of an account's facts, as pages that are waited for and as a stream."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Iterator
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Annotated, Any
from urllib.parse import quote

import falcon.asgi
import msgspec
from falcon.asgi import SSEvent

from parlour.contract.feed import FactMembers, shown
from parlour.contract.form import Form
from parlour.contract.rest import OWN, PUBLISHED, Place
from parlour.core.errors import InvalidParameter
from parlour.core.facts import FactReader, LoggedEvent
from parlour.core.fields import Choice, Many, SidOf, Text, Whole
from parlour.core.scope import Scope
from parlour.core.sids import Prefix
from parlour.http.authenticate import proved_account
from parlour.http.forwarded import origin
from parlour.http.parse import query_pairs
from parlour.http.respond import send_json
from parlour.http.sse import EVENT_STREAM, EventStreams, waiting
from parlour.runtime.feed import Feed, FeedRequest
from parlour.runtime.hub import Waiter
from parlour.runtime.node import Node
from parlour.storage.feed import FeedBatch, FeedFilter
from parlour.storage.log import BEGINNING, Cursor

DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE = 100, 1000
"""Events in one page, or in one step of a stream."""
DEFAULT_WAIT_SECONDS, MAX_WAIT_SECONDS = 20, 55
"""Seconds for which an answer that has no events is held back."""
HEARTBEAT_SECONDS = 10.0
"""Seconds after which a stream without events says that it lives, and how far it has come."""
_RECONNECT_MILLISECONDS = 1000
"""Milliseconds after which a client may come back to a stream that ended."""
_JSON = "application/json"

_encode = msgspec.json.Encoder().encode


class Start(StrEnum):
    """Where a reader without a position begins."""

    BEGINNING = "beginning"
    NOW = "now"


class FeedQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What a reader of the feed sends."""

    after: Annotated[str | None, Text(100_000)] = None
    from_: Annotated[Start, Choice(Start)] = Start.BEGINNING
    type: Annotated[list[str], Many(Text(100))] = []
    chat_service_sid: Annotated[str | None, SidOf(Prefix.SERVICE)] = None
    conversation_sid: Annotated[str | None, SidOf(Prefix.CONVERSATION)] = None
    page_size: Annotated[int, Whole()] = DEFAULT_PAGE_SIZE
    wait: Annotated[int, Whole()] = DEFAULT_WAIT_SECONDS


class Event(msgspec.Struct, frozen=True):
    """A fact as callers see it."""

    position: str
    """With it as ``After`` one goes on behind this event."""
    type: str
    source: str
    account_sid: str
    chat_service_sid: str
    conversation_sid: str | None
    request_sid: str | None
    """The request that caused it; as its answer had in Twilio-Request-Id."""
    identity: str | None
    """The client SDK's user that caused it."""
    webhooks: bool
    """Whether it goes to webhooks."""
    payload: dict[str, Any]
    created_at: datetime


_FORM = Form(FeedQuery)


class Events:
    """The feed over HTTP; *facts*: what is shown of each type of fact."""

    def __init__(
        self,
        node: Node,
        facts: FactMembers,
        authenticate: Callable[[str | None], Awaitable[object]],
        streams: EventStreams,
        public_url: str | None,
    ) -> None:
        self._facts, self._authenticate, self._streams, self._public_url = facts, authenticate, streams, public_url
        self._reader = FactReader(facts)
        self._feed = Feed(node)

    async def on_get(self, request: falcon.asgi.Request, response: falcon.asgi.Response) -> None:
        """A page of what comes after the position, as soon as there is anything; or a stream of it."""
        query = _FORM.read(query_pairs(request))
        asked = self._asked(proved_account(request).account_sid, query)
        is_stream = request.client_prefers((_JSON, EVENT_STREAM)) == EVENT_STREAM
        position = await self._start(asked.account, query, request.get_header("Last-Event-ID") if is_stream else None)
        response.append_header("Vary", "Accept")
        if is_stream:
            batch = await self._feed.read(asked, position)
            self._streams.send(request, response, partial(self._batches, request, asked, batch))
            return
        async with waiting(request) as waiter:
            batch = await self._feed.read_on(asked, position, min(query.wait, MAX_WAIT_SECONDS), waiter)
        await self._authenticate(request.get_header("Authorization"))
        send_json(response, self._page(request, asked, batch))

    def _asked(self, account: str, query: FeedQuery) -> FeedRequest:
        """What is asked for; raises InvalidParameter."""
        types = {each.__name__.lower(): each.__name__ for each in self._facts}
        if any(name.lower() not in types for name in query.type):
            raise InvalidParameter(name="Type")
        if query.page_size < 1:
            raise InvalidParameter(name="PageSize")
        named = tuple(sorted({types[name.lower()] for name in query.type}))
        wanted = FeedFilter(named, query.chat_service_sid, query.conversation_sid)
        return FeedRequest(account, wanted, min(query.page_size, MAX_PAGE_SIZE))

    async def _start(self, account: str, query: FeedQuery, last_event_id: str | None) -> Cursor:
        """Where the reader goes on; raises InvalidParameter. A client that comes back names the last event it got,
        whatever its URL says."""
        for name, text in (("Last-Event-ID", last_event_id), ("After", query.after)):
            if text:
                try:
                    return self._feed.cursors.decode(account, text)
                except ValueError:
                    raise InvalidParameter(name=name) from None
        return BEGINNING if query.from_ is Start.BEGINNING else await self._feed.end()

    def _page(self, request: falcon.asgi.Request, asked: FeedRequest, batch: FeedBatch) -> dict[str, Any]:
        after = self._feed.cursors.encode(asked.account, batch.position)
        kept = [(name, value) for name, values in _FORM.known(query_pairs(request)).items() for value in values]
        query = "".join(f"{name}={quote(value, safe='')}&" for name, value in kept if name not in ("After", "From"))
        meta = {
            "after": after,
            "next_url": f"{self._base(request)}{OWN}/Events?{query}After={after}",
            "has_more": not batch.is_last,
            "key": "events",
        }
        return {"events": list(self._shown(request, asked, batch)), "meta": meta}

    async def _batches(
        self, request: falcon.asgi.Request, asked: FeedRequest, batch: FeedBatch, waiter: Waiter
    ) -> AsyncGenerator[Iterable[SSEvent], None]:
        """The batch, and all that come after it."""
        while True:
            yield self._events(request, asked, batch)
            batch = await self._feed.read_on(asked, batch.position, HEARTBEAT_SECONDS, waiter)

    def _events(self, request: falcon.asgi.Request, asked: FeedRequest, batch: FeedBatch) -> Iterator[SSEvent]:
        for event in self._shown(request, asked, batch):
            yield SSEvent(data=_encode(event), event=event.type, event_id=event.position)
        position = self._feed.cursors.encode(asked.account, batch.position)
        yield SSEvent(event_id=position, comment="so far", retry=_RECONNECT_MILLISECONDS)

    def _shown(self, request: falcon.asgi.Request, asked: FeedRequest, batch: FeedBatch) -> Iterator[Event]:
        base = self._base(request) + PUBLISHED
        for event in batch.events:
            place = Place.of(Scope(event.account_sid, event.service_sid, explicit=True), base)
            yield Event(
                position=self._feed.cursors.encode(asked.account, batch.behind(event)),
                type=event.type,
                source=event.source,
                account_sid=event.account_sid,
                chat_service_sid=event.service_sid,
                conversation_sid=event.conversation_sid,
                request_sid=event.request_sid,
                identity=event.identity,
                webhooks=event.webhooks,
                payload=self._payload(event, place),
                created_at=event.created_at,
            )

    def _payload(self, event: LoggedEvent, place: Place) -> dict[str, Any]:
        fact = self._reader.read(event)
        return {} if fact is None else shown(self._facts[type(fact)], fact, place)

    def _base(self, request: falcon.asgi.Request) -> str:
        return self._public_url or origin(request)
