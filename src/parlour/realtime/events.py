"""Events: what clients get of a change to a Sync object, live or as a replay. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from parlour.contract.sync import Change, Item, ObjectKind, Projection, Stone
from parlour.contract.webhook import moment
from parlour.core.windows import Key
from parlour.realtime import frames, packets

SYNC = "twilio.sync.event"
"""The type of a notification with a replayed event or the outcome of subscriptions."""
_LIVE = "com.twilio.rtd.cds."
"""Begins the type of a notification with a live event; the kind of the object follows."""
_PROTOCOL = 4
LABEL = "https://p/v3"
"""Begins every address of an object: clients put it into requests through the socket, where only the path counts."""

_encode = msgspec.json.Encoder().encode


def address(projection: Projection, owner: str) -> str:
    """Where the object is read."""
    return f"{LABEL}/{projection.kind.collection}/{projection.sid(owner)}"


def revision(number: int) -> str:
    """The revision of an object or item whose last event has the number."""
    return f"{number:x}"


class SyncEvent(msgspec.Struct, frozen=True):
    """A change of one object."""

    type: str
    about: Mapping[str, Any]

    def live(self, projection: Projection) -> bytes:
        """The frame that tells it live, the same for all sessions."""
        return frames.binary(packets.notification(_LIVE + projection.kind, self.encoded))

    @property
    def encoded(self) -> bytes:
        """What of a replay is the same for every call."""
        return _encode({"event_type": self.type, "event_protocol_version": _PROTOCOL, "event": self.about})


def replayed(encoded: bytes, correlation_id: Any) -> bytes:
    """The frame that tells a `SyncEvent.encoded` before a subscription is confirmed."""
    more = _encode({"correlation_id": correlation_id, "strictly_ordered": True})
    return frames.binary(packets.notification(SYNC, encoded[:-1] + b"," + more[1:]))


def outcome(type: str, correlation_id: Any, of: Sequence[Mapping[str, Any]]) -> bytes:
    """The frame with what became of subscriptions."""
    body = {"event_type": type, "correlation_id": correlation_id, "event_protocol_version": _PROTOCOL, "events": of}
    return frames.binary(packets.notification(SYNC, _encode(body)))


def event(
    projection: Projection, owner: str, change: Change, item: Item | None, number: int, at: datetime
) -> SyncEvent:
    """What *change* is to the object of *owner*; *item* is None where the object itself is gone."""
    kind, sid, about = projection.kind, projection.sid(owner), {"id": number, "date_created": moment(at)}
    about[f"{kind}_sid"] = sid
    if change is Change.GONE or item is None:
        return SyncEvent(f"{kind}_removed", about)
    about[f"{kind}_revision"] = revision(number)
    if kind is ObjectKind.DOCUMENT:
        about["document_data"] = item.data
        return SyncEvent("document_updated", about)
    about |= _about_item(projection, owner, item.key, item.data)
    about["item_revision"] = revision(number)
    return SyncEvent(f"{kind}_item_{change}", about)


def _about_item(projection: Projection, owner: str, key: Key, data: Mapping[str, Any]) -> dict[str, Any]:
    return {
        f"item_{projection.kind.key}": key,
        "item_data": data,
        "item_url": f"{address(projection, owner)}/Items/{key}",
        "date_expires": None,
    }


def replay(projection: Projection, owner: str, changed: Item | Stone, above: int, at: datetime) -> SyncEvent:
    """What a row says that changed above a number; an item that is new since then is added."""
    if isinstance(changed, Stone):
        return event(projection, owner, Change.REMOVED, Item(changed.key, {}, changed.number), changed.number, at)
    change = Change.ADDED if changed.born > above else Change.UPDATED
    return event(projection, owner, change, changed, changed.number, at)
