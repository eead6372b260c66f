"""Clusters: the event log counts in transactions of one PostgreSQL cluster, and is adopted when it comes to another.

A dump carries the old cluster's transaction numbers, and a new cluster counts anew. So the cluster's identifier is kept
beside the positions, and where it is another one, all facts get numbers of this one: those that had been told a number
that every position is behind, the others the number of the adoption. ``docs/chapters/event-log.md`` tells more.
"""

import asyncio
from typing import Any

from parlour.storage.connect import Connector, close

MIGRATING = 0x7061726C6F7572
"""The advisory lock that serialises processes which change the database as a whole."""
TURN_RETRY_DELAY_SECONDS = 0.1

_AHEAD = """exists (
  select from log_positions where pg_snapshot_xmax(seen::pg_snapshot) > pg_snapshot_xmax(pg_current_snapshot()))"""

IS_FOREIGN = f"""(
  {_AHEAD} or coalesce((select system_identifier <> cluster_identifier() from log_cluster), false))"""
"""An expression: whether the log's numbers are another cluster's."""

_STATE = f"""
select system_identifier as noted, cluster_identifier() as here, {_AHEAD} as is_ahead from log_cluster for update
"""
_HAS_HIDDEN = "select exists (select from events where xid >= pg_snapshot_xmax(pg_current_snapshot()))"
"""Whether there are facts that no reader sees yet, since this cluster has not counted so far."""
_IS_REWRITTEN = """
select exists (select from log_cluster where xmin::text::bigint <> mod(written::text::bigint, 4294967296))
  or exists (select from events where xmin::text::bigint <> mod(xid::text::bigint, 4294967296))
"""
"""Whether rows were written by other transactions than they say: then they came by a dump, and not as files."""

# Facts of this cluster's own, written before it was noticed, have their own numbers already, and are still to be told.
_RESTORED_UP_TO = """
select max(written) from (
  select $1::bigint - age(xmin) as written, xid::text::bigint as said from events) as facts where written <> said
"""
_RENUMBER = """
update events set xid = case when exists (
    select from log_positions where not pg_visible_in_snapshot(events.xid, seen::pg_snapshot)
      and (until is null or events.id > after or not pg_visible_in_snapshot(events.xid, until::pg_snapshot))
  ) then $1::bigint::text::xid8 else '3' end
where $1::bigint - age(xmin) <= $2
"""
_OLDEST = 3
"""The number of the first transaction that a cluster ever has."""


async def settle(connection: Any) -> bool:
    """The log's numbers are this cluster's from the end of the open transaction on; whether it had to be adopted."""
    state = await connection.fetchrow(_STATE)
    noted, here = state["noted"], state["here"]
    is_moved = here is not None and noted != here
    if not is_moved and not state["is_ahead"]:
        return False
    evidence = _HAS_HIDDEN if noted is None else _IS_REWRITTEN
    is_foreign = bool(state["is_ahead"] or await connection.fetchval(evidence))
    if is_foreign:
        await _adopt(connection)
    await connection.execute(
        """
        update log_cluster set system_identifier = coalesce($1, system_identifier), generation = generation + $2,
          written = pg_current_xact_id()
        """,
        here,
        int(is_foreign),
    )
    return is_foreign


async def adopt(url: str) -> bool:
    """The same in a transaction of its own, one process after the other."""
    connection = await Connector(url).connect()
    try:
        await take_turn(connection)
        async with connection.transaction():
            return await settle(connection)
    finally:
        await close(connection)


async def take_turn(connection: Any) -> None:
    """No other process changes the database as a whole until the connection is closed, however long it takes.

    A statement that waited for the lock would hold a snapshot, and `create index concurrently` of the process that has
    the lock waits for all snapshots: so it is asked for again and again.
    """
    await connection.execute("set statement_timeout = 0; set lock_timeout = 0")
    while not await connection.fetchval(f"select pg_try_advisory_lock({MIGRATING})"):  # noqa: ASYNC110 - another process
        await asyncio.sleep(TURN_RETRY_DELAY_SECONDS)


async def _adopt(connection: Any) -> None:
    """All facts are numbered anew, and the position is between what was told and what was not."""
    await connection.execute("lock table events in share row exclusive mode")
    me = int(await connection.fetchval("select pg_current_xact_id()::text"))
    last = await connection.fetchval(_RESTORED_UP_TO, me)
    await connection.execute(_RENUMBER, me, 0 if last is None else last)
    begin = (_OLDEST if last is None else last) + 1
    await connection.execute("update log_positions set seen = $1, until = null, after = 0", f"{begin}:{begin}:")
    await connection.execute(f"update log_horizons set xid = '{_OLDEST}'")
    await connection.execute("delete from tail_lines; delete from tails")
    # The processes that claimed them work on the other cluster.
    await connection.execute("update delivery_lanes set claimed_until = null where claimed_until is not null")
