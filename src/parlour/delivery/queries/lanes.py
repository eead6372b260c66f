"""SQL of lanes: they are claimed, given back, and woken."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from parlour.contract.delivery import Delivery
from parlour.core.audience import Audience
from parlour.delivery.model import Claim
from parlour.delivery.queries.deliveries import DELIVERY
from parlour.storage.backlog import MAX_COUNTED, counted
from parlour.storage.transaction import Reading

CLAIM_SECONDS = 8
"""How long a process has a lane to itself; real time. One that dies holds a lane up for no longer."""
PROBES = 2
"""Lanes of one account to one receiver that is away which one process tries at the same time."""
WOKEN_AT_ONCE = 1000
"""Lanes in one statement, so that those who wait for their locks wait briefly."""
FIRST_KEPT, LAST_KEPT = 10, 10
"""Of a delivery that is tried for long: how many attempts are kept from its beginning, and how many of the newest."""

OLDEST_DUE = """
  (select due_at from delivery_lanes
   where due_at <= $1 and away_since is null and (claimed_until is null or claimed_until < clock_timestamp())
   order by due_at limit 1)"""
"""When the oldest overdue delivery became due."""
_AWAY = "select away_since from delivery_lanes where away_since is not null"
NUMBER_AWAY = counted(_AWAY)
OLDEST_AWAY = f"(select min(away_since) from ({_AWAY} limit {MAX_COUNTED}) as away)"
"""Since when the first lane waits for a receiver that is away."""


def _free() -> str:
    """The condition that nobody has the lane.

    race: a claim that runs for longer than any can was made before the database's clock was put back.
    """
    latest = f"clock_timestamp() + make_interval(secs => {CLAIM_SECONDS})"
    return f"(claimed_until is null or claimed_until not between clock_timestamp() and {latest})"


def _claimed(due: str, limit: int) -> str:
    """The statement that claims the lanes which *due*, a list of CTEs, finds, with *limit* deliveries of each.

    Its last two parameters are the process that claims, and the audiences for which it can send.
    """
    return f"""
        with recursive {due}, claimed as (
          update delivery_lanes l set claimed_by = $4,
            claimed_until = clock_timestamp() + make_interval(secs => {CLAIM_SECONDS})
          from due where l.account_sid = due.account_sid and l.lane = due.lane
          returning l.account_sid, l.lane, l.audience, l.receiver, l.newest
        )
        select claimed.account_sid as claimed_account, claimed.lane as claimed_lane,
               claimed.audience as claimed_audience, claimed.receiver, claimed.newest, waiting.*
        from claimed left join lateral (
          select {DELIVERY} from deliveries
          where account_sid = claimed.account_sid and lane = claimed.lane and state = 'waiting'
          order by number limit {limit}
        ) as waiting on true
        order by claimed.account_sid, claimed.lane, waiting.number
        """


async def claim(
    reading: Reading, now: datetime, owner: str, *, limit: int, busy: Sequence[str], audiences: Sequence[Audience]
) -> list[Claim]:
    """At most *limit* lanes of *audiences* that are due and that nobody else empties, for the process *owner*; none to
    the receivers in *busy*, and none whose receiver is away. From each its next deliveries, the oldest first."""
    due = f"""due as (
          select account_sid, lane from delivery_lanes
          where due_at <= $1 and away_since is null and {_free()} and receiver <> all($3::text[])
            and audience = any($5::smallint[])
          order by due_at limit $2 for update skip locked
        )"""
    return await _claims(reading, _claimed(due, 50), now, limit, busy, owner, audiences, is_away=False)


async def claim_away(
    reading: Reading,
    now: datetime,
    owner: str,
    *,
    limit: int,
    busy: Collection[tuple[str, str]],
    audiences: Sequence[Audience],
) -> list[Claim]:
    """The same of lanes whose receivers are away: a few of each account and receiver, but for those in *busy*, and from
    each its next delivery.

    It goes from receiver to receiver in the index, so that it costs the same however many lanes wait. Each account has
    its turn, whatever the others wait for: what is one receiver by its name may be several behind it.
    """
    is_due = f"away_since is not null and due_at <= $1 and {_free()} and audience = any($5::smallint[])"
    due = f"""receivers as (
          (
            select account_sid, receiver from delivery_lanes where away_since is not null
            order by account_sid, receiver limit 1
          )
          union all
          select upcoming.* from receivers as before cross join lateral (
            select account_sid, receiver from delivery_lanes
            where away_since is not null and (account_sid, receiver) > (before.account_sid, before.receiver)
            order by account_sid, receiver limit 1
          ) as upcoming
        ), probed as (
          select account_sid, probes.lane from receivers cross join lateral (
            select lane, due_at from delivery_lanes
            where account_sid = receivers.account_sid and receiver = receivers.receiver and {is_due}
            order by due_at limit {PROBES}
          ) as probes
          where account_sid || ' ' || receiver <> all($3::text[])
          order by row_number() over (partition by account_sid order by probes.due_at), probes.due_at limit $2
        ), due as (
          select account_sid, lane from delivery_lanes join probed using (account_sid, lane)
          where {is_due} for update of delivery_lanes skip locked
        )"""
    names = [" ".join(each) for each in busy]
    claims = await _claims(reading, _claimed(due, 1), now, limit, names, owner, audiences, is_away=True)
    await _forget_attempts(reading, [claim.deliveries[0] for claim in claims])
    return claims


async def _claims(
    reading: Reading,
    sql: str,
    now: datetime,
    limit: int,
    busy: Sequence[str],
    owner: str,
    audiences: Sequence[Audience],
    *,
    is_away: bool,
) -> list[Claim]:
    rows = await reading.fetch(sql, now, limit, busy, owner, [int(each) for each in audiences])
    claims = []
    for (account_sid, lane, audience, receiver, newest), group in groupby(rows, key=lambda row: tuple(row[:5])):
        deliveries = tuple(Delivery(*row[5:]) for row in group if row["sid"] is not None)
        if deliveries:
            claims.append(Claim(account_sid, lane, Audience(audience), receiver, deliveries, is_away))
        else:
            await _leave_empty(reading, account_sid, lane, newest)
    return claims


async def _leave_empty(reading: Reading, account_sid: str, lane: str, newest: int) -> None:
    """Nothing of the lane is due: two processes emptied it, and the slower one said that there was more.

    race: unless something has been put into it since.
    """
    await reading.execute(
        """
        update delivery_lanes set claimed_until = null, due_at = 'infinity', away_since = null
        where account_sid = $1 and lane = $2 and newest = $3 and not exists (
          select from deliveries where account_sid = $1 and lane = $2 and state = 'waiting'
        )
        """,
        account_sid,
        lane,
        newest,
    )


async def _forget_attempts(reading: Reading, deliveries: Sequence[Delivery]) -> None:
    """Of deliveries that were tried very often, the attempts in the middle go."""
    often = [each for each in deliveries if each.attempts > FIRST_KEPT + LAST_KEPT]
    if often:
        await reading.execute(
            f"""
            delete from attempts using unnest($1::text[], $2::text[], $3::int[]) as often(account_sid, sid, number)
            where attempts.account_sid = often.account_sid and attempts.delivery_sid = often.sid
              and attempts.number >= {FIRST_KEPT} and attempts.number < often.number - {LAST_KEPT}
            """,
            [each.account_sid for each in often],
            [each.sid for each in often],
            [each.attempts for each in often],
        )


async def release(reading: Reading, owner: str, held: Collection[tuple[str, str]]) -> None:
    """Whatever lanes the process *owner* has claimed are free, but for those in *held*, which it does empty.

    A lane that is claimed is still due, so that the indexes of these lead to it.
    """
    await reading.execute(
        """
        with due as (
          select account_sid, lane from delivery_lanes
          where due_at < 'infinity' and away_since is null and claimed_until is not null and claimed_by = $1
          union all
          select account_sid, lane from delivery_lanes
          where away_since is not null and claimed_until is not null and claimed_by = $1
        ), left_behind as (
          select l.account_sid, l.lane from delivery_lanes l join due using (account_sid, lane)
          where (account_sid, lane) not in (select * from unnest($2::text[], $3::text[])) and l.claimed_by = $1
          order by account_sid, lane for no key update of l
        )
        update delivery_lanes l set claimed_until = null
        from left_behind where l.account_sid = left_behind.account_sid and l.lane = left_behind.lane
        """,
        owner,
        [account_sid for account_sid, _ in held],
        [lane for _, lane in held],
    )


async def wake(reading: Reading, account_sid: str, receiver: str, now: datetime) -> int:
    """The account's lanes to *receiver*, which was away and is back, are due now; how many there were."""
    number, woken = 0, WOKEN_AT_ONCE
    while woken == WOKEN_AT_ONCE:
        rows = await reading.fetch(
            f"""
            with waiting as (
              select account_sid, lane from delivery_lanes
              where away_since is not null and account_sid = $1 and receiver = $2
              order by due_at limit {WOKEN_AT_ONCE} for update skip locked
            )
            update delivery_lanes l set away_since = null, due_at = least(l.due_at, $3)
            from waiting where l.account_sid = waiting.account_sid and l.lane = waiting.lane returning 1
            """,
            account_sid,
            receiver,
            now,
        )
        woken = len(rows)
        number += woken
    return number


