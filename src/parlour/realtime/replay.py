"""Replay: what changed in objects above the numbers that clients know, read from rows under one snapshot."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast

import msgspec

from parlour.contract.sync import Changes, Item, Projection, Stone
from parlour.core.clock import Clock
from parlour.core.errors import ApiError, NotFound
from parlour.core.sids import Prefix
from parlour.core.windows import Key, Since
from parlour.realtime.events import replay
from parlour.realtime.reads import AnyStanding, Asked, Reads, refused
from parlour.storage.batches import Batches, Values
from parlour.storage.database import Database
from parlour.storage.snapshots import Snapshot

BATCH_SIZE = 20
"""Calls, each with up to a thousand subscriptions, that share the statements."""
OVERLAP_AFTER_SECONDS = 0.1
MAX_EVENTS = 100
"""Of one object in one replay; a client asks again for the rest as soon as it has these."""
MAX_BYTES = 512 * 1024
"""Of all events of one call, about; so that a session's buffer never overflows by them."""
_OBJECTS_AT_ONCE = 50
"""Of which changes are in memory together."""
_ALL = 10_000
"""Items of an object that is replayed as a whole."""


class Wanted(msgspec.Struct, frozen=True):
    """One subscription that a client wants."""

    asked: Asked
    above: int | None
    """The number that the client knows; None: whatever is newest now."""
    known: Mapping[Key, int] | None = None
    """The numbers of the items that the client knows, of an object that is compared as a whole."""
    is_told: bool = False
    """Whether the client knows everything already."""


class SubscriptionOutcome(msgspec.Struct, frozen=True):
    """What comes of it."""

    newest: int
    """Up to which number the client knows everything after the events."""
    events: Sequence[tuple[int, bytes]] = ()
    """The events as JSON, by their numbers."""
    is_whole: bool = True
    """Whether these are all."""
    refusal: ApiError | None = None


class Replayed(msgspec.Struct, frozen=True):
    """What comes of one call."""

    outcomes: Sequence[SubscriptionOutcome]
    seen: Snapshot
    """Of which everything is known then."""


class Replays(Batches[Replayed]):
    """Replays for all calls that come together; what has not changed since costs one statement for all of them."""

    def __init__(self, database: Database, projections: Sequence[Projection], reads: Reads, clock: Clock) -> None:
        super().__init__(limit=BATCH_SIZE, patience=OVERLAP_AFTER_SECONDS)
        self._database, self._projections, self._reads, self._clock = database, projections, reads, clock

    async def replay(self, wanted: Sequence[Wanted]) -> Replayed:
        """What a client gets before its subscriptions are confirmed."""
        return await self.begin(wanted)

    async def _answers(self, calls: Sequence[Values]) -> Sequence[Replayed]:
        every = [cast(Sequence[Wanted], each) for (each,) in calls]
        async with self._database.snapshot() as reading:
            seen, found = await self._reads.standings(reading, [each.asked for call in every for each in call])
            standings, snapshot = iter(found), Snapshot.of(seen)
            return [
                Replayed(await self._outcomes(reading, call, [next(standings) for _ in call]), snapshot)
                for call in every
            ]

    async def _outcomes(
        self, reading: Any, call: Sequence[Wanted], standings: Sequence[AnyStanding | None]
    ) -> list[SubscriptionOutcome]:
        outcomes: dict[int, SubscriptionOutcome] = {}
        behind: defaultdict[int, list[int]] = defaultdict(list)
        for number, (wanted, standing) in enumerate(zip(call, standings, strict=True)):
            projection = self._projections[wanted.asked.place]
            refusal = refused(projection, wanted.asked, standing)
            if refusal is not None:
                outcomes[number] = SubscriptionOutcome(0, refusal=refusal)
            elif standing is not None and (wanted.above is None or standing.newest <= wanted.above):
                outcomes[number] = SubscriptionOutcome(standing.newest)
            else:
                behind[wanted.asked.place].append(number)
        budget = MAX_BYTES
        for place, numbers in behind.items():
            for start in range(0, len(numbers), _OBJECTS_AT_ONCE):
                some = numbers[start : start + _OBJECTS_AT_ONCE]
                if budget <= 0:
                    outcomes.update((each, _later(call[each])) for each in some)
                    continue
                found = await self._changes(reading, self._projections[place], [call[each] for each in some])
                for each, changes in zip(some, found, strict=True):
                    outcome = self._outcome(call[each], standings[each], changes) if budget > 0 else _later(call[each])
                    budget -= sum(len(event) for _, event in outcome.events)
                    outcomes[each] = outcome
        return [outcomes[number] for number in range(len(call))]

    async def _changes(self, reading: Any, projection: Projection, wanted: Sequence[Wanted]) -> Sequence[Changes]:
        is_numbered = projection.of is Prefix.CONVERSATION
        return await projection.changes(
            reading,
            [
                Since(
                    each.asked.service_sid,
                    each.asked.owner,
                    (each.above or 0) if is_numbered else -1,
                    MAX_EVENTS + 1 if is_numbered else _ALL,
                )
                for each in wanted
            ],
        )

    def _outcome(self, wanted: Wanted, standing: AnyStanding | None, changes: Changes) -> SubscriptionOutcome:
        projection = self._projections[wanted.asked.place]
        if standing is not None:
            return self._numbered(projection, wanted, standing.newest, changes)
        if not changes and not projection.has_many_locks:
            return SubscriptionOutcome(0, refusal=NotFound())
        newest = max((each.number for each in changes), default=0)
        if projection.has_many_locks:
            changes = [] if wanted.is_told else _differences(wanted, changes)
            above = -1  # whatever the client does not know is new to it
        else:
            above = newest if wanted.above is None else wanted.above
            changes = [each for each in changes if each.number > above]
        return SubscriptionOutcome(newest, self._events(projection, wanted, changes, above))

    def _numbered(self, projection: Projection, wanted: Wanted, newest: int, changes: Changes) -> SubscriptionOutcome:
        """Of an object whose events become visible in the order of their numbers."""
        above = wanted.above or 0
        sent = changes[:MAX_EVENTS]
        events = self._events(projection, wanted, sent, above)
        if len(changes) > len(sent):
            return SubscriptionOutcome(sent[-1].number, events, is_whole=False)
        return SubscriptionOutcome(newest, events)

    def _events(self, projection: Projection, wanted: Wanted, changes: Changes, above: int) -> list[tuple[int, bytes]]:
        at: datetime = self._clock.now()
        return [(each.number, replay(projection, wanted.asked.owner, each, above, at).encoded) for each in changes]


def _later(wanted: Wanted) -> SubscriptionOutcome:
    """There was no room for it; the client asks again."""
    return SubscriptionOutcome(wanted.above or 0, is_whole=False)


def _differences(wanted: Wanted, changes: Changes) -> Changes:
    """What the client does not know. Where nobody knows what it knows, since it comes from an earlier connection,
    everything; it ignores what is not new to it."""
    known = wanted.known
    if known is None:
        return [] if wanted.above is None else changes
    return [
        each
        for each in changes
        if (isinstance(each, Item) and known.get(each.key) != each.number)
        or (isinstance(each, Stone) and known.get(each.key, each.number) < each.number)
    ]
