"""Backlog: pending background work, for metrics. What is pending, whoever has the work says as SQL expressions."""

from collections.abc import Sequence
from datetime import datetime

from parlour.core.audience import Audience
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

OLDEST_FACT = f"least({', '.join(_UNREAD.format(learns=learns(each), reader=reader_of(each)) for each in Audience)})"
"""When the first fact happened that is not relayed."""


def counted(rows: str) -> str:
    """How many *rows*, a select, gives; at most MAX_COUNTED."""
    return f"(select count(*) from ({rows} limit {MAX_COUNTED}) as counted)"


async def backlog(
    reading: Reading, now: datetime, expressions: Sequence[str]
) -> Sequence[int | bool | datetime | None]:
    """The values of *expressions* at the moment *now*, their ``$1``, in one statement.

    Each reads an index from its beginning, and no further than told.
    """
    return tuple(await reading.fetchone(f"select {', '.join(expressions)}", now))
