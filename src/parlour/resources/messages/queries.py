"""SQL of messages, and of how much of them participants have read."""

from collections.abc import Mapping
from typing import Any

import msgspec

from parlour.core.audience import Audience
from parlour.core.errors import NotFound
from parlour.core.paging import Page, PageRequest
from parlour.core.scope import Scope
from parlour.resources.conversations.model import Conversation
from parlour.resources.conversations.queries import NUMBERED, named_by, noted
from parlour.resources.messages.model import ListedMessage, Message, Order
from parlour.storage.columns import changes, columns, shown
from parlour.storage.group import Grouped, arrays
from parlour.storage.keyset import Keyset
from parlour.storage.pipeline import Pipelines
from parlour.storage.transaction import Reading, Transaction

MESSAGE = columns(Message)
_NEWBORN = MESSAGE.removesuffix(", updated_by, delivery")
"""What there is of a message when it is written."""
_LISTED = ", ".join(
    shown(name) if name in ("created_at", "updated_at") else name for name in ListedMessage.__struct_fields__
)
_ORDERS = {Order.ASC: Keyset(("index",)), Order.DESC: Keyset(("index",), descending=True)}


def _speaker(service_sid: str, conversation_sid: str, author: str) -> str:
    """The SQL of the participant whom *author* names in the conversation, or null: by its identity, or else its
    address, or else its projected address, each found by an index of its own."""
    found = (
        f"""(select p.sid from participants p
         where p.service_sid = {service_sid} and p.conversation_sid = {conversation_sid} and p.{name} = {author}
         order by p.sid limit 1)"""
        for name in ("identity", "address", "projected_address")
    )
    return f"coalesce({', '.join(found)})"


