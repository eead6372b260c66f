"""Stores usage counts: what several processes have counted adds up."""

from collections.abc import Mapping
from datetime import datetime

from parlour.compat.usage_counts import MAX_NAMES, Subject, UsageCount
from parlour.storage.columns import columns
from parlour.storage.transaction import Reading

_ADD = """
insert into tallies (account_sid, subject, name, count, first_at, last_at)
select account_sid, subject, name, count, $5, $5
from unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) as counted(account_sid, subject, name, count)
where exists (select from accounts where sid = counted.account_sid) and (
  exists (select from tallies t
          where (t.account_sid, t.subject, t.name) = (counted.account_sid, counted.subject, counted.name))
  or $6 > (select count(*) from tallies t where (t.account_sid, t.subject) = (counted.account_sid, counted.subject))
)
order by account_sid, subject, name
on conflict (account_sid, subject, name)
do update set count = tallies.count + excluded.count, last_at = greatest(tallies.last_at, excluded.last_at)
"""
"""Once a subject of an account has its most names, new ones are left out. In order, so that processes which add at
the same time never wait for each other in a circle."""


async def add(reading: Reading, counts: Mapping[tuple[str, Subject, str], int], now: datetime) -> None:
    """Adds *counts*, by account, subject and name, to what was counted before."""
    accounts, subjects, names = zip(*counts, strict=True)
    await reading.execute(_ADD, accounts, subjects, names, list(counts.values()), now, MAX_NAMES)


async def of_account(reading: Reading, account_sid: str) -> list[UsageCount]:
    """All usage counts of the account, by subject and name."""
    rows = await reading.fetch(
        f"select {columns(UsageCount)} from tallies where account_sid = $1 order by subject, name", account_sid
    )
    return [UsageCount(*row) for row in rows]
