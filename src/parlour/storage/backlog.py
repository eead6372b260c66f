"""Backlog: pending background work, for metrics."""

from datetime import datetime

import msgspec

from parlour.core.audience import Audience
from parlour.storage.clusters import IS_FOREIGN
from parlour.storage.log import learns, reader_of
from parlour.storage.transaction import Reading

MAX_COUNTED = 10_000
"""Rows that are counted; how many more there are is not told, so that asking stays cheap when there are many."""

_UNREAD = """
  (select e.created_at from log_positions p, lateral (
     select created_at from events
     where {learns} and xid >= pg_snapshot_xmin(p.seen::pg_snapshot)
       and not pg_visible_in_snapshot(xid, p.seen::pg_snapshot)
       and (p.until is null or id > p.after or not pg_visible_in_snapshot(xid, p.until::pg_snapshot))
     order by xid, id limit 1) as e
   where p.reader = '{reader}')"""
"""When the first fact happened that the reader for one audience has not read; null where it has none."""


_ASK = f"""
select
  (select count(*) from (select from deliveries where state = 'waiting' limit {MAX_COUNTED}) as waiting),
  (select due_at from delivery_lanes
   where due_at <= $1 and away_since is null and (claimed_until is null or claimed_until < clock_timestamp())
   order by due_at limit 1),
  (select count(*) from (select from delivery_lanes where away_since is not null limit {MAX_COUNTED}) as away),
  (select min(away_since) from (
     select away_since from delivery_lanes where away_since is not null limit {MAX_COUNTED}) as away),
  least({", ".join(_UNREAD.format(learns=learns(each), reader=reader_of(each)) for each in Audience)}),
  (select count(*) from (
     select from conversations where least(inactive_due_at, closed_due_at) <= $1 limit {MAX_COUNTED}) as overdue),
  (select least(inactive_due_at, closed_due_at) from conversations
   where least(inactive_due_at, closed_due_at) <= $1 order by least(inactive_due_at, closed_due_at) limit 1),
  {IS_FOREIGN}
"""
"""Each part reads an index from its beginning, and no further than told."""


class Backlog(msgspec.Struct, frozen=True):
    """What is there; the times are None where there is nothing."""

    deliveries: int
    oldest_delivery: datetime | None
    """When the oldest overdue delivery became due."""
    lanes_away: int
    """Lanes whose receivers are away."""
    oldest_away: datetime | None
    """Since when the first of them waits for that."""
    oldest_fact: datetime | None
    """When the first fact happened that is not relayed."""
    timers: int
    oldest_timer: datetime | None
    """When the first timer ran out of those that have had no effect yet."""
    is_foreign: bool
    """Whether the log's numbers are another cluster's, so that nothing is relayed until it is adopted."""


async def backlog(reading: Reading, now: datetime) -> Backlog:
    """What waits at the moment *now*."""
    return Backlog(*await reading.fetchone(_ASK, now))
