"""SQL of deliveries and their attempts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from parlour.contract.delivery import Attempt, Delivery, Outcome, Recorded, Wait
from parlour.contract.output import Planned
from parlour.core.audience import Audience
from parlour.core.errors import NotFound
from parlour.delivery.model import Done
from parlour.storage.backlog import counted
from parlour.storage.columns import columns
from parlour.storage.group import arrays
from parlour.storage.transaction import Reading, Record, Transaction

DELIVERY = columns(Delivery)
ATTEMPT = columns(Attempt)
NUMBER_WAITING = counted("select from deliveries where state = 'waiting'")

_GIVEN = f"from {arrays('text', 'jsonb')} as given(sid, record), jsonb_to_record(record) as whole"
"""The records that a batch keeps, as rows; what their columns are follows it, ``attempt`` first."""
_ATTEMPTED = """jsonb_to_record(whole.attempt) as attempted(
    delivery_sid text, account_sid text, number int, verdict text, status int, error text, record jsonb,
    started_at timestamptz, milliseconds float8)"""
"""The Attempt within each of them, field by field."""
_KEPT = f"insert into attempts ({ATTEMPT}) select {ATTEMPT} from sent on conflict do nothing"

RECORD = f"""
with sent as (
  select attempted.*, whole.* {_GIVEN}(attempt jsonb,
    state text, lane text, place bigint, leaves boolean, next_at timestamptz, is_away boolean, now timestamptz),
  {_ATTEMPTED}
), kept as ({_KEPT}), done as (
  update deliveries set state = sent.state, attempts = sent.number + 1,
    finished_at = case when sent.state <> 'waiting' then sent.now end
  from sent
  where deliveries.account_sid = sent.account_sid and deliveries.sid = sent.delivery_sid
    and deliveries.attempts = sent.number
), leaving as (
  select l.account_sid, l.lane, sent.place, sent.next_at, sent.state, sent.is_away, sent.now
  from sent join delivery_lanes l on l.account_sid = sent.account_sid and l.lane = sent.lane
  where sent.leaves order by l.account_sid, l.lane for no key update of l
), vacated as (
  update delivery_lanes l set claimed_until = null,
    due_at = case when l.newest = leaving.place and leaving.state <> 'waiting' then 'infinity'
                  else leaving.next_at end,
    away_since = case when leaving.is_away then coalesce(l.away_since, leaving.now) end
  from leaving where l.account_sid = leaving.account_sid and l.lane = leaving.lane
  returning l.account_sid, l.lane, l.due_at
)
select delivery_sid, vacated.due_at <= now as goes_on
from sent left join vacated on leaves and vacated.account_sid = sent.account_sid and vacated.lane = sent.lane
"""
"""Keeps attempts of deliveries, and gives lanes back with the last of them.

Parameters, each an array with one value per attempt: the SID of its delivery, and a Done, as JSON, which is made much
faster than twenty arrays are. Returns whether a lane that was given back is due already.

race: ``newest`` is read again after waiting for the lane, so that a delivery which is put into it meanwhile is not
forgotten. A process that lost its lease must not overwrite the new owner's result: what is done stays done.
"""

RECORD_ASKED = f"""
with sent as (
  select attempted.*, whole.* {_GIVEN}(attempt jsonb,
    audience smallint, service_sid text, conversation_sid text, subject_sid text, event_type text, target text,
    payload jsonb, request_sid text, now timestamptz),
  {_ATTEMPTED}
), kept as ({_KEPT})
insert into deliveries (account_sid, sid, number, lane, audience, service_sid, conversation_sid, subject_sid,
                        event_type, target, payload, state, attempts, request_sid, created_at, finished_at)
select account_sid, delivery_sid, nextval('delivery_numbers'), '', audience, service_sid, conversation_sid, subject_sid,
       event_type, target, payload, 'asked', 1, request_sid, started_at, now
from sent
returning sid
"""
"""Keeps what was sent before a change, which never waited in a lane.

