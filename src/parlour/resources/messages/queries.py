"""SQL of messages, and of how much of them participants have read."""

from typing import Any

import msgspec

from parlour.core.errors import NotFound
from parlour.core.paging import Page, PageRequest
from parlour.core.scope import Scope
from parlour.resources.conversations import queries as conversations
from parlour.resources.messages.model import Message, Order
from parlour.storage.columns import changes, columns
from parlour.storage.keyset import Keyset
from parlour.storage.transaction import Reading, Row, Transaction

MESSAGE = columns(Message)
_ORDERS = {Order.ASC: Keyset(("index",)), Order.DESC: Keyset(("index",), descending=True)}

APPEND = f"""
with spoken as (
  update conversations set
    last_index = last_index + 1,
    message_count = message_count + 1,
    last_activity_at = $11::timestamptz,
    state = 'active',
    woken_at_index = case when state = 'inactive' then last_index + 1 else woken_at_index end,
    state_updated_at = case when state = 'inactive' then $11 else state_updated_at end,
    updated_at = case when state = 'inactive' then $11 else updated_at end,
    inactive_due_at = $11 + make_interval(secs => inactive_after),
    closed_due_at = $11 + make_interval(secs => closed_after),
    last_event_id = nextval('event_ids')
  where service_sid = $2 and sid = $3 and state in ('active', 'inactive')
  returning {conversations.CONVERSATION}, service_sid, woken_at_index, furthest_read_index
), message as (
  insert into messages (service_sid, conversation_sid, index, sid, author, participant_sid, body, subject, attributes,
                        created_at, updated_at, born_event_id, last_event_id)
  select service_sid, sid, last_index, $1, $4, $5, $6, $7, $8, $9, $10, last_event_id, last_event_id from spoken
  returning {MESSAGE}
), ahead as (
  update participants set read_count = read_count + 1
  from spoken
  where spoken.furthest_read_index >= spoken.last_index
    and participants.service_sid = spoken.service_sid and participants.conversation_sid = spoken.sid
    and participants.last_read_index >= spoken.last_index
), told as (
  insert into events (service_sid, id, account_sid, conversation_sid, type, source, webhooks, payload, created_at)
  select service_sid, last_event_id, $12::text, sid, 'MessageAdded', $13::text, $14::boolean,
         jsonb_build_object('message', $15::jsonb || jsonb_build_object('index', last_index)), $11
  from spoken
  union all
  select service_sid, nextval('event_ids'), $12, sid, 'ConversationStateUpdated', $13, $14,
         jsonb_build_object('conversation', to_jsonb(spoken), 'state_from', 'inactive', 'reason', 'EVENT'), $11
  from spoken where woken_at_index = last_index
)
select {MESSAGE} from message
"""
"""Writes a message with all that follows from it, if its conversation still takes messages.

Parameters: the message's SID, service, conversation, author, participant, body, subject, attributes, the two dates,
the present moment, then account, source, webhooks and payload of its fact. Locks the conversation; those who have
read ahead (their horizon lies beyond the last message) have read this one, too. The facts are those that
``events.py`` of messages and conversations makes.
"""
LOCK_ORDER = (1, 2)
"""Which parameters of APPEND decide in what order a batch takes its locks: service and conversation."""


class Destination(msgspec.Struct, frozen=True):
    """Where a message is to go, and which participant its author is."""

    conversation_sid: str
    state: str
    participant_sid: str | None


async def destination(reading: Reading, scope: Scope, reference: str, author: str) -> Destination:
    """The conversation, and the participant with *author* as identity or else address; raises NotFound."""
    row = await reading.fetchrow(
        f"""
        select c.sid, c.state, coalesce(
          (select sid from participants
           where service_sid = c.service_sid and conversation_sid = c.sid and identity = $3),
          (select sid from participants
           where service_sid = c.service_sid and address = $3 and conversation_sid = c.sid order by sid limit 1))
        from conversations c where c.service_sid = $1 and c.{conversations.named_by(reference)} = $2
        """,
        scope.service,
        reference,
        author,
    )
    if row is None:
        raise NotFound
    return Destination(*row)


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
    reading: Reading, scope: Scope, conversation_sid: str, order: Order, request: PageRequest
) -> Page[Message]:
    """The conversation's messages by index."""
    return await _ORDERS[order].page(
        reading,
        f"select {MESSAGE} from messages where service_sid = $1 and conversation_sid = $2",
        (scope.service, conversation_sid),
        request,
        lambda row: Message(*row),
        parents=(conversation_sid,),
    )


async def update(tx: Transaction, scope: Scope, message: Message, edit: dict[str, Any]) -> Message:
    """Changes the columns in *edit*."""
    row = await tx.fetchone(
        f"""
        update messages set last_event_id = nextval('event_ids'){changes(edit, 3)}
        where service_sid = $1 and conversation_sid = $2 and index = $3 returning {MESSAGE}
        """,
        scope.service,
        message.conversation_sid,
        message.index,
        *edit.values(),
    )
    return Message(*row)


async def delete(tx: Transaction, scope: Scope, conversation_sid: str, sid: str) -> tuple[Message, int]:
    """Removes the message, which nobody has read or not read any more, and leaves a tombstone; raises NotFound.

    The conversation is locked. Returns the message and the tombstone's event number.
    """
    row = await tx.fetchrow(
        f"""
        with gone as (
          delete from messages where service_sid = $1 and conversation_sid = $2 and sid = $3 returning *
        ), counted as (
          update conversations set message_count = message_count - 1
          from gone where conversations.service_sid = gone.service_sid and conversations.sid = gone.conversation_sid
        ), read as (
          update participants set read_count = read_count - 1
          from gone
          where participants.service_sid = gone.service_sid
            and participants.conversation_sid = gone.conversation_sid
            and participants.last_read_index >= gone.index
        ), stone as (
          insert into tombstones
            (service_sid, conversation_sid, kind, sid, index, born_event_id, event_id, removed_at)
          select service_sid, conversation_sid, 'message', sid, index, born_event_id, nextval('event_ids'), $4
          from gone returning event_id
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
    return Message(*row[:-1]), row["event_id"]


async def delete_all(tx: Transaction, scope: Scope, conversation_sid: str) -> None:
    """Removes the messages of a deleted conversation."""
    await tx.execute(
        "delete from messages where service_sid = $1 and conversation_sid = $2", scope.service, conversation_sid
    )


async def delete_of(tx: Transaction, service_sid: str) -> None:
    """Removes all messages of a service."""
    await tx.execute("delete from messages where service_sid = $1", service_sid)


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


def made(row: Row) -> Message:
    """The message that APPEND returned."""
    return Message(*row)
