"""Subscriptions: a client names objects and what it knows of them, and from then on gets every change.

In this order: what changes from now on is kept back; what the client missed is read and sent; the subscriptions are
confirmed; what was kept back follows, unless what was read had it already.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec

from parlour.contract.reply import Reply, encode, error_body
from parlour.contract.sync import Projection
from parlour.core.errors import InvalidParameter, NotFound
from parlour.realtime.events import outcome, replayed
from parlour.realtime.live import LiveEvents
from parlour.realtime.reads import Asked
from parlour.realtime.replay import Replayed, Replays, SubscriptionOutcome, Wanted
from parlour.realtime.watching import Pending, Viewer, Watching, held
from parlour.storage.snapshots import Snapshot

MAX_BATCH_SIZE = 1000
"""Objects in one call. Clients pause between two calls, so few large ones are best."""
EXPECTED_WITHIN_MILLISECONDS = 10_000
"""A client that has heard nothing for so long asks again."""
MAX_NUMBER = 2**63 - 1
"""Of an event that there can be; clients begin at -1."""
TTL_SECONDS = 86_400
"""After which clients subscribe anew to everything, which costs next to nothing."""

ESTABLISHED, CANCELED, FAILED = "subscription_established", "subscription_canceled", "subscription_failed"


class _SentRequest(msgspec.Struct, frozen=True):
    """One object that a client names."""

    object_sid: str
    last_event_id: int | None = None


class _Body(msgspec.Struct, frozen=True):
    """What a client sends."""

    action: str
    correlation_id: int | str | None = None
    requests: Sequence[_SentRequest] = ()


class _Object(msgspec.Struct, frozen=True):
    """One object, found."""

    sid: str
    owner: str
    place: int


class Subscriptions:
    """Makes and ends subscriptions."""

    def __init__(
        self, projections: Sequence[Projection], watching: Watching, live: LiveEvents, replays: Replays
    ) -> None:
        self._projections, self._watching, self._live, self._replays = projections, watching, live, replays

    async def call(self, session: Viewer, body: Any) -> Reply:
        """What a call begins; the outcomes come by themselves, after the reply."""
        sent = _read(body)
        if sent.action == "cancel":
            self._cancel(session, sent)
        elif sent.action == "establish":
            await self._establish(session, sent)
        else:
            raise InvalidParameter(name="action")
        reply = {
            "estimated_delivery_in_ms": EXPECTED_WITHIN_MILLISECONDS,
            "max_batch_size": MAX_BATCH_SIZE,
            "ttl_in_s": TTL_SECONDS,
        }
        return Reply(202, encode(reply))

    def _cancel(self, session: Viewer, sent: _Body) -> None:
        confirmed = []
        for each in sent.requests:
            object = self._find(each.object_sid)
            if object is not None:
                self._watching.stand_up(session, object.owner, object.place)
            confirmed.append(self._named(each.object_sid, object))
        frame = outcome(CANCELED, sent.correlation_id, confirmed)
        asyncio.get_running_loop().call_soon(session.send, frame)

    async def _establish(self, session: Viewer, sent: _Body) -> None:
        await self._live.join(session)
        objects = [self._find(each.object_sid) for each in sent.requests]
        pending = Pending()
        wanted = []
        for each, object in zip(sent.requests, objects, strict=True):
            if object is not None:
                wanted.append(self._wanted(session, object, each.last_event_id))
                self._watching.seat(session, object.owner)[object.place] = pending
        try:
            found = await self._replays.replay(wanted)
        except BaseException:
            for object in objects:
                if object is not None:
                    self._settle(session, object, pending, None)
            raise
        asyncio.get_running_loop().call_soon(self._tell, session, sent, objects, pending, found)

    def _wanted(self, session: Viewer, object: _Object, above: int | None) -> Wanted:
        """A null number does not mean the beginning: a browser knows the object from before it was reloaded, and lists
        its items anew. So it has all that was there when it first listed them, or else when it logged in."""
        kept = held(session)
        seat, key = kept.seats.get(object.owner), (object.owner, object.place)
        asks_by_number = above is not None
        if above is not None:
            above = max(-1, min(above, MAX_NUMBER))
        elif not self._projections[object.place].has_many_locks:
            above = session.number
        asked = Asked(object.place, str(session.scope.service), object.owner, session.user_sid, session.identity)
        return Wanted(
            asked,
            above if asks_by_number else kept.served.get(key, above),
            kept.known.get(key),
            is_told=seat is not None and isinstance(seat[object.place], Snapshot),
        )

    def _tell(
        self, session: Viewer, sent: _Body, objects: Sequence[_Object | None], pending: Pending, found: Replayed
    ) -> None:
        """Sends what the client missed and what became of its subscriptions, and then what was kept back."""
        if held(session).is_over:
            return
        outcomes = iter(found.outcomes)
        established, failed = [], []
        for each, object in zip(sent.requests, objects, strict=True):
            came = next(outcomes) if object is not None else SubscriptionOutcome(0, refusal=NotFound())
            named = self._named(each.object_sid, object)
            if came.refusal is not None:
                failed.append(named | {"error": error_body(came.refusal, str(came.refusal))})
            else:
                for _, event in came.events:
                    session.send(replayed(event, sent.correlation_id))
                status = "completed" if came.is_whole else "interrupted"
                established.append(named | {"replay_status": status, "last_event_id": came.newest})
            if object is not None:
                is_subscribed = came.refusal is None and came.is_whole
                self._settle(session, object, pending, found.seen if is_subscribed else None)
        if established:
            session.send(outcome(ESTABLISHED, sent.correlation_id, established))
        if failed:
            session.send(outcome(FAILED, sent.correlation_id, failed))
        self._live.release(session, pending)

    def _settle(self, session: Viewer, object: _Object, pending: Pending, told: Snapshot | None) -> None:
        """What the subscription has become, unless it was cancelled or asked for anew meanwhile."""
        kept = held(session)
        seat = kept.seats.get(object.owner)
        if seat is None or seat[object.place] is not pending:
            return
        if told is None:
            self._watching.stand_up(session, object.owner, object.place)
            return
        seat[object.place] = told
        kept.served.pop((object.owner, object.place), None)
        kept.known.pop((object.owner, object.place), None)

    def _find(self, sid: str) -> _Object | None:
        for place, projection in enumerate(self._projections):
            owner = projection.owner(sid) if sid.startswith(projection.kind.prefix) else None
            if owner is not None:
                return _Object(sid, owner, place)
        return None

    def _named(self, sid: str, object: _Object | None) -> dict[str, Any]:
        kind = self._projections[object.place].kind if object is not None else None
        return {"object_sid": sid, "object_type": kind}


def _read(body: Any) -> _Body:
    try:
        sent = msgspec.convert(body, _Body)
    except msgspec.ValidationError:
        raise InvalidParameter(name="requests") from None
    if len(sent.requests) > MAX_BATCH_SIZE:
        raise InvalidParameter(name="requests")
    return sent
