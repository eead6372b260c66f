"""The lines of the live tail, which the processes of a database share, and the accounts that are being watched.

Both tables are kept in memory rather than on disk (unlogged), and hold what happened within a minute or so: they are
written to only while somebody looks on.
"""

from collections.abc import Sequence
from typing import Any

from parlour.storage.transaction import Reading

MAX_LINES = 1000
"""Lines in one read; the rest is left out."""
_KEPT = "interval '1 minute'"


async def look_on(reading: Reading, account_sid: str, seconds: float) -> None:
    """Marks the account as watched for so many seconds."""
    await reading.execute(
        """
        insert into tails (account_sid, until) values ($1, clock_timestamp() + make_interval(secs => $2))
        on conflict (account_sid) do update set until = greatest(tails.until, excluded.until)
        """,
        account_sid,
        seconds,
    )


async def wanted(reading: Reading) -> frozenset[str]:
    """The accounts that are being watched."""
    rows = await reading.fetch("select account_sid from tails where until > clock_timestamp()")
    return frozenset(row["account_sid"] for row in rows)


async def write(reading: Reading, lines: Sequence[tuple[str, dict[str, Any]]]) -> None:
    """Puts down lines, each with its account; those that everybody must have seen go."""
    await reading.execute(
        f"""
        with old as (delete from tail_lines where written_at < clock_timestamp() - {_KEPT})
        insert into tail_lines (account_sid, number, line)
        select account_sid, number, line
        from unnest($1::text[], $2::jsonb[]) with ordinality as sent(account_sid, line, number)
        """,
        [account_sid for account_sid, _ in lines],
        [line for _, line in lines],
    )


async def read(reading: Reading, account_sid: str, seen: str | None) -> tuple[list[dict[str, Any]], str]:
    """The account's lines that the snapshot *seen* does not see (None: none), and the present snapshot.

    As for the event log, what is remembered is what could be seen: nothing that is committed late is stepped over.
    """
    rows = await reading.fetch(
        """
        select pg_current_snapshot()::text, fresh.line from (select) as present left join lateral (
          select line, xid, number from tail_lines
          where account_sid = $1 and xid >= pg_snapshot_xmin($2::text::pg_snapshot)
            and not pg_visible_in_snapshot(xid, $2::text::pg_snapshot)
          order by xid, number limit $3
        ) as fresh on true order by fresh.xid, fresh.number
        """,
        account_sid,
        seen,
        MAX_LINES,
    )
    return [row["line"] for row in rows if row["line"] is not None], rows[0][0]
