"""SQL of deliveries, attempts and lanes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from parlour.core.errors import NotFound
from parlour.core.paging import Page, PageRequest
from parlour.resources.deliveries.model import Attempt, Delivery, DeliveryQuery, Outcome, Planned, Recorded, Wait
from parlour.storage.columns import columns
from parlour.storage.keyset import Keyset
from parlour.storage.transaction import Reading, Record, Transaction

DELIVERY = columns(Delivery)
ATTEMPT = columns(Attempt)
_ORDER = Keyset(("created_at", "sid"), descending=True, table="d")

_GIVEN = "from unnest($1::text[], $2::jsonb[]) as given(sid, record), jsonb_to_record(record) as whole"
"""The records that a batch keeps, as rows; what their columns are follows it, ``attempt`` first."""
_ATTEMPTED = """jsonb_to_record(whole.attempt) as attempted(
    delivery_sid text, account_sid text, number int, url text, headers jsonb, body text, signed text,
    answer_status int, answer_headers jsonb, answer_body text, error text, verdict text, changed jsonb,
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
forgotten. Who was so slow that another took the lane over may not undo what that one has kept: what is done stays done.
"""

RECORD_ASKED = f"""
with sent as (
  select attempted.*, whole.* {_GIVEN}(attempt jsonb,
    service_sid text, conversation_sid text, subject_sid text, event_type text, hook text, target text, method text,
    parameters jsonb, token uuid, request_sid text, now timestamptz),
  {_ATTEMPTED}
), kept as ({_KEPT})
insert into deliveries (account_sid, sid, number, lane, service_sid, conversation_sid, subject_sid, event_type, hook,
                        url, method, parameters, token, state, attempts, request_sid, created_at, finished_at)
select account_sid, delivery_sid, nextval('delivery_numbers'), '', service_sid, conversation_sid, subject_sid,
       event_type, hook, target, method, parameters, token, 'asked', 1, request_sid, started_at, now
from sent
returning sid
"""
"""Keeps the calls of pre-action webhooks, which never waited in a lane.

Parameters, each an array with one value per call: the SID of its delivery, and a PreActionCall.
"""


async def plan(tx: Transaction, planned: Sequence[Planned]) -> None:
    """Puts the deliveries into their lanes, in the order given."""
    if not planned:
        return
    await tx.execute(
        """
        with planned as materialized (
          select sent.*, nextval('delivery_numbers') as number
          from (
            select * from unnest(
              $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::text[],
              $9::text[], $10::text[], $11::text[], $12::jsonb[], $13::uuid[], $14::text[], $15::text[], $16::text[]
            ) with ordinality as sent(account_sid, sid, lane, service_sid, conversation_sid, subject_sid, event_id,
                                      event_type, hook, url, method, parameters, token, request_sid, replay_of,
                                      receiver, place)
            order by place
          ) as sent
        ), waiting as (
          insert into deliveries (account_sid, sid, number, lane, service_sid, conversation_sid, subject_sid, event_id,
                                  event_type, hook, url, method, parameters, token, state, request_sid, replay_of,
                                  created_at)
          select account_sid, sid, number, lane, service_sid, conversation_sid, subject_sid, event_id,
                 event_type, hook, url, method, parameters, token, 'waiting', request_sid, replay_of, $17
          from planned
        )
        insert into delivery_lanes (account_sid, lane, receiver, newest, due_at)
        select account_sid, lane, min(receiver), max(number), $17 from planned group by 1, 2 order by 1, 2
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
        [each.hook for each in planned],
        [each.url for each in planned],
        [each.method for each in planned],
        [each.parameters for each in planned],
        [each.token for each in planned],
        [each.request_sid for each in planned],
        [each.replay_of for each in planned],
        [each.receiver for each in planned],
        tx.now,
    )


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


async def forget_lanes(reading: Reading, limit: int) -> int:
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


_RECORDED = f"""
    select {columns(Delivery, "d")}, {columns(Outcome, "a")}, nullif(l.due_at, 'infinity'), l.away_since
    from deliveries d
    left join delivery_lanes l on d.state = 'waiting' and l.account_sid = d.account_sid and l.lane = d.lane
    left join lateral (
      select {columns(Outcome)} from attempts
      where account_sid = d.account_sid and delivery_sid = d.sid order by number desc limit 1
    ) as a on true
"""


def conditions(query: DeliveryQuery, *, start: int) -> tuple[str, list[object]]:
    """What a delivery ``d`` has to be that *query* means, and the values for the parameters from number *start* on."""
    each = {
        "d.conversation_sid = {}": query.conversation_sid,
        "d.subject_sid = {}": query.subject_sid,
        "d.event_type = {}": query.event_type,
        "d.state = {}": query.state,
        "d.hook = {}": query.hook,
        "d.request_sid = {}": query.request_sid,
        "d.created_at >= {}": query.start_date,
        "d.created_at < {}::timestamptz + interval '1 second'": query.end_date,
    }
    asked = {condition: value for condition, value in each.items() if value is not None}
    wanted = "".join(f" and {condition.format(f'${place}')}" for place, condition in enumerate(asked, start=start))
    return wanted, list(asked.values())


async def page(reading: Reading, account_sid: str, query: DeliveryQuery, request: PageRequest) -> Page[Recorded]:
    """The account's deliveries that *query* means, the newest first."""
    wanted, values = conditions(query, start=2)
    return await _ORDER.page(
        reading, f"{_RECORDED} where d.account_sid = $1{wanted}", (account_sid, *values), request, _recorded
    )


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
    row = await reading.fetchrow(f"{_RECORDED} where d.account_sid = $1 and d.sid = $2", account_sid, sid)
    if row is None:
        raise NotFound
    return msgspec.structs.replace(_recorded(row), attempts=await attempts(reading, account_sid, sid))


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
        {_RECORDED}
        where d.account_sid = $1 and (d.subject_sid = $2 or (d.request_sid = any($3::text[]) and d.state = 'asked'))
        order by d.created_at desc, d.sid desc limit $4
        """,
        account_sid,
        subject_sid,
        requests,
        limit,
    )
    return [_recorded(row) for row in reversed(rows)]


async def of_request(reading: Reading, account_sid: str, request_sid: str, limit: int) -> list[Recorded]:
    """The first *limit* deliveries that came of a request, in their order."""
    rows = await reading.fetch(
        f"{_RECORDED} where d.account_sid = $1 and d.request_sid = $2 order by d.created_at, d.sid limit $3",
        account_sid,
        request_sid,
        limit,
    )
    return [_recorded(row) for row in rows]


def _recorded(row: Record) -> Recorded:
    values: tuple[Any, ...] = tuple(row)
    length, waiting = len(Delivery.__struct_fields__), -len(Wait.__struct_fields__)
    return Recorded(Delivery(*values[:length]), Outcome(*values[length:waiting]), Wait(*values[waiting:]))
