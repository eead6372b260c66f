"""How a resource looks to client SDKs: which Sync objects show its rows, and which facts change them. Pure.

A Sync object is a document, a map or a list that a client reads once and then keeps by events. Nothing is stored for
it: its name says what it is of, and so does its SID, which is the name behind two letters.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any

import msgspec

from parlour.core.facts import Fact
from parlour.core.sids import Prefix, is_sid
from parlour.core.windows import Key, Since, Window


class ObjectKind(StrEnum):
    """What a Sync object is."""

    DOCUMENT = "document"
    """One value."""
    MAP = "map"
    """Items by keys, which are texts."""
    LIST = "list"
    """Items by indexes, which are numbers."""

    @property
    def prefix(self) -> str:
        """The two letters that begin its SID."""
        return _PREFIXES[self]

    @property
    def collection(self) -> str:
        """Where objects of this kind are read."""
        return f"{self.capitalize()}s"

    @property
    def key(self) -> str:
        """What names an item."""
        return "index" if self is ObjectKind.LIST else "key"


_PREFIXES = {ObjectKind.DOCUMENT: "ET", ObjectKind.MAP: "MP", ObjectKind.LIST: "ES"}


class Readers(StrEnum):
    """Those that may read an object and subscribe to it."""

    PARTICIPANTS = "participants"
    """Whoever takes part in the conversation."""
    PARTICIPANTS_AND_CREATOR = "participants and creator"
    """The same, and the creator of the conversation who has not joined yet."""
    OWNER = "owner"
    """The user that it is of."""
    SERVICE = "service"
    """Every user of the service."""


class Change(StrEnum):
    """What becomes of an item, or of the whole object."""

    ADDED = "added"
    UPDATED = "updated"
    REMOVED = "removed"
    GONE = "gone"
    """The object itself is removed."""


class Item(msgspec.Struct, frozen=True):
    """An item of a map or list, or the value of a document."""

    key: Key
    """The empty text for a document."""
    data: Mapping[str, Any]
    """With the names of the wire, and values as JSON takes them."""
    number: int
    """The event number of its last change."""
    born: int = 0
    """The event number of its creation, where it is known."""


class Stone(msgspec.Struct, frozen=True):
    """An item that was removed."""

    key: Key
    number: int
    """The event number of its removal."""


class Slice(msgspec.Struct, frozen=True):
    """Items in the order of a window, and the key of the one right before *start*, if there is any."""

    items: Sequence[Item]
    before: Key | None = None


Changes = Sequence[Item | Stone]
"""By their numbers."""
Read = Callable[[Any, Sequence[Window]], Awaitable[Sequence[Slice]]]
"""Reads the windows of many objects at once, given a way to read the database."""
ReadChanges = Callable[[Any, Sequence[Since]], Awaitable[Sequence[Changes]]]
"""Reads what changed of many objects; where there is more than the limit, the oldest of it."""


def in_order(items: Sequence[Item], stones: Sequence[Stone], limit: int) -> Changes:
    """Both by their numbers, and of more than *limit* the first."""
    both: list[Item | Stone] = [*items, *stones]
    return sorted(both, key=lambda each: each.number)[:limit]


def cut_out(items: Sequence[Item], window: Window) -> Slice:
    """What *window* shows of a few *items*, which are all there are, by their keys."""
    ordered = list(reversed(items)) if window.is_descending else list(items)
    keys = [each.key for each in ordered]
    start = next((place for place, key in enumerate(keys) if _is_from(key, window)), len(keys))
    return Slice(ordered[start : start + window.limit], keys[start - 1] if start else None)


def _is_from(key: Any, window: Window) -> bool:
    if window.start is None:
        return True
    return bool(key <= window.start if window.is_descending else key >= window.start)


class Shown(msgspec.Struct, frozen=True):
    """What a fact is to an object."""

    change: Change
    owner: Callable[[Any], str | None]
    """Given the fact: what the object is of; None if it is nothing to any."""
    items: Callable[[Any], Sequence[Item]] = lambda fact: ()
    """The items as they are now, or, of those removed, as they were."""
    shuts: Callable[[Any], str | None] = lambda fact: None
    """Given the fact: the conversation of which the owner, a user, may see nothing any more."""


class Lookup(msgspec.Struct, frozen=True):
    """What a fact is to objects that only the database can name."""

    change: Change
    read: Callable[[Any, Sequence[tuple[str, Any]]], Awaitable[Sequence[Sequence[tuple[str, Item]]]]]
    """Given a way to read the database, and services with facts: of each fact the owners with their items."""


class Projection(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of Sync objects, one of each conversation or user."""

    kind: ObjectKind
    name: str
    """With ``{}`` in place of the SID of what an object is of."""
    of: Prefix
    readers: Readers
    has_many_locks: bool = False
    """Whether its items change under locks of their own, so that a higher number may become visible before a lower."""
    opens: Prefix | None = None
    """Of what its keys are the SIDs, where clients that read it open all that there is of these next."""
    read: Read
    changes: ReadChanges
    facts: Mapping[type[Fact], Shown]
    lookups: Mapping[type[Fact], Lookup] = {}

    def named(self, owner: str) -> str:
        """The unique name of the object of *owner*."""
        return self.name.format(owner)

    def sid(self, owner: str) -> str:
        """The SID of the object of *owner*."""
        return self.kind.prefix + self.named(owner)

    def owner(self, reference: str) -> str | None:
        """What the object with that SID or name is of; None if it is none of these."""
        before, _, after = self.name.partition("{}")
        name = reference.removeprefix(self.kind.prefix + before)
        if name == reference:
            name = reference.removeprefix(before)
        owner = name.removesuffix(after)
        return owner if is_sid(owner, self.of) and reference.endswith(self.named(owner)) else None


class Addition(msgspec.Struct, frozen=True):
    """What a resource higher up adds to a projection."""

    name: str
    facts: Mapping[type[Fact], Shown] = {}
    lookups: Mapping[type[Fact], Lookup] = {}


def merged(declared: Sequence[Projection | Addition]) -> tuple[Projection, ...]:
    """The projections with all that was added to them; raises ValueError for what is declared twice."""
    found: dict[str, Projection] = {}
    for each in declared:
        before = found.get(each.name)
        if isinstance(each, Projection):
            if before is not None:
                raise ValueError(f"Two projections are named {each.name}.")
            found[each.name] = each
            continue
        assert before is not None, f"nothing is named {each.name}"
        twice = (before.facts.keys() & each.facts.keys()) | (before.lookups.keys() & each.lookups.keys())
        if twice:
            raise ValueError(f"{each.name} shows {', '.join(one.__name__ for one in twice)} already.")
        found[each.name] = msgspec.structs.replace(
            before, facts={**before.facts, **each.facts}, lookups={**before.lookups, **each.lookups}
        )
    return tuple(found.values())