_APPEND = f"""
with draft as (
  select sid, service_sid, conversation_sid, unique_name, author, body, subject, attributes,
         coalesce(created_at, now) as created_at, coalesce(updated_at, created_at, now) as updated_at,
         now, account_sid, source, audiences, request_sid, identity, needed, place
  from {arrays(*["text"] * 8, *["timestamptz"] * 3, "text", "text", "smallint", *["text"] * 3)} with ordinality
    as sent(sid, service_sid, conversation_sid, unique_name, author, body, subject, attributes, created_at, updated_at,
            now, account_sid, source, audiences, request_sid, identity, needed, place)
), target as (
  select draft.*, coalesce(
    conversation_sid,
    (select c.sid from conversations c where c.service_sid = draft.service_sid and c.unique_name = draft.unique_name)
  ) as into_sid
  from draft
), locked as (
  select c.service_sid, c.sid, c.is_group, c.state
  from (select distinct service_sid, into_sid from target) as wanted
  join conversations c on c.service_sid = wanted.service_sid and c.sid = wanted.into_sid
  where {{moment}} order by c.service_sid, c.sid for no key update of c {{skip}}
), roused as materialized (
  select locked.*, case when state = 'inactive' then nextval('event_ids') end as wake_event_id from locked
), admitted as materialized (
  select *, nextval('event_ids') as event_id from (
    select * from (
      select target.*, is_group, wake_event_id,
        {_speaker("target.service_sid", "target.into_sid", "target.author")} as participant_sid
      from roused join target on target.service_sid = roused.service_sid and target.into_sid = roused.sid
      offset 0
    ) as named
    where (not is_group or participant_sid is not null)
      and (needed is null or is_permitted(service_sid, into_sid, identity, string_to_array(needed, ',')))
    order by place offset 0
  ) as in_order
), said as (
  select service_sid, into_sid as sid, count(*) as number, max(now) as now, nextval('event_ids') as event_id
  from admitted group by 1, 2
), spoken as (
  update conversations set
    last_index = last_index + said.number,
    message_count = message_count + said.number,
    last_activity_at = said.now,
    state = 'active',
    woken_at_index = case when state = 'inactive' then last_index + 1 else woken_at_index end,
    state_updated_at = case when state = 'inactive' then said.now else state_updated_at end,
    updated_at = case when state = 'inactive' then said.now else updated_at end,
    inactive_due_at = said.now + make_interval(secs => inactive_after),
    closed_due_at = said.now + make_interval(secs => closed_after),
    last_event_id = said.event_id,
    newest_event_id = said.event_id
  from said
  where conversations.service_sid = said.service_sid and conversations.sid = said.sid
    and state in ('active', 'inactive')
  returning {columns(Conversation, "conversations")}, conversations.service_sid, woken_at_index, furthest_read_index,
            last_index - said.number + 1 as first_index
), numbered as materialized (
  select admitted.*,
    first_index - 1 + row_number() over (partition by spoken.service_sid, spoken.sid order by place) as index
  from spoken join admitted on admitted.service_sid = spoken.service_sid and admitted.into_sid = spoken.sid
), message as (
  insert into messages (service_sid, conversation_sid, index, sid, author, participant_sid, body, subject, attributes,
                        created_at, updated_at, born_event_id, last_event_id)
  select service_sid, into_sid, index, sid, author, participant_sid, body, subject, attributes,
         created_at, updated_at, event_id, event_id
  from numbered
  returning {_NEWBORN}
), ahead as materialized (
  select count_as_read(service_sid, sid, first_index, last_index) from spoken where furthest_read_index >= first_index
), told as (
  insert into events (service_sid, id, account_sid, conversation_sid, type, source, audiences, payload, created_at,
                      request_sid, identity)
  select service_sid, event_id, account_sid, into_sid, 'MessageAdded', source, audiences,
    jsonb_build_object('message', jsonb_build_object(
      'sid', sid, 'conversation_sid', into_sid, 'index', index, 'author', author, 'participant_sid', participant_sid,
      'body', body, 'subject', subject, 'attributes', attributes, 'created_at', created_at, 'updated_at', updated_at,
      'last_event_id', event_id)),
    now, request_sid, identity
  from numbered
  union all
  select spoken.service_sid, wake_event_id, account_sid, into_sid, 'ConversationStateUpdated', source,
    {int(Audience.WEBHOOK)},
    jsonb_build_object('conversation', to_jsonb(spoken) || jsonb_build_object('last_event_id', wake_event_id),
                       'state_from', 'inactive', 'reason', 'EVENT'),
    now, request_sid, identity
  from spoken join numbered on numbered.service_sid = spoken.service_sid and numbered.into_sid = spoken.sid
   and numbered.index = spoken.woken_at_index
  where spoken.woken_at_index >= first_index
)
select {_NEWBORN} from message where (select count(*) from ahead) is not null
"""
APPEND = _APPEND.format(moment="true", skip="")
"""Writes any number of messages with all that follows from them, those that their conversations take.

Parameters, each an array with one value per message: the message's SID; service; the conversation's SID or else its
unique name (the other null); author, body, subject, attributes, the two dates (null for the present moment), the
present moment; account, source, audience, request and identity of the facts (but webhooks are always told that a
conversation woke up); what the role of the identity's participant has to permit, joined by commas, or null for a caller
who may do everything. Step by step: find the conversations and lock them in one order, so that processes never wait for
each other in a circle; find out which participants the authors are, and leave out what nobody in a group MMS has said
or what no role permits; move each forward once by as many messages as it gets; number these; write them; those whose
read horizon lies ahead have read them, too; tell the facts, which are those of ``facts.py`` here and in conversations.

A conversation's own number is drawn last and its wake's first, so that it is the newest of what happened in it, and
its message follows the wake.

race: the statement sees what was committed before it waited for a lock. The rows it updates are looked at again after
the wait; whose horizon was moved meanwhile, and who may still send, is found by functions, whose statements see the
present.
"""
_MOMENT = "(select set_config('lock_timeout', '300', true)) is not null"
"""Bounds how many milliseconds the statement waits for a lock, before it takes the first; for itself alone."""
APPEND_IN_BATCHES = Grouped(
    sql=_APPEND.format(moment=_MOMENT, skip=""),
    passing=_APPEND.format(moment="true", skip="skip locked"),
    patient=APPEND,
    key=lambda values: values[1:4],  # the service, and how the conversation is named
)


async def participant_of(reading: Reading, scope: Scope, conversation_sid: str, author: str) -> str | None:
    """The participant whom *author* names, or None."""
    sid: str | None = await reading.fetchval(
        f"select {_speaker('$1', '$2', '$3')}", scope.service, conversation_sid, author
    )
    return sid


async def get(reading: Reading, scope: Scope, conversation_sid: str, sid: str) -> Message:
    """The message; raises NotFound."""
    row = await reading.fetchrow(
        f"select {MESSAGE} from messages where service_sid = $1 and conversation_sid = $2 and sid = $3",
        scope.service,
        conversation_sid,
        sid,
    )
    if row is None:
        raise NotFound
    return Message(*row)


async def page(
    pipelines: Pipelines, scope: Scope, conversation: str, order: Order, request: PageRequest
) -> Page[ListedMessage]:
    """The conversation's messages by index; raises NotFound.

    One statement: the outer join has a row for the conversation even if there is no message.
    """
    keyset = _ORDERS[order]
    rows = await pipelines.fetch(
        f"""
        select $1::int as caller, c.sid as listed, m.* from conversations c left join lateral (
          select {_LISTED} from messages
          where service_sid = c.service_sid and conversation_sid = c.sid {keyset.cut(request, 3)}
        ) as m on true
        where c.service_sid = $2 and c.{named_by(conversation)} = $3
        order by m.index {keyset.direction(request)}
        """,
        scope.service,
        conversation,
        *keyset.arguments(request),
        max_rows=request.size,
    )
    if not rows:
        raise NotFound
    found = rows if rows[0]["sid"] is not None else []
    return keyset.assemble(found, request, lambda row: ListedMessage(*row[2:]), (rows[0]["listed"],))


