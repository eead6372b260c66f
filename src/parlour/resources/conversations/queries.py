"""SQL of conversations. ``reference`` is a conversation's SID or its unique name."""

from collections.abc import Mapping
from typing import Any

from parlour.core.errors import NotFound, UniqueNameTaken
from parlour.core.paging import Page, PageRequest
from parlour.core.scope import Scope
from parlour.core.sids import Prefix, is_sid
from parlour.resources.conversations.model import Conversation, ConversationQuery
from parlour.storage.columns import changes, columns
from parlour.storage.keyset import Keyset
from parlour.storage.transaction import Reading, Transaction, refusing

CONVERSATION = columns(Conversation)
_BY_ACTIVITY = Keyset(("last_activity_at", "sid"), descending=True)
_BY_CREATION = Keyset(("created_at", "sid"), descending=True)


def named_by(reference: str) -> str:
    """The column that *reference* is a value of."""
    return "sid" if is_sid(reference, Prefix.CONVERSATION) else "unique_name"


async def get(reading: Reading, scope: Scope, reference: str) -> Conversation:
    """The conversation; raises NotFound."""
    return await _one(reading, scope, reference)


async def lock(tx: Transaction, scope: Scope, reference: str) -> Conversation:
    """The conversation, locked until the end of the transaction; raises NotFound.

    Its lock puts everything that happens in it in one order.
    """
    return await _one(tx, scope, reference, "for no key update")


async def _one(reading: Reading, scope: Scope, reference: str, lock: str = "") -> Conversation:
    row = await reading.fetchrow(
        f"select {CONVERSATION} from conversations where service_sid = $1 and {named_by(reference)} = $2 {lock}",
        scope.service,
        reference,
    )
    if row is None:
        raise NotFound
    return Conversation(*row)


async def page(reading: Reading, scope: Scope, query: ConversationQuery, request: PageRequest) -> Page[Conversation]:
    """The service's conversations: newest activity first, or with a date filter newest creation first."""
    conditions, values = "service_sid = $1", [scope.service]
    filters: list[tuple[str, Any]] = [
        ("created_at >= ${}", query.start_date),
        ("created_at < ${}::timestamptz + interval '1 second'", query.end_date),
        ("state = ${}", query.state),
    ]
    for condition, value in filters:
        if value is not None:
            values.append(value)
            conditions += f" and {condition.format(len(values))}"
    order = _BY_CREATION if query.start_date or query.end_date else _BY_ACTIVITY
    return await order.page(
        reading,
        f"select {CONVERSATION} from conversations where {conditions}",
        tuple(values),
        request,
        lambda row: Conversation(*row),
    )


async def insert(tx: Transaction, scope: Scope, values: Mapping[str, Any]) -> Conversation:
    """Stores a conversation with these columns under a new event number; raises UniqueNameTaken, NotFound."""
    names = ", ".join(values)
    places = ", ".join(f"${number}" for number in range(2, len(values) + 2))
    with refusing(conversations_unique_name=UniqueNameTaken(), conversations_service_sid_fkey=NotFound()):
        row = await tx.fetchone(
            f"""
            insert into conversations (service_sid, {names}, born_event_id, last_event_id)
            select $1, {places}, event.id, event.id from nextval('event_ids') as event(id)
            returning {CONVERSATION}
            """,
            scope.service,
            *values.values(),
        )
    return Conversation(*row)


async def update(tx: Transaction, scope: Scope, sid: str, edit: dict[str, Any]) -> Conversation:
    """Changes the columns in *edit*; raises UniqueNameTaken, NotFound."""
    with refusing(conversations_unique_name=UniqueNameTaken()):
        row = await tx.fetchrow(
            f"""
            update conversations set last_event_id = nextval('event_ids'){changes(edit, 2)}
            where service_sid = $1 and sid = $2 returning {CONVERSATION}
            """,
            scope.service,
            sid,
            *edit.values(),
        )
    if row is None:
        raise NotFound
    return Conversation(*row)


async def delete(tx: Transaction, scope: Scope, reference: str) -> tuple[Conversation, int]:
    """Removes the conversation's own row and leaves a tombstone, whose event number comes back; raises NotFound."""
    await tx.removing()
    row = await tx.fetchrow(
        f"""
        with gone as (
          delete from conversations where service_sid = $1 and {named_by(reference)} = $2 returning *
        ), stone as (
          insert into tombstones (service_sid, conversation_sid, kind, sid, born_event_id, event_id, removed_at)
          select service_sid, sid, 'conversation', sid, born_event_id, nextval('event_ids'), $3 from gone
          returning event_id
        )
        select {columns(Conversation, "gone")}, stone.event_id from gone, stone
        """,
        scope.service,
        reference,
        tx.now,
    )
    if row is None:
        raise NotFound
    return Conversation(*row[:-1]), row["event_id"]
