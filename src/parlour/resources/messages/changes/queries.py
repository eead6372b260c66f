"""SQL of messages that client SDKs keep up with, of many conversations at once."""

from collections.abc import Sequence

from parlour.core.windows import Since
from parlour.resources.messages.model import Message
from parlour.storage.columns import columns
from parlour.storage.gathered import RowSource, by_place, of_since
from parlour.storage.transaction import Reading, Record

SHOWN = f"{columns(Message, 'x')}, x.born_event_id"
MESSAGES = RowSource(
    columns=SHOWN,
    rows="from messages x where x.service_sid = wanted.service_sid and x.conversation_sid = wanted.owner",
    key="x.index",
    type="bigint",
)
"""The messages of a conversation by their indexes."""

# Numbers at birth rise with the index, so the first new message is found by halving, however many there are. What was
# edited since its birth has an index of its own. Each part is sorted by number, so that the first of both are known.
_CHANGED = f"""
select found.*, wanted.place
from unnest($1::int[], $2::text[], $3::text[], $4::bigint[], $5::bigint[])
  as wanted(place, service_sid, owner, above, size)
cross join lateral (
  with recursive halved (known, beyond) as (
    select -1::bigint, coalesce((
      select max(index) from messages where service_sid = wanted.service_sid and conversation_sid = wanted.owner
    ), -1) + 1
    union all
    select case when probe.is_known then probe.index else known end,
           case when probe.is_known then beyond else middle end
    from (select known, beyond, (known + beyond) / 2 as middle from halved where beyond - known > 1) as between
    left join lateral (
      select index, born_event_id <= wanted.above as is_known from messages
      where service_sid = wanted.service_sid and conversation_sid = wanted.owner and index >= middle and index < beyond
      order by index limit 1
    ) as probe on true
  ), known as (
    select max(known) as index from halved
  )
  select * from (
    (select {SHOWN}, x.last_event_id as event_number {MESSAGES.rows}
       and x.index > (select index from known) and x.last_event_id = x.born_event_id order by x.index limit wanted.size)
    union all
    (select {SHOWN}, x.last_event_id as event_number {MESSAGES.rows}
       and x.last_event_id > wanted.above and x.last_event_id > x.born_event_id
     order by x.last_event_id limit wanted.size)
  ) as either order by event_number limit wanted.size
) as found
order by wanted.place, found.event_number
"""


async def changed(reading: Reading, wanted: Sequence[Since]) -> list[list[Record]]:
    """The messages of each conversation that are new or changed above a number, by the number of their last change;
    of more than the limit the first."""
    rows = await reading.fetch(_CHANGED, list(range(len(wanted))), *of_since(wanted))
    return by_place(rows, len(wanted), beside=2)