async def between(
    reading: Reading, scope: Scope, conversation_sid: str, first: int, last: int, limit: int
) -> list[Message]:
    """The conversation's messages from index *first* to *last*, at most *limit* of them."""
    rows = await reading.fetch(
        f"""
        select {MESSAGE} from messages
        where service_sid = $1 and conversation_sid = $2 and index between $3 and $4 order by index limit $5
        """,
        scope.service,
        conversation_sid,
        first,
        last,
        limit,
    )
    return [Message(*row) for row in rows]


async def update(tx: Transaction, scope: Scope, message: Message, edit: dict[str, Any]) -> Message:
    """Changes the columns in *edit*."""
    row = await tx.fetchone(
        f"""
        with edited as (
          update messages set last_event_id = nextval('event_ids'){changes(edit, 3)}
          where service_sid = $1 and conversation_sid = $2 and index = $3 returning {MESSAGE}
        ), {noted("edited")}
        select {MESSAGE} from edited
        """,
        scope.service,
        message.conversation_sid,
        message.index,
        *edit.values(),
    )
    return Message(*row)


async def set_delivery(
    tx: Transaction, scope: Scope, conversation_sid: str, sid: str, delivery: Mapping[str, int]
) -> Message:
    """Notes how far the message's receipts have come; the conversation is locked. Raises NotFound."""
    row = await tx.fetchrow(
        f"""
        with changed as (
          update messages set last_event_id = nextval('event_ids'), delivery = $4
          where service_sid = $1 and conversation_sid = $2 and sid = $3 returning {MESSAGE}
        ), {noted("changed")}
        select {MESSAGE} from changed
        """,
        scope.service,
        conversation_sid,
        sid,
        delivery,
    )
    if row is None:
        raise NotFound
    return Message(*row)


async def delete(tx: Transaction, scope: Scope, conversation_sid: str, sid: str) -> Message:
    """Removes the message, which nobody has read or not read any more, and leaves a tombstone; raises NotFound.

    The conversation is locked. The message has the tombstone's event number then; the conversation, whose newest
    message it may have been, has a higher one.
    """
    row = await tx.fetchrow(
        f"""
        with gone as (
          delete from messages where service_sid = $1 and conversation_sid = $2 and sid = $3 returning *
        ), stone as (
          insert into tombstones
            (service_sid, conversation_sid, kind, sid, index, born_event_id, event_id, removed_at)
          select service_sid, conversation_sid, 'message', sid, index, born_event_id, nextval('event_ids'), $4
          from gone returning conversation_sid, event_id
        ), counted as (
          update conversations set message_count = message_count - 1, {NUMBERED}
          from (select conversation_sid, nextval('event_ids') as id from stone) as event
          where service_sid = $1 and sid = event.conversation_sid
        ), read as (
          update participants set read_count = read_count - 1
          from gone
          where participants.service_sid = gone.service_sid
            and participants.conversation_sid = gone.conversation_sid
            and participants.last_read_index >= gone.index
        )
        select {columns(Message, "gone")}, stone.event_id from gone, stone
        """,
        scope.service,
        conversation_sid,
        sid,
        tx.now,
    )
    if row is None:
        raise NotFound
    return msgspec.structs.replace(Message(*row[:-1]), last_event_id=row["event_id"])


async def delete_all(tx: Transaction, scope: Scope, conversation_sid: str) -> None:
    """Removes the messages of a deleted conversation."""
    await tx.execute(
        "delete from messages where service_sid = $1 and conversation_sid = $2", scope.service, conversation_sid
    )


async def count_between(reading: Reading, scope: Scope, conversation_sid: str, above: int, to: int) -> int:
    """How many messages exist with an index greater than *above* and up to *to*."""
    count: int = await reading.fetchval(
        """select count(*) from messages
           where service_sid = $1 and conversation_sid = $2 and index > $3 and index <= $4""",
        scope.service,
        conversation_sid,
        above,
        to,
    )
    return count


async def set_read(
    tx: Transaction, scope: Scope, conversation_sid: str, participant_sid: str, index: int | None, count: int
) -> None:
    """Notes that *count* existing messages lie within the participant's horizon, which is at *index*."""
    await tx.execute(
        """
        with reader as (
          update participants set read_count = $5
          where service_sid = $1 and conversation_sid = $2 and sid = $3
        )
        update conversations set furthest_read_index = greatest(furthest_read_index, $4)
        where service_sid = $1 and sid = $2
        """,
        scope.service,
        conversation_sid,
        participant_sid,
        index,
        count,
    )
