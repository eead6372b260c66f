"""The event log from the reader's side: every committed fact once, in an order that never steps over anything.

A fact's number says nothing about when its transaction commits, so a reader that remembers "the last number I saw"
loses facts. A Reader remembers *what it could see* instead: a snapshot. The next batch is what the present snapshot
sees and the remembered one did not, by number. That is complete, since a snapshot is exactly the set of
transactions that had committed; and it keeps the facts of one conversation in order, since who waits for a
conversation's lock commits later than who held it, so no snapshot sees the second without the first.

``docs/chapters/event-log.md`` tells the whole story, and why ``xid < xmin`` alone is not enough.
"""

from datetime import datetime

import msgspec

from parlour.core.audience import Audience
from parlour.core.facts import LoggedEvent
from parlour.storage import clusters
from parlour.storage.clusters import IS_FOREIGN
from parlour.storage.columns import columns
from parlour.storage.database import Database
from parlour.storage.transaction import Reading, Transaction

_EVENT = columns(LoggedEvent)


def learns(audience: Audience) -> str:
    """The condition that *audience* learns of a fact, as the index of those facts has it."""
    return f"audiences & {int(audience)} <> 0"


class LogMoved(Exception):
    """The log came from another cluster, whose positions mean nothing here until it is adopted."""


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """How far a reader has come: everything visible in *seen* is behind it, and of what became visible in *until*
    also everything up to the number *after*."""

    seen: str
    """A ``pg_snapshot`` as text."""
    until: str | None = None
    """The snapshot of a batch that was cut off; None between batches."""
    after: int = 0
    generation: int = 1
    """Of the log, which is another one in each cluster that it comes to."""


class LogBatch(msgspec.Struct, frozen=True):
    """Facts by their numbers, and the position behind the last of them."""

    events: list[LoggedEvent]
    position: Cursor


BEGINNING = Cursor("1:1:")
"""Before every fact there is."""


async def end(reading: Reading) -> Cursor:
    """The position behind everything that is committed now."""
    row = await reading.fetchone("select pg_current_snapshot()::text, generation from log_cluster")
    return Cursor(row[0], generation=row[1])


class Newest(msgspec.Struct, frozen=True):
    """The greatest number of a fact that is committed now, and the store that it counts in."""

    number: int
    """0 if there is none."""
    store: str
    """Another one for each cluster, database and restored dump: numbers of two stores cannot be compared."""


async def newest(reading: Reading) -> Newest:
    """The same for this moment.

    A restored dump has another cluster, another database or other tables than what was there before.
    """
    row = await reading.fetchone(
        """
        select (select coalesce(max(id), 0) from events), concat_ws('/', coalesce(system_identifier, '-'), generation,
          (select oid from pg_database where datname = current_database()), 'log_cluster'::regclass::oid)
        from log_cluster
        """
    )
    return Newest(int(row[0]), row[1])


async def adopt(database: Database) -> bool:
    """The log is this cluster's from now on; whether it was another's."""
    return await clusters.adopt(database.url)


def reader_of(audience: Audience) -> str:
    """As which the log knows who reads it for *audience*."""
    return str(audience.name).lower()


async def resume(tx: Transaction, audience: Audience) -> Cursor:
    """The position of the reader for *audience*, locked until the end of the transaction; raises LogMoved.

    A reader that is new begins with what is committed later. From then on nothing is forgotten that it has not read.
    """
    reader = reader_of(audience)
    known = f"select seen, until, after, {IS_FOREIGN} as is_foreign from log_positions where reader = $1 for update"
    row = await tx.fetchrow(known, reader)
    if row is None:
        await tx.execute(
            """
            insert into log_positions (reader, audiences, seen, after) values ($1, $2, pg_current_snapshot()::text, 0)
            on conflict do nothing
            """,
            reader,
            int(audience),
        )
        row = await tx.fetchone(known, reader)
    if row["is_foreign"]:
        raise LogMoved
    return Cursor(row["seen"], row["until"], row["after"])


async def remember(tx: Transaction, audience: Audience, position: Cursor) -> None:
    """From the commit on, the reader for *audience* has come as far as *position*."""
    await tx.execute(
        "update log_positions set seen = $2, until = $3, after = $4 where reader = $1",
        reader_of(audience),
        position.seen,
        position.until,
        position.after,
    )


async def read(
    reading: Reading,
    position: Cursor,
    *,
    limit: int = 500,
    audience: Audience | None = None,
    account: str | None = None,
) -> LogBatch:
    """At most *limit* facts that come after *position*: of all accounts or of one, all or those for *audience*.

    race: the snapshot that the statement runs under is the one it returns, so nothing can commit between what was
    read and what is remembered as read.
    """
    rows = await reading.fetch(
        f"""
        with present as (select coalesce($2::text::pg_snapshot, pg_current_snapshot()) as snapshot)
        select present.snapshot::text, fresh.* from present left join lateral (
          select {_EVENT} from events
          where xid >= pg_snapshot_xmin($1::text::pg_snapshot)
            and not pg_visible_in_snapshot(xid, $1::text::pg_snapshot)
            and pg_visible_in_snapshot(xid, present.snapshot)
            and id > $3{f" and {learns(audience)}" if audience else ""}{" and account_sid = $5" if account else ""}
          order by id limit $4
        ) as fresh on true
        """,
        position.seen,
        position.until,
        position.after,
        limit,
        *([account] if account else []),
    )
    until = rows[0][0]
    events = [LoggedEvent(*row[1:]) for row in rows if row["id"] is not None]
    if len(events) == limit:
        return LogBatch(events, Cursor(position.seen, until, events[-1].id))
    return LogBatch(events, Cursor(until))


async def forget(reading: Reading, before: datetime, limit: int) -> int:
    """Removes at most *limit* facts that were told before that moment, the oldest of each account; how many there were.

    What some reader is still to read for its audience stays, however old it is. How far an account's facts are gone is
    noted, for readers that come back too late (``storage/feed.py``). It walks the index in which readers find the facts
    of an account, so that writing needs no index of its own for this.
    """
    rows = await reading.fetch(
        """
        with old as (
          select facts.service_sid, facts.id from accounts a
          cross join lateral (
            select service_sid, id, created_at, audiences, xid from events
            where account_sid = a.sid order by xid, id limit $2
          ) as facts
          where (select created_at from events where account_sid = a.sid order by xid, id limit 1) < $1
            and facts.created_at < $1
            and not exists (
              select from log_positions where log_positions.audiences & facts.audiences <> 0
                and not pg_visible_in_snapshot(facts.xid, seen::pg_snapshot))
          limit $2
        ), gone as (
          delete from events using old where events.service_sid = old.service_sid and events.id = old.id
          returning events.account_sid, events.xid, events.id
        ), noted as (
          insert into log_horizons (account_sid, xid, id)
          select account_sid, max(xid::text::bigint)::text::xid8, max(id) from gone group by 1 order by 1
          on conflict (account_sid) do update
            set xid = greatest(log_horizons.xid, excluded.xid), id = greatest(log_horizons.id, excluded.id)
        )
        select from gone
        """,
        before,
        limit,
    )
    return len(rows)