Parameters, each an array with one value per attempt: the SID of its delivery, and a PreActionCall.
"""


async def plan(tx: Transaction, audience: Audience, planned: Sequence[Planned]) -> None:
    """Puts the deliveries for *audience* into their lanes, in the order given."""
    if not planned:
        return
    await tx.execute(
        """
        with planned as materialized (
          select sent.*, nextval('delivery_numbers') as number
          from (
            select * from unnest(
              $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::text[],
              $9::text[], $10::jsonb[], $11::text[], $12::text[], $13::text[]
            ) with ordinality as sent(account_sid, sid, lane, service_sid, conversation_sid, subject_sid, event_id,
                                      event_type, target, payload, request_sid, replay_of, receiver, place)
            order by place
          ) as sent
        ), waiting as (
          insert into deliveries (account_sid, sid, number, lane, audience, service_sid, conversation_sid, subject_sid,
                                  event_id, event_type, target, payload, state, request_sid, replay_of, created_at)
          select account_sid, sid, number, lane, $14, service_sid, conversation_sid, subject_sid,
                 event_id, event_type, target, payload, 'waiting', request_sid, replay_of, $15
          from planned
        )
        insert into delivery_lanes (account_sid, lane, audience, receiver, newest, due_at)
        select account_sid, lane, $14, min(receiver), max(number), $15 from planned group by 1, 2 order by 1, 2
        on conflict (account_sid, lane) do update set newest = excluded.newest,
          due_at = case when delivery_lanes.due_at = 'infinity' then excluded.due_at else delivery_lanes.due_at end
        """,
        [each.account_sid for each in planned],
        [each.sid for each in planned],
        [each.lane for each in planned],
        [each.service_sid for each in planned],
        [each.conversation_sid for each in planned],
        [each.subject_sid for each in planned],
        [each.event_id for each in planned],
        [each.event_type for each in planned],
        [each.target for each in planned],
        [each.payload for each in planned],
        [each.request_sid for each in planned],
        [each.replay_of for each in planned],
        [each.receiver for each in planned],
        int(audience),
        tx.now,
    )


async def record(tx: Transaction, delivery: Delivery, done: Done) -> Record | None:
    """Keeps one attempt, as RECORD does for many."""
    return await tx.fetchrow(RECORD, [delivery.sid], [done])


async def lock_attempt(tx: Transaction, delivery: Delivery) -> bool:
    """Nobody else keeps an attempt of the delivery until the end of the transaction; False if one has been kept that
    *delivery* does not know, so that this one comes too late."""
    number: int | None = await tx.fetchval(
        "select attempts from deliveries where account_sid = $1 and sid = $2 for no key update",
        delivery.account_sid,
        delivery.sid,
    )
    return number == delivery.attempts


async def forget(reading: Reading, before: datetime, limit: int) -> int:
    """Removes at most *limit* deliveries done before that moment, with their attempts; how many there were."""
    rows = await reading.fetch(
        """
        with old as materialized (
          select done.account_sid, done.sid from accounts a
          cross join lateral (
            select account_sid, sid from deliveries
            where account_sid = a.sid and created_at < $1 and state <> 'waiting' and finished_at < $1
            order by created_at limit $2 for update skip locked
          ) as done limit $2
        ), tried as (
          delete from attempts using old
          where attempts.account_sid = old.account_sid and attempts.delivery_sid = old.sid
        )
        delete from deliveries using old
        where deliveries.account_sid = old.account_sid and deliveries.sid = old.sid returning 1
        """,
        before,
        limit,
    )
    return len(rows)


_RECORDED = f"""
    select {columns(Delivery, "d")}, {columns(Outcome, "a")}, {{record}}, nullif(l.due_at, 'infinity'), l.away_since
    from deliveries d
    left join delivery_lanes l on d.state = 'waiting' and l.account_sid = d.account_sid and l.lane = d.lane
    left join lateral (
      select {columns(Outcome)}, record from attempts
      where account_sid = d.account_sid and delivery_sid = d.sid order by number desc limit 1
    ) as a on true
"""
RECORDED = _RECORDED.format(record="null")
"""The rows of deliveries as ``of_row`` takes them; without what the last attempt sent, which may be large."""
_RECORDED_WITH_LAST = _RECORDED.format(record="a.record")


async def get(reading: Reading, account_sid: str, sid: str) -> Delivery:
    """The delivery; raises NotFound."""
    row = await reading.fetchrow(
        f"select {DELIVERY} from deliveries where account_sid = $1 and sid = $2", account_sid, sid
    )
    if row is None:
        raise NotFound
    return Delivery(*row)


async def recorded(reading: Reading, account_sid: str, sid: str) -> Recorded:
    """The delivery with all of its attempts that are kept; raises NotFound."""
    row = await reading.fetchrow(f"{RECORDED} where d.account_sid = $1 and d.sid = $2", account_sid, sid)
    if row is None:
        raise NotFound
    return msgspec.structs.replace(of_row(row), attempts=await attempts(reading, account_sid, sid))


async def attempts(reading: Reading, account_sid: str, sid: str) -> tuple[Attempt, ...]:
    """The attempts of the delivery that are kept, the first first."""
    rows = await reading.fetch(
        f"select {ATTEMPT} from attempts where account_sid = $1 and delivery_sid = $2 order by number",
        account_sid,
        sid,
    )
    return tuple(Attempt(*row) for row in rows)


async def about(
    reading: Reading, account_sid: str, subject_sid: str, requests: Sequence[str], limit: int
) -> list[Recorded]:
    """The newest *limit* deliveries of events about *subject_sid*, and what was asked because of one of *requests*; the
    oldest of them first."""
    rows = await reading.fetch(
        f"""
        {_RECORDED_WITH_LAST}
        where d.account_sid = $1 and (d.subject_sid = $2 or (d.request_sid = any($3::text[]) and d.state = 'asked'))
        order by d.created_at desc, d.sid desc limit $4
        """,
        account_sid,
        subject_sid,
        requests,
        limit,
    )
    return [of_row(row) for row in reversed(rows)]


async def of_request(reading: Reading, account_sid: str, request_sid: str, limit: int) -> list[Recorded]:
    """The first *limit* deliveries that came of a request, in their order."""
    rows = await reading.fetch(
        f"{_RECORDED_WITH_LAST} where d.account_sid = $1 and d.request_sid = $2 order by d.created_at, d.sid limit $3",
        account_sid,
        request_sid,
        limit,
    )
    return [of_row(row) for row in rows]


def of_row(row: Record) -> Recorded:
    """A delivery with how it went so far."""
    values: tuple[Any, ...] = tuple(row)
    length, waiting = len(Delivery.__struct_fields__), -len(Wait.__struct_fields__)
    *outcome, last = values[length:waiting]
    return Recorded(Delivery(*values[:length]), Outcome(*outcome), Wait(*values[waiting:]), last=last)