async def hasten(reading: Reading, now: datetime, longest: timedelta) -> None:
    """What would have to wait for longer than *longest*, the longest pause there is, is due now: the clock was put
    back meanwhile."""
    await reading.execute(
        """
        with late as (
          select account_sid, lane from delivery_lanes
          where due_at > $1::timestamptz + $2::interval and due_at < 'infinity' and away_since is null
          union all
          select account_sid, lane from delivery_lanes
          where due_at > $1::timestamptz + $2::interval and away_since is not null
        ), hastened as (
          select l.account_sid, l.lane from delivery_lanes l join late using (account_sid, lane)
          where l.due_at < 'infinity' order by account_sid, lane for no key update of l
        )
        update delivery_lanes l set due_at = $1
        from hastened where l.account_sid = hastened.account_sid and l.lane = hastened.lane
        """,
        now,
        longest,
    )


async def give_up(reading: Reading, delivery: Delivery, before: datetime, now: datetime) -> int:
    """What waits in the lane behind *delivery*, and did so *before* that moment, fails without a call; how many."""
    rows = await reading.fetch(
        """
        update deliveries set state = 'failed', finished_at = $5
        where account_sid = $1 and lane = $2 and state = 'waiting' and number > $3 and created_at <= $4 returning 1
        """,
        delivery.account_sid,
        delivery.lane,
        delivery.number,
        before,
        now,
    )
    return len(rows)


async def place_of(reading: Reading, delivery: Delivery) -> int:
    """How many deliveries of its lane have to be done before this one."""
    number: int = await reading.fetchval(
        """
        select count(*) from deliveries where account_sid = $1 and lane = $2 and state = 'waiting' and number < $3
        """,
        delivery.account_sid,
        delivery.lane,
        delivery.number,
    )
    return number


async def forget(reading: Reading, limit: int) -> int:
    """Removes lanes in which nothing waits, at most *limit*; how many there were. A lane that is needed again is made
    again.

    race: who puts a delivery into the lane meanwhile waits for this, finds it gone and makes it, or else is waited for,
    and the lane stays, since the condition is looked at again.
    """
    rows = await reading.fetch(
        """
        with idle as materialized (
          select account_sid, lane from delivery_lanes
          where due_at = 'infinity' and away_since is null and claimed_until is null limit $1 for update skip locked
        )
        delete from delivery_lanes using idle
        where delivery_lanes.account_sid = idle.account_sid and delivery_lanes.lane = idle.lane returning 1
        """,
        limit,
    )
    return len(rows)
