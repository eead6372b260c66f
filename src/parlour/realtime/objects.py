"""Objects: what clients read of documents, maps and lists before changes come to them."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from parlour.contract.reply import Reply, encode
from parlour.contract.sync import Item, ObjectKind, Projection
from parlour.core.errors import InvalidParameter, NotFound
from parlour.core.paging import PageKey, PageTokenCodec
from parlour.core.sids import Prefix
from parlour.core.windows import Key
from parlour.realtime.events import address, revision
from parlour.realtime.reads import Asked, ReadObject, Reads
from parlour.realtime.watching import Viewer, held

MAX_PAGE_SIZE = 100
DEFAULT_PAGE_SIZE = 50
MAX_KNOWN = 10_000
"""Items of an object of which all are read to give its number."""
MAX_AT_HAND = 1000
"""Conversations of which everything is read before a client asks for it, and for how long that is kept."""
AT_HAND_SECONDS = 10.0
Join = Callable[[Viewer], Awaitable[None]]
_MAX_INDEX = 2**63 - 1
_MAX_DIGITS = 20

Parameters = Mapping[str, Sequence[str]]


class ObjectView(msgspec.Struct, frozen=True):
    """An object of which a session wants something."""

    session: Viewer
    place: int
    projection: Projection
    owner: str

    @property
    def context(self) -> bytes:
        """Where its page tokens are valid."""
        return f"{self.session.scope.service}/{self.projection.sid(self.owner)}".encode()


class PagePlace(msgspec.Struct, frozen=True):
    """Where a page of items begins and which way it runs."""

    start: Key | None
    is_descending: bool
    size: int
    is_backward: bool = False
    """Whether *start* is the last item of the page."""


class Objects:
    """The reads of Sync objects, by their SIDs or names."""

    def __init__(self, projections: Sequence[Projection], reads: Reads, tokens: PageTokenCodec, join: Join) -> None:
        """*join* sees to it that a session loses what it may see no more."""
        self._projections, self._reads, self._tokens, self._join = projections, reads, tokens, join

    async def document(self, session: Viewer, reference: str) -> Reply:
        """The document with its value."""
        target = self._target(session, reference, ObjectKind.DOCUMENT)
        found = await self._first(target, limit=1)
        if not found.part.items:
            raise NotFound
        return _shown(target, found, {"data": found.part.items[0].data})

    async def collection(self, session: Viewer, reference: str, kind: ObjectKind, parameters: Parameters) -> Reply:
        """A map or list, with the items of its first page where they are to be included."""
        target = self._target(session, reference, kind)
        has_items = "items" in parameters.get("Include", ())
        is_numbered = target.projection.of is Prefix.CONVERSATION
        found = await self._first(target, limit=(MAX_PAGE_SIZE if has_items else 0) if is_numbered else MAX_KNOWN)
        if target.projection.has_many_locks:
            known = {item.key: item.number for item in found.part.items}
            held(session).known.setdefault((target.owner, target.place), known)
        if target.projection.opens is not None:
            await self._put_at_hand(session, target.projection.opens, [str(item.key) for item in found.part.items])
        more: dict[str, Any] = {"links": {"items": f"{address(target.projection, target.owner)}/Items"}}
        if has_items:
            more["items"] = [_item(target, item) for item in found.part.items[:MAX_PAGE_SIZE]]
        return _shown(target, found, more)

    async def items(self, session: Viewer, reference: str, kind: ObjectKind, parameters: Parameters) -> Reply:
        """A page of items; raises InvalidPageToken, InvalidParameter."""
        target = self._target(session, reference, kind)
        only = _only(target.projection, parameters)
        at = PagePlace(only, False, 1) if only is not None else self._place(target, parameters)
        found = await self._read(
            target, start=at.start, is_descending=at.is_descending is not at.is_backward, limit=at.size + 1
        )
        items, previous, following = _page(found, at)
        if only is not None:
            items, previous, following = [item for item in items if item.key == only], None, None
        meta = {
            "key": "items",
            "previous_token": self._token(target, at, previous, is_backward=True),
            "next_token": self._token(target, at, following, is_backward=False),
        }
        return Reply(200, encode({"items": [_item(target, item) for item in items], "meta": meta}))

    def _target(self, session: Viewer, reference: str, kind: ObjectKind) -> ObjectView:
        for place, projection in enumerate(self._projections):
            owner = projection.owner(reference) if projection.kind is kind else None
            if owner is not None:
                return ObjectView(session, place, projection, owner)
        raise NotFound

    async def _first(self, target: ObjectView, *, limit: int) -> ReadObject:
        """The object, which is perhaps at hand, but only once."""
        at_hand: ReadObject | None = held(target.session).at_hand.pop((target.owner, target.place), None)
        if at_hand is None or limit > 1:
            return await self._read(target, limit=limit)
        held(target.session).note(target.owner, target.place, at_hand.newest)
        return at_hand

    async def _put_at_hand(self, session: Viewer, prefix: Prefix, owners: Sequence[str]) -> None:
        """Reads what a client asks for next, object by object: documents, and for all others the number, which is the
        same. What is at hand may be as old as it likes, since the subscription goes on from its number."""
        await self._join(session)
        theirs = [(place, each) for place, each in enumerate(self._projections) if each.of is prefix]
        document = next(place for place, each in theirs if each.kind is ObjectKind.DOCUMENT)
        some = owners[:MAX_AT_HAND]
        asked = [
            Asked(document, str(session.scope.service), owner, session.user_sid, session.identity, limit=1)
            for owner in some
        ]
        with held(session).reading_ahead() as shut:
            found = await self._reads.read_many(asked)
        at_hand = held(session).at_hand
        for owner, each in zip(some, found, strict=True):
            if isinstance(each, ReadObject) and owner not in shut:
                for place, projection in theirs:
                    is_document = projection.kind is ObjectKind.DOCUMENT
                    at_hand[owner, place] = each if is_document else ReadObject(each.newest)
        asyncio.get_running_loop().call_later(AT_HAND_SECONDS, at_hand.clear)

    async def _read(self, target: ObjectView, **window: Any) -> ReadObject:
        session = target.session
        asked = Asked(
            target.place, str(session.scope.service), target.owner, session.user_sid, session.identity, **window
        )
        found = await self._reads.read(asked)
        held(session).note(target.owner, target.place, found.newest)
        return found

    def _place(self, target: ObjectView, parameters: Parameters) -> PagePlace:
        token = _one(parameters, "PageToken")
        if token:
            key, _ = self._tokens.decode(token, target.context)
            start, is_descending, size = key.keys
            return PagePlace(start, is_descending, size, key.backward)
        order = (_one(parameters, "Order") or "asc").lower()
        if order not in ("asc", "desc"):
            raise InvalidParameter(name="Order")
        start = _one(parameters, "From")
        return PagePlace(_key(target.projection, "From", start) if start else None, order == "desc", _size(parameters))

    def _token(self, target: ObjectView, at: PagePlace, start: Key | None, *, is_backward: bool) -> str | None:
        """What leads to the page beside; alone it says everything, since old clients send nothing else."""
        if start is None:
            return None
        return self._tokens.encode(PageKey((start, at.is_descending, at.size), is_backward), (), target.context)


def _shown(target: ObjectView, found: ReadObject, more: Mapping[str, Any]) -> Reply:
    """An object; JavaScript clients get no more than they read, since they decode byte by byte."""
    projection, owner = target.projection, target.owner
    body: dict[str, Any] = {
        "sid": projection.sid(owner),
        "unique_name": projection.named(owner),
        "last_event_id": found.newest,
        **more,
    }
    if not target.session.is_js:
        body |= {
            "type": projection.kind,
            "url": address(projection, owner),
            "revision": revision(found.newest),
            "created_by": "system",
            "date_expires": None,
        }
    return Reply(200, encode(body))


def _item(target: ObjectView, item: Item) -> dict[str, Any]:
    kind = target.projection.kind
    shown: dict[str, Any] = {kind.key: item.key, "data": item.data, "last_event_id": item.number}
    if not target.session.is_js:
        shown |= {
            f"{kind}_sid": target.projection.sid(target.owner),
            "url": f"{address(target.projection, target.owner)}/Items/{item.key}",
            "revision": revision(item.number),
            "date_expires": None,
        }
    return shown


def _page(found: ReadObject, at: PagePlace) -> tuple[list[Item], Key | None, Key | None]:
    """The items in the order that was asked for, and where the pages before and after begin."""
    items = list(found.part.items)
    further = items[at.size].key if len(items) > at.size else None
    items = items[: at.size]
    if at.is_backward:
        return items[::-1], further, found.part.before
    return items, found.part.before, further


def _one(parameters: Mapping[str, Iterable[str]], name: str) -> str | None:
    return next(iter(parameters.get(name, ())), None)


def _only(projection: Projection, parameters: Parameters) -> Key | None:
    """The key of the only item that is wanted, if it is only one."""
    name = projection.kind.key.capitalize()
    value = _one(parameters, name)
    return None if value is None else _key(projection, name, value)


def _key(projection: Projection, name: str, value: str) -> Key:
    if projection.kind is not ObjectKind.LIST:
        return value
    if not value.isascii() or not value.removeprefix("-").isdecimal():
        raise InvalidParameter(name=name)
    return max(-1, min(int(value[:_MAX_DIGITS]), _MAX_INDEX))


def _size(parameters: Parameters) -> int:
    value = _one(parameters, "PageSize")
    if value is None:
        return DEFAULT_PAGE_SIZE
    if not value.isascii() or not value.isdecimal() or int(value[:_MAX_DIGITS]) < 1:
        raise InvalidParameter(name="PageSize")
    return min(int(value[:_MAX_DIGITS]), MAX_PAGE_SIZE)
