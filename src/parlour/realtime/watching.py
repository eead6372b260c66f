"""Watching: which sessions of this process are subscribed to which objects, and how far each knows them.

A subscription is a snapshot of the database: the client knows everything that it sees. Facts that it does not see go to
the client live. While a subscription is being made, what comes live is kept back (`Pending`).
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

from parlour.core.scope import Scope
from parlour.core.windows import Key
from parlour.storage.snapshots import Snapshot

MAX_SERVED = 10_000
"""Objects that one session reads without subscribing to them, of which it is remembered when."""


class Viewer(Protocol):
    """A session, as far as objects go."""

    scope: Scope
    user_sid: str
    identity: str
    is_js: bool
    number: int
    objects: Any
    on_end: list[Callable[[], Any]]

    def wants(self, message_type: str) -> bool:
        """Whether it registered for such notifications."""

    def send(self, frame: bytes) -> None:
        """Writes a frame after those before."""

    def close(self, code: int, reason: str) -> None:
        """Ends the session."""


class Pending:
    """Subscriptions of one call that are being made."""

    def __init__(self) -> None:
        self.kept: list[tuple[str, int, int, bytes | None]] = []
        """Owner, place of the object, the transaction, and what is to be sent; None where the object is shut."""


Told = Snapshot | Pending | None
"""None: not subscribed."""
Seat = list[Told]
"""One session's subscriptions to what there is of one owner, by the places of the projections."""


class Held:
    """What one session has read and subscribed to."""

    def __init__(self) -> None:
        self.seats: dict[str, Seat] = {}
        """By owner."""
        self.served: dict[tuple[str, int], int] = {}
        """By owner and place, before a subscription: the number as of which the object was first read."""
        self.known: dict[tuple[str, int], Mapping[Key, int]] = {}
        """The same: numbers of all items, of objects whose own number says too little."""
        self.at_hand: dict[tuple[str, int], Any] = {}
        """The same: what was read of objects that the client is about to ask for."""
        self._read_ahead: list[set[str]] = []
        """What the session may not see any more, for each read under way whose outcome will be at hand."""
        self.values: dict[tuple[str, int], int] = {}
        """By owner and place: the number of the newest value of a document that went out."""
        self.has_joined = self.is_over = False

    def note(self, owner: str, place: int, number: int) -> None:
        """The object was read as of the number; the first time counts, until there is a subscription."""
        seat = self.seats.get(owner)
        if (seat is None or seat[place] is None) and len(self.served) < MAX_SERVED:
            self.served.setdefault((owner, place), number)

    def is_news(self, owner: str, place: int, number: int) -> bool:
        """Whether the value of a document with that number is newer than what went out, which it has then. A value is
        read after its fact, and may have been ahead of it."""
        if self.values.get((owner, place), -1) >= number:
            return False
        self.values[owner, place] = number
        return True

    def forget(self, owner: str, places: int) -> None:
        """The session may not see any more what is at hand of *owner*, or is being read to be."""
        for shut in self._read_ahead:
            shut.add(owner)
        for place in range(places):
            self.at_hand.pop((owner, place), None)

    @contextmanager
    def reading_ahead(self) -> Iterator[Collection[str]]:
        """During the block, what the session may not see any more since its beginning."""
        shut: set[str] = set()
        self._read_ahead.append(shut)
        try:
            yield shut
        finally:
            self._read_ahead = [each for each in self._read_ahead if each is not shut]


def held(session: Viewer) -> Held:
    """What the session has read and subscribed to."""
    if session.objects is None:
        session.objects = Held()
    kept: Held = session.objects
    return kept


class Watching:
    """The sessions of a process."""

    def __init__(self, places: int) -> None:
        """*places*: how many projections there are."""
        self._places = places
        self._seats: defaultdict[str, dict[Viewer, Seat]] = defaultdict(dict)
        self._sessions: defaultdict[str, set[Viewer]] = defaultdict(set)
        self.accounts: Counter[str] = Counter()
        """How many sessions each account has here."""

    def has(self, owner: str | None) -> bool:
        """Whether anybody is subscribed to something of *owner*."""
        return owner in self._seats

    def enter(self, session: Viewer) -> bool:
        """From now on the session belongs here; whether it is the first of its account."""
        self._sessions[session.user_sid].add(session)
        self.accounts[session.scope.account] += 1
        return self.accounts[session.scope.account] == 1

    def leave(self, session: Viewer) -> bool:
        """Nothing is kept of the session; whether it was the last of its account."""
        held: Held = session.objects
        held.is_over = True
        for owner in list(held.seats):
            self._vacate(session, owner)
        _drop(self._sessions, session.user_sid, session)
        account = session.scope.account
        self.accounts[account] -= 1
        if self.accounts[account]:
            return False
        del self.accounts[account]
        return True

    def seat(self, session: Viewer, owner: str) -> Seat:
        """The session's subscriptions to what there is of *owner*."""
        held: Held = session.objects
        if owner not in held.seats:
            held.seats[owner] = self._seats[owner][session] = [None] * self._places
        return held.seats[owner]

    def stand_up(self, session: Viewer, owner: str, place: int) -> None:
        """The session is no longer subscribed to that object."""
        seat = session.objects.seats.get(owner)
        if seat is not None:
            seat[place] = None
            session.objects.values.pop((owner, place), None)
            if not any(seat):
                self._vacate(session, owner)

    def of(self, owner: str) -> Iterable[tuple[Viewer, Seat]]:
        """The sessions with a subscription to something of *owner*."""
        return list(self._seats[owner].items()) if owner in self._seats else ()

    def subscribed(self, owner: str, places: Collection[int]) -> Iterator[Viewer]:
        """The sessions with a subscription to one of the objects of *owner* at *places*, which only those get who may
        read them."""
        for session, seat in self.of(owner):
            if any(isinstance(seat[place], Snapshot) for place in places):
                yield session

    def of_user(self, user_sid: str) -> Collection[Viewer]:
        """All sessions of the user."""
        return list(self._sessions[user_sid]) if user_sid in self._sessions else ()

    def everybody(self) -> list[Viewer]:
        """All sessions."""
        return [each for sessions in self._sessions.values() for each in sessions]

    def _vacate(self, session: Viewer, owner: str) -> None:
        session.objects.seats.pop(owner, None)
        if owner in self._seats:
            self._seats[owner].pop(session, None)
            if not self._seats[owner]:
                del self._seats[owner]


def _drop(sets: defaultdict[str, set[Viewer]], key: str, session: Viewer) -> None:
    sets[key].discard(session)
    if not sets[key]:
        del sets[key]
