"""Reads of objects, gathered over all sessions of a turn into few statements."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol, cast

import msgspec

from parlour.contract.sync import Projection, Readers, Slice
from parlour.core.errors import ApiError, NotAMember, NotFound, PermissionDenied
from parlour.core.sids import Prefix
from parlour.core.windows import Key, Window
from parlour.storage.batches import Batches, Values
from parlour.storage.database import Database

BATCH_SIZE = 1000
"""Reads that share the statements."""
OVERLAP_AFTER_SECONDS = 0.1
"""Seconds after which the next reads are sent beside those that take longer."""


class AnyStanding(Protocol):
    """How a user stands to a conversation."""

    @property
    def newest(self) -> int:
        """The number of the newest event in the conversation."""

    @property
    def is_member(self) -> bool: ...

    @property
    def is_creator(self) -> bool:
        """Whether the user made it and has not joined yet."""


Standings = Callable[[Any, Sequence[tuple[str, str, str]]], Awaitable[tuple[str, Sequence[AnyStanding | None]]]]
"""Given a way to read the database, and services, conversations and identities: how each user stands to each
conversation; None for one that is unknown. And before that, the snapshot."""


class Asked(msgspec.Struct, frozen=True):
    """What one session wants of one object."""

    place: int
    """Of the projection."""
    service_sid: str
    owner: str
    user_sid: str
    identity: str
    start: Key | None = None
    is_descending: bool = False
    limit: int = 0
    """Items; 0 for none but the number."""

    @property
    def window(self) -> Window:
        """Its items."""
        return Window(self.service_sid, self.owner, self.start, self.is_descending, self.limit)


class ReadObject(msgspec.Struct, frozen=True):
    """What there is of an object."""

    newest: int
    """The number as of which it was read; nothing in the object has a higher one."""
    part: Slice = Slice([])


def refused(projection: Projection, asked: Asked, standing: AnyStanding | None) -> ApiError | None:
    """Why the session may not see the object, which lies in its service."""
    if projection.of is Prefix.CONVERSATION:
        if standing is None:
            return NotFound()
        is_let_in = standing.is_creator and projection.readers is Readers.PARTICIPANTS_AND_CREATOR
        return None if standing.is_member or is_let_in else NotAMember()
    if projection.readers is Readers.OWNER and asked.owner != asked.user_sid:
        return PermissionDenied()
    return None


class Reads(Batches[ReadObject | ApiError]):
    """Reads what sessions want to see, all that are asked for together under one snapshot."""

    def __init__(self, database: Database, projections: Sequence[Projection], standings: Standings) -> None:
        super().__init__(limit=BATCH_SIZE, patience=OVERLAP_AFTER_SECONDS)
        self._database, self._projections, self._standings = database, projections, standings

    async def read(self, asked: Asked) -> ReadObject:
        """Raises NotFound, NotAMember, PermissionDenied."""
        found = await self.begin(asked)
        if isinstance(found, ApiError):
            raise found
        return found

    async def read_many(self, asked: Sequence[Asked]) -> Sequence[ReadObject | ApiError]:
        """The same of many objects, with refusals in the place of what is refused."""
        return await asyncio.gather(*(self.begin(each) for each in asked))

    async def _answers(self, calls: Sequence[Values]) -> Sequence[ReadObject | ApiError]:
        wanted = [cast(Asked, each) for (each,) in calls]
        async with self._database.snapshot() as reading:
            _, standings = await self.standings(reading, wanted)
            found: dict[int, ReadObject | ApiError] = {}
            open_to: defaultdict[int, list[int]] = defaultdict(list)
            for number, asked in enumerate(wanted):
                refusal = refused(self._projections[asked.place], asked, standings[number])
                if refusal is not None:
                    found[number] = refusal
                else:
                    open_to[asked.place].append(number)
            for place, numbers in open_to.items():
                theirs = [wanted[number] for number in numbers]
                parts = await self._parts(reading, self._projections[place], theirs)
                for number, asked, part in zip(numbers, theirs, parts, strict=True):
                    found[number] = self._found(asked, standings[number], part)
        return [found[number] for number in range(len(wanted))]

    async def standings(self, reading: Any, wanted: Sequence[Asked]) -> tuple[str, list[AnyStanding | None]]:
        """The snapshot under which all is read, and how each session stands to the conversation that it asks for; None
        for what is of no conversation."""
        keys = [
            (asked.service_sid, asked.owner, asked.identity)
            for asked in wanted
            if self._projections[asked.place].of is Prefix.CONVERSATION
        ]
        different = list(dict.fromkeys(keys))
        seen, standings = await self._standings(reading, different)
        known = dict(zip(different, standings, strict=True))
        return seen, [known.get((asked.service_sid, asked.owner, asked.identity)) for asked in wanted]

    async def _parts(self, reading: Any, projection: Projection, wanted: Sequence[Asked]) -> Sequence[Slice]:
        """What each wants to see of an object."""
        windows = [asked.window for asked in wanted if asked.limit]
        found = iter(await projection.read(reading, windows) if windows else ())
        return [next(found) if asked.limit else Slice([]) for asked in wanted]

    def _found(self, asked: Asked, standing: AnyStanding | None, part: Slice) -> ReadObject | ApiError:
        projection = self._projections[asked.place]
        if standing is not None:
            return ReadObject(standing.newest, part)
        if not part.items and projection.readers is Readers.SERVICE and asked.start is None:
            return NotFound()  # a user that exists always has something to show
        return ReadObject(max((item.number for item in part.items), default=0), part)
