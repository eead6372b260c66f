"""Live: what was committed, by whomever and in whichever process, reaches the sessions that are subscribed to it.

The follower of the process hands over facts. Of each is made what it is to the objects that show it; the bytes are made
once and written to every session that does not know it yet.
"""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence

import msgspec
import structlog

from parlour.contract.sync import Change, Item, Lookup, ObjectKind, Projection, Shown
from parlour.core.facts import Fact, FactReader, LoggedEvent
from parlour.core.sids import Prefix
from parlour.realtime.events import event
from parlour.realtime.watching import Pending, Viewer, Watching, held
from parlour.runtime.bus import Bus
from parlour.runtime.follow import Follower
from parlour.storage.database import Database
from parlour.storage.snapshots import Snapshot

MAX_WRITES = 2000
"""To sockets in one turn of the event loop; with more, whatever else there is to do goes in between."""

_log = structlog.get_logger("parlour.sockets")


class _Heard(msgspec.Struct, frozen=True):
    """A fact that was handed over."""

    written_by: int
    event: LoggedEvent
    fact: Fact


class LiveEvents:
    """Hands every fact to the sessions of this process that are subscribed to what it changes."""

    def __init__(
        self,
        follower: Follower,
        bus: Bus,
        database: Database,
        projections: Sequence[Projection],
        facts: FactReader,
        watching: Watching,
    ) -> None:
        self._follower, self._bus, self._database = follower, bus, database
        self._facts, self._watching = facts, watching
        self._projections = projections
        self._shown: defaultdict[type[Fact], list[tuple[int, Shown]]] = defaultdict(list)
        self._looked_up: defaultdict[type[Fact], list[tuple[int, Lookup]]] = defaultdict(list)
        for place, projection in enumerate(projections):
            for fact, shown in projection.facts.items():
                self._shown[fact].append((place, shown))
            for fact, lookup in projection.lookups.items():
                self._looked_up[fact].append((place, lookup))
        self._types = {each.__name__: self._is_of_conversations(each) for each in self._shown | self._looked_up}
        """By the type of a fact: whether all that it changes is of its conversation."""
        self._documents: dict[tuple[str, int], tuple[_Heard, Item]] = {}
        """What documents have become, until all facts are there that became visible together."""
        self._writes = 0
        follower.hand_to(self)
        bus.listen_closely(lambda: bool(watching.accounts))

    @property
    def accounts(self) -> Collection[str]:
        """Those that have sessions here."""
        return self._watching.accounts

    async def join(self, session: Viewer) -> None:
        """From now on everything that concerns the session comes here; leaving it is seen to."""
        kept = held(session)
        if kept.is_over or kept.has_joined:
            return
        kept.has_joined = True
        session.on_end.append(lambda: self._leave(session))
        if self._watching.enter(session):
            self._bus.ask()
        await self._follower.follow(session.scope.account)

    def _leave(self, session: Viewer) -> None:
        if self._watching.leave(session):
            self._follower.unfollow(session.scope.account)

    def lose(self) -> None:
        """The log is another one: every client has to come back and read anew."""
        for session in self._watching.everybody():
            session.close(1012, "the database was exchanged")

    async def receive(self, facts: Sequence[tuple[int, LoggedEvent]], *, is_complete: bool) -> None:
        """Tells the sessions. What has to be looked up for that is read first, so that nothing was told if it fails."""
        heard = list(self._heard(facts))
        owners = await self._look_up(heard)
        for each in heard:
            try:
                self._show(each, owners.get(each.event.id, ()))
            except Exception as fault:
                _log.error("A fact could not be shown to sockets.", type=each.event.type, exc_info=fault)
            await self._breathe()
        if is_complete:
            documents, self._documents = self._documents, {}
            for (owner, place), (each, item) in documents.items():
                self._write(each, owner, place, Change.UPDATED, item)
                await self._breathe()

    def release(self, session: Viewer, pending: Pending) -> None:
        """What was kept back for the session while its subscriptions were made goes out, unless it knows that."""
        for owner, place, written_by, frame in pending.kept:
            seat = held(session).seats.get(owner)
            told = seat[place] if seat is not None else None
            if not isinstance(told, Snapshot) or told.sees(written_by):
                continue
            if frame is None:
                self._watching.stand_up(session, owner, place)
            else:
                session.send(frame)

    def _heard(self, facts: Sequence[tuple[int, LoggedEvent]]) -> Iterator[_Heard]:
        """The facts that somebody may want to know; most are about conversations that nobody here looks at."""
        for written_by, each in facts:
            is_of_conversation = self._types.get(each.type)
            if is_of_conversation is None or (is_of_conversation and not self._watching.has(each.conversation_sid)):
                continue
            try:
                fact = self._facts.read(each)
            except msgspec.ValidationError:
                continue  # nobody can read it
            if fact is not None:
                yield _Heard(written_by, each, fact)

    async def _look_up(self, heard: Sequence[_Heard]) -> dict[int, list[tuple[int, Change, str, Item]]]:
        """By the number of a fact: what it changes that only the database can name."""
        wanted: defaultdict[int, list[tuple[_Heard, Lookup]]] = defaultdict(list)
        for each in heard:
            for place, lookup in self._looked_up.get(type(each.fact), ()):
                wanted[place].append((each, lookup))
        found: defaultdict[int, list[tuple[int, Change, str, Item]]] = defaultdict(list)
        if not wanted:
            return found
        async with self._database.session() as reading:
            for place, these in wanted.items():
                lookup = these[0][1]
                owners = await lookup.read(reading, [(each.event.service_sid, each.fact) for each, _ in these])
                for (each, _), theirs in zip(these, owners, strict=True):
                    found[each.event.id] += [(place, lookup.change, owner, item) for owner, item in theirs]
        return found

    def _show(self, heard: _Heard, looked_up: Sequence[tuple[int, Change, str, Item]]) -> None:
        for place, change, owner, item in looked_up:
            self._show_item(heard, owner, place, change, item)
        for place, shown in self._shown.get(type(heard.fact), ()):
            concerned = shown.owner(heard.fact)
            if concerned is not None:
                self._show_to(heard, place, shown, concerned)
                shut = shown.shuts(heard.fact)
                if shut is not None:
                    self._shut(heard, shut, self._watching.of_user(concerned))

    def _show_to(self, heard: _Heard, place: int, shown: Shown, owner: str) -> None:
        if not self._watching.has(owner):
            return
        if shown.change is Change.GONE:
            self._documents.pop((owner, place), None)
            self._write(heard, owner, place, Change.GONE, None)
            return
        for item in shown.items(heard.fact):
            self._show_item(heard, owner, place, shown.change, item)

    def _show_item(self, heard: _Heard, owner: str, place: int, change: Change, item: Item) -> None:
        if self._projections[place].kind is ObjectKind.DOCUMENT:
            self._documents[owner, place] = (heard, item)
        else:
            self._write(heard, owner, place, change, item)

    def _write(self, heard: _Heard, owner: str, place: int, change: Change, item: Item | None) -> None:
        """Writes one event to all sessions that are subscribed to the object and do not know it."""
        frame = None
        for session, seat in self._watching.of(owner):
            told = seat[place]
            if told is None or (isinstance(told, Snapshot) and not self._is_news(session, heard, owner, place, item)):
                continue
            if frame is None:
                number = heard.event.id if item is None else item.number
                projection = self._projections[place]
                frame = event(projection, owner, change, item, number, heard.event.created_at).live(projection)
            if isinstance(told, Pending):
                told.kept.append((owner, place, heard.written_by, frame))
            else:
                session.send(frame)
                self._writes += 1
            if change is Change.GONE:
                self._end(session, heard, owner, place)

    def _is_news(self, session: Viewer, heard: _Heard, owner: str, place: int, item: Item | None) -> bool:
        """Whether a session that is subscribed to the object does not know this yet."""
        kept = held(session)
        told = kept.seats[owner][place]
        if isinstance(told, Snapshot) and told.sees(heard.written_by):
            return False
        is_document = self._projections[place].kind is ObjectKind.DOCUMENT
        return item is None or not is_document or kept.is_news(owner, place, item.number)

    def _shut(self, heard: _Heard, owner: str, sessions: Collection[Viewer]) -> None:
        """The sessions may see nothing of *owner* any more."""
        for session in sessions:
            held(session).forget(owner, len(self._projections))
            if owner in held(session).seats:
                for place in range(len(self._projections)):
                    self._end(session, heard, owner, place)

    def _end(self, session: Viewer, heard: _Heard, owner: str, place: int) -> None:
        seat = held(session).seats.get(owner)
        told = seat[place] if seat is not None else None
        if isinstance(told, Pending):
            told.kept.append((owner, place, heard.written_by, None))
        elif told is not None and not told.sees(heard.written_by):
            self._watching.stand_up(session, owner, place)

    async def _breathe(self) -> None:
        if self._writes >= MAX_WRITES:
            self._writes = 0
            await asyncio.sleep(0)

    def _is_of_conversations(self, fact: type[Fact]) -> bool:
        places = [place for place, _ in self._shown.get(fact, ())] + [
            place for place, _ in self._looked_up.get(fact, ())
        ]
        return all(self._projections[place].of is Prefix.CONVERSATION for place in places)
