"""The event log as one account reads it: filtered, from any position, however far behind.

Positions are those of ``storage/log.py``, and so are the reasons why nothing is lost or comes twice.
"""

from collections.abc import Sequence

import msgspec

from parlour.core.errors import PositionGone
from parlour.core.facts import LoggedEvent
from parlour.storage.columns import columns
from parlour.storage.log import BEGINNING, Cursor
from parlour.storage.transaction import Reading

_EVENT = columns(LoggedEvent, "events")

MAX_SCANNED = 10_000
"""Facts that one statement with filters looks at, at most."""
BATCH_BYTES = 1_000_000
"""Size of the payloads, as JSON, at which a batch ends, whatever number of facts was asked for. The fact that reaches
it is the last; so every batch has at least one, and is larger by less than one fact."""


class FeedFilter(msgspec.Struct, frozen=True):
    """Which facts are wanted: those of one of these types (none: of all), in one service, about one conversation."""

    types: tuple[str, ...] = ()
    service_sid: str | None = None
    conversation_sid: str | None = None


EVERY_FACT = FeedFilter()


class FeedBatch(msgspec.Struct, frozen=True):
    """Facts by their numbers, and the position behind them and behind what was passed over."""

    events: list[LoggedEvent]
    position: Cursor
    seen: str
    """The snapshot behind which they come."""
    generation: int

    @property
    def is_last(self) -> bool:
        """Whether it reaches to the end of what was committed when it was read."""
        return self.position.until is None

    def behind(self, event: LoggedEvent) -> Cursor:
        """The position right behind one of the events."""
        return Cursor(self.seen, self.position.until or self.position.seen, event.id, self.generation)


# From a position between batches on, what is new begins with the oldest transaction that the position did not see.
# From one within a batch on, everything beyond a number is new, but for the few that overtook; the same index serves
# a reader from the beginning, whose first batch is the whole log. The sum keeps the first from using it, which would
# go through the whole log for the few newest.
_NEW = "and xid >= pg_snapshot_xmin($2::text::pg_snapshot) order by id + 0"
_NEXT = "and id > $4 order by id"

# Sizes are added up fact by fact, since a sum over all that are wanted would have to read all of them.
_SQL = """
with recursive present as (
  select pg_current_snapshot() as now, coalesce($3::text::pg_snapshot, pg_current_snapshot()) as until
), looked_at as materialized (
  select service_sid, id, ($7::text[] is null or type = any($7)) and ($8::text is null or service_sid = $8)
    and ($9::text is null or conversation_sid = $9) as is_wanted
  from present, events
  where account_sid = $1 and not pg_visible_in_snapshot(xid, $2::text::pg_snapshot)
    and pg_visible_in_snapshot(xid, until) {order} limit $6
), wanted as materialized (
  select service_sid, id, row_number() over (order by id) as place from looked_at where is_wanted order by id limit $5
), listed as materialized (
  select array_agg(id order by id) as ids from wanted
), filled (place, bytes) as (
  select 0, 0::bigint
  union all
  select place + 1, bytes + (
    select octet_length(payload::text) from events where account_sid = $1 and id = ids[place + 1]
  ) from filled, listed where place < cardinality(ids) and bytes < $10
)
select until::text, (select count(*) from looked_at), (select max(id) from looked_at),
  (select max(place) from filled) < (select count(*) from wanted) as is_full, generation,
  generation <> $11 or pg_snapshot_xmax($2::text::pg_snapshot) > pg_snapshot_xmax(now) or coalesce(
    (select xid >= pg_snapshot_xmin($2::text::pg_snapshot) and id > $4 from log_horizons where account_sid = $1), false
  ) as is_gone, fresh.*
from present cross join log_cluster left join (
  select {event} from wanted join events on events.service_sid = wanted.service_sid and events.id = wanted.id
  where place <= (select max(place) from filled)
) as fresh on true
order by fresh.id
"""
FROM_A_SNAPSHOT = _SQL.format(order=_NEW, event=_EVENT)
FROM_A_NUMBER = _SQL.format(order=_NEXT, event=_EVENT)


async def read(
    reading: Reading, account: str, position: Cursor, wanted: FeedFilter = EVERY_FACT, *, limit: int = 500
) -> FeedBatch:
    """At most *limit* of the wanted facts of *account* that come after *position*, and at most BATCH_BYTES of them.
    Raises PositionGone.

    There may be none, though the batch is not the last, where many are passed over.
    """
    is_first = position == BEGINNING
    rows = await reading.fetch(
        FROM_A_NUMBER if is_first or position.until is not None else FROM_A_SNAPSHOT,
        account,
        position.seen,
        position.until,
        position.after,
        limit,
        limit if wanted == EVERY_FACT else MAX_SCANNED,
        list(wanted.types) or None,
        wanted.service_sid,
        wanted.conversation_sid,
        BATCH_BYTES,
        position.generation,
    )
    until, looked_at, furthest, is_full, generation, is_gone = rows[0][:6]
    if is_gone and not is_first:
        raise PositionGone
    events = [LoggedEvent(*row[6:]) for row in rows if row["id"] is not None]
    if is_full or len(events) == limit:
        reached = Cursor(position.seen, until, events[-1].id, generation)
    elif looked_at == MAX_SCANNED:
        reached = Cursor(position.seen, until, furthest, generation)
    else:
        reached = Cursor(until, generation=generation)
    return FeedBatch(events, reached, position.seen, generation)


class Fresh(msgspec.Struct, frozen=True):
    """What became visible between two snapshots, of some accounts."""

    events: list[tuple[int, LoggedEvent]]
    """By their numbers, each with the transaction that wrote it."""
    seen: str
    """The later snapshot."""
    generation: int
    is_complete: bool
    """Whether these are all. If not, there are more with higher numbers."""
    is_moved: bool = False
    """Whether the log is another one now, to which the earlier snapshot means nothing."""


async def fresh(
    reading: Reading, seen: str, accounts: Sequence[str], *, limit: int, until: str | None = None, after: int = 0
) -> Fresh:
    """At most *limit* facts of *accounts*, those with the lowest numbers, that the snapshot *seen* does not see and the
    one *until* does (None: the present one); of them those with numbers above *after*."""
    rows = await reading.fetch(_FRESH, seen, accounts, limit, until, after)
    reached, generation, is_moved = rows[0][:3]
    found = [(row["written_by"], LoggedEvent(*row[4:])) for row in rows if row["id"] is not None]
    return Fresh(found, reached, generation, len(found) < limit and not is_moved, is_moved)


# All that is new is sorted by number, so that what does not fit is what comes later; the sum keeps PostgreSQL from
# going through the whole log in that order.
_FRESH = f"""
with present as (
  select pg_current_snapshot() as now, coalesce($4::text::pg_snapshot, pg_current_snapshot()) as until
)
select until::text, generation, pg_snapshot_xmax($1::text::pg_snapshot) > pg_snapshot_xmax(now) as is_moved, fresh.*
from present cross join log_cluster left join lateral (
  select events.xid::text::bigint as written_by, {_EVENT}
  from unnest($2::text[]) as watched(account) cross join lateral (
    select * from events where account_sid = account and xid >= pg_snapshot_xmin($1::text::pg_snapshot)
      and not pg_visible_in_snapshot(xid, $1::text::pg_snapshot) and pg_visible_in_snapshot(xid, until) and id > $5
    order by id + 0 limit $3
  ) as events
  order by id limit $3
) as fresh on true
order by fresh.id
"""
