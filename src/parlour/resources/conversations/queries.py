"""SQL of conversations. ``reference`` is a conversation's SID or its unique name."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from parlour.core.errors import ConversationInitializing, NotFound, UniqueNameTaken
from parlour.core.paging import Page, PageRequest
from parlour.core.scope import Scope
from parlour.core.sids import Prefix, is_sid
from parlour.core.windows import Since, Window
from parlour.resources.conversations.model import Conversation, ConversationQuery, State
from parlour.resources.list_extensions.model import Sort, SortOrder
from parlour.resources.list_extensions.queries import (
    MAX_GATHERED,
    Values,
    assemble,
    beside,
    having,
    keep_attributes,
    last_message,
    only,
    rarest,
)
from parlour.storage import gathered
from parlour.storage.columns import changes, columns
from parlour.storage.keyset import Keyset
from parlour.storage.transaction import Reading, Record, Transaction, refusing

CONVERSATION = columns(Conversation)
_BY_ACTIVITY = Keyset(("last_activity_at", "sid"), descending=True)
_BY_CREATION = Keyset(("created_at", "sid"), descending=True)

_GATHERED = ", ".join(
    {"sid": "d.conversation_sid as sid", "created_at": "d.created_at"}.get(name, f"c.{name}")
    for name in Conversation.__struct_fields__
)
_JOINED = "join conversations c on c.service_sid = d.service_sid and c.sid = d.conversation_sid"
_LOOKED_UP = """
          cross join lateral (
            select * from conversations where service_sid = d.service_sid and sid = d.conversation_sid offset 0
          ) as c"""
"""The same one by one: without ``offset`` PostgreSQL might read all conversations for it."""


def named_by(reference: str) -> str:
    """The column that *reference* is a value of."""
    return "sid" if is_sid(reference, Prefix.CONVERSATION) else "unique_name"


NUMBERED = "last_event_id = event.id, newest_event_id = event.id"
NEW_NUMBER = "(select nextval('event_ids') as id) as event"


def noted(changed: str) -> str:
    """A further part of a ``with``, by which the locked conversation knows the number of what has changed in it: of the
    row that the part *changed* gives. The service is $1."""
    return f"""noted as (
          update conversations c set newest_event_id = {changed}.last_event_id
          from {changed} where c.service_sid = $1 and c.sid = {changed}.conversation_sid
        )"""


async def get(reading: Reading, scope: Scope, reference: str) -> Conversation:
    """The conversation; raises NotFound."""
    return await _one(reading, scope, reference)


async def lock(tx: Transaction, scope: Scope, reference: str) -> Conversation:
    """The conversation, locked until the end of the transaction; raises NotFound.

    Its lock puts everything that happens in it in one order.
    """
    return await _one(tx, scope, reference, "for no key update")


async def lock_to_change(tx: Transaction, scope: Scope, reference: str) -> Conversation:
    """The same for callers who change something in it; raises NotFound, ConversationInitializing.

    While it is being put together, what they are looking for may still be on its way, so they are not answered that
    it is missing.
    """
    conversation = await lock(tx, scope, reference)
    if conversation.state == State.INITIALIZING:
        raise ConversationInitializing
    return conversation


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
    values = Values(scope.service)
    conditions = _conditions(query, values)
    order = _BY_CREATION if query.start_date or query.end_date else _BY_ACTIVITY
    return await order.page(
        reading,
        f"select {CONVERSATION} from conversations c where service_sid = $1{conditions}",
        tuple(values.every),
        request,
        lambda row: Conversation(*row),
    )


async def extended_page(
    reading: Reading, scope: Scope, query: ConversationQuery, request: PageRequest
) -> Page[Conversation]:
    """The service's conversations as the caller wants them, in one statement.

    Without a sort they come as in the published list; but with attributes, as with dates, newest creation first.
    """
    extensions, values, order = query.parlour, Values(scope.service), _order(query)
    before, ways, count = _ways(query, order, values)
    cut = order.cut(request, len(values.every))
    found = " union all ".join(f"(select * from ({way}) as found where true {cut})" for way in ways)
    if len(ways) > 1:
        found = f"select * from ({found}) as found where true {cut}"
    counted = f"({count}) as counted(total) left join" if extensions.count else ""
    rows = await reading.fetch(
        f"""
        {before}
        select {columns(Conversation, "found")}{beside(extensions, "found")}{", counted.total" if counted else ""}
        from {counted} ({found}) as found {"on true" if counted else ""}
        {last_message(extensions, "found.sid")}
        order by {order.ordering(request, "found")}
        """,
        *values.every,
        *order.arguments(request),
    )
    return assemble(order, rows, request, Conversation, extensions)


def _order(query: ConversationQuery) -> Keyset:
    extensions = query.parlour
    by_creation = query.start_date or query.end_date or extensions.attributes
    sort = extensions.sort or (Sort.CREATED if by_creation else Sort.LAST_ACTIVITY)
    column = "created_at" if sort is Sort.CREATED else "last_activity_at"
    return Keyset((column, "sid"), extensions.order is not SortOrder.ASC, "found")


def _ways(query: ConversationQuery, order: Keyset, values: Values) -> tuple[str, list[str], str]:
    """What stands before the statement, the queries whose rows together are the list, and the query that counts it.

    By creation, the table of attributes is walked in that order. Of activity that table knows nothing: if few have
    the attribute, they are fetched and sorted; if many, the conversations are walked, which soon meets enough. Only
    the statement itself finds out, so it has both queries, of which one stops before it begins.
    """
    attributes, by_creation = query.parlour.attributes, order.columns[0] == "created_at"
    if not attributes:
        every = f"conversations c where c.service_sid = $1{_conditions(query, values)}"
        count = f"select count(*) from {every}"
        if query.parlour.count and not (query.start_date or query.end_date):
            # Not otherwise: PostgreSQL refuses a statement that does not use all of its parameters.
            count = _count(query, values)
        return "", [f"select {columns(Conversation, 'c')} from {every}"], count
    is_clear = by_creation and len(attributes) == 1
    which = only(attributes, values) if is_clear else rarest(attributes, values)
    among = f"""
          where d.service_sid = $1 and d.key = (select key from rarest) and d.value = (select value from rarest)
          {_conditions(query, values, "d")}
          {having(attributes, values, "d.conversation_sid", known="d.key") if len(attributes) > 1 else ""}"""
    before = f"with rarest as materialized ({which})"
    count = f"select count(*) from conversation_attributes d {_JOINED if query.state else ''} {among}"
    gathered = f"select {_GATHERED} from conversation_attributes d {_LOOKED_UP} {among}"
    if by_creation:
        return before, [gathered], count
    walked = f"""
          select {columns(Conversation, "c")} from conversations c
          where c.service_sid = $1 and (select number from rarest) > {MAX_GATHERED}
          {_conditions(query, values)}{having(attributes, values, "c.sid")}"""
    return before, [f"{gathered} and (select number from rarest) <= {MAX_GATHERED}", walked], count


def _count(query: ConversationQuery, values: Values) -> str:
    """How many conversations the service has, in all or in the wanted state, from the sums that triggers keep."""
    state = f" and state = {values.add(query.state)}" if query.state else ""
    return f"select coalesce(sum(number), 0)::bigint from conversation_counts where service_sid = $1{state}"


def _conditions(query: ConversationQuery, values: Values, dated: str = "c") -> str:
    """``and …``: the published filters of the conversation ``c``; *dated* has the date of its creation."""
    filters: list[tuple[str, Any]] = [
        (f"{dated}.created_at >= {{}}", query.start_date),
        (f"{dated}.created_at < {{}}::timestamptz + interval '1 second'", query.end_date),
        ("c.state = {}", query.state),
    ]
    return "".join(f" and {text.format(values.add(value))}" for text, value in filters if value is not None)


async def insert(tx: Transaction, scope: Scope, values: Mapping[str, Any]) -> Conversation:
    """Stores a conversation with these columns under a new event number; raises UniqueNameTaken, NotFound."""
    names = ", ".join(values)
    places = ", ".join(f"${number}" for number in range(2, len(values) + 2))
    with refusing(conversations_unique_name=UniqueNameTaken(), conversations_service_sid_fkey=NotFound()):
        row = await tx.fetchone(
            f"""
            insert into conversations (service_sid, {names}, born_event_id, last_event_id, newest_event_id)
            select $1, {places}, event.id, event.id, event.id from nextval('event_ids') as event(id)
            returning {CONVERSATION}
            """,
            scope.service,
            *values.values(),
        )
    conversation = Conversation(*row)
    if conversation.attributes != "{}":
        await keep_attributes(tx, scope, conversation.sid, conversation.attributes, conversation.created_at)
    return conversation


async def update(tx: Transaction, scope: Scope, sid: str, edit: dict[str, Any]) -> Conversation:
    """Changes the columns in *edit*; raises UniqueNameTaken, NotFound."""
    with refusing(conversations_unique_name=UniqueNameTaken()):
        row = await tx.fetchrow(
            f"""
            update conversations set {NUMBERED}{changes(edit, 2)} from {NEW_NUMBER}
            where service_sid = $1 and sid = $2 returning {CONVERSATION}
            """,
            scope.service,
            sid,
            *edit.values(),
        )
    if row is None:
        raise NotFound
    conversation = Conversation(*row)
    if "attributes" in edit or "created_at" in edit:
        await keep_attributes(tx, scope, sid, conversation.attributes, conversation.created_at)
    return conversation


async def renumber(tx: Transaction, scope: Scope, conversation: Conversation) -> Conversation:
    """The conversation under a new event number, for a second fact about the same change."""
    number = await tx.fetchval(
        f"""
        update conversations set {NUMBERED} from {NEW_NUMBER}
        where service_sid = $1 and sid = $2 returning last_event_id
        """,
        scope.service,
        conversation.sid,
    )
    return msgspec.structs.replace(conversation, last_event_id=number)


async def delete(tx: Transaction, scope: Scope, reference: str) -> Conversation:
    """Removes the conversation's own row and leaves a tombstone, whose event number it has then; raises NotFound."""
    await tx.removing()
    row = await tx.fetchrow(
        f"""
        with gone as (
          delete from conversations where service_sid = $1 and {named_by(reference)} = $2 returning *
        ), unfound as (
          delete from conversation_attributes a using gone
          where a.service_sid = gone.service_sid and a.conversation_sid = gone.sid
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
    return msgspec.structs.replace(Conversation(*row[:-1]), last_event_id=row["event_id"])


async def sum_up(reading: Reading, rows: int) -> None:
    """The counts of each service are few rows again, where they are more than *rows* or none are needed.

    race: who deletes a row takes it over, so that two processes add nothing twice; a reader sees the rows or their sum.
    """
    await reading.execute(
        """
        with many as (
          select service_sid, state from conversation_counts group by 1, 2 having count(*) > $1 or sum(number) = 0
        ), taken as materialized (
          select counts.ctid as place from conversation_counts counts join many using (service_sid, state)
          for update of counts skip locked
        ), gone as (
          delete from conversation_counts where ctid = any (array(select place from taken))
          returning service_sid, state, number
        )
        insert into conversation_counts (service_sid, state, number)
        select service_sid, state, sum(number) from gone group by 1, 2 having sum(number) <> 0
        """,
        rows,
    )


async def documents(reading: Reading, wanted: Sequence[Window | Since]) -> list[Record | None]:
    """Each conversation's columns, with index and date of its newest message; None for one that is unknown."""
    rows = await reading.fetch(
        f"""
        select {columns(Conversation, "c")}, said.index, said.created_at, wanted.place
        from unnest($1::int[], $2::text[], $3::text[]) as wanted(place, service_sid, sid)
        join conversations c on c.service_sid = wanted.service_sid and c.sid = wanted.sid
        left join lateral (
          select m.index, m.created_at from messages m
          where m.service_sid = c.service_sid and m.conversation_sid = c.sid order by m.index desc limit 1
        ) as said on true
        """,
        list(range(len(wanted))),
        [each.service_sid for each in wanted],
        [each.owner for each in wanted],
    )
    found = gathered.by_place(rows, len(wanted))
    return [theirs[0] if theirs else None for theirs in found]


async def removed(reading: Reading, kind: str, key: str, wanted: Sequence[Since]) -> list[list[Record]]:
    """Of each conversation what of that *kind* was removed above a number: its *key* and the number of its removal."""
    stones = gathered.RowSource(
        columns=f"x.{key}, x.event_id",
        rows=f"""from tombstones x where x.service_sid = wanted.service_sid and x.conversation_sid = wanted.owner
            and x.kind = '{kind}'""",
        key=f"x.{key}",
        type="text",
    )
    return await gathered.changed(reading, stones, wanted, "x.event_id")
