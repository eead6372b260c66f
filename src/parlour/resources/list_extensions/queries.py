"""SQL that the extended lists have in common, and the table of attributes by which conversations are found.

In every statement that these pieces go into, ``$1`` is the service.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from parlour.core.paging import Page, PageRequest
from parlour.core.scope import Scope
from parlour.resources.list_extensions.model import (
    Include,
    Included,
    LastMessage,
    ListExtensions,
    Order,
    Sort,
)
from parlour.storage.columns import shown
from parlour.storage.keyset import Keyset
from parlour.storage.transaction import Row, Transaction

T = TypeVar("T", bound=msgspec.Struct)

FEW = 1000
"""So many conversations with an attribute are fetched and sorted; where there are more, a list is walked instead."""


class Values:
    """The parameters of a statement that is put together, each numbered when it is added."""

    def __init__(self, *values: object) -> None:
        self.every = list(values)

    def add(self, value: object) -> str:
        """Adds it; its place in the SQL, such as ``$3``."""
        self.every.append(value)
        return f"${len(self.every)}"


async def keep_attributes(
    tx: Transaction, scope: Scope, conversation_sid: str, text: str, created_at: datetime
) -> None:
    """The conversation, new or locked, is found by the attributes in *text*, and by none that it had before."""
    await tx.execute(
        """
        with present as materialized (
          select key, value from attribute_members($3)
        ), gone as (
          delete from conversation_attributes
          where service_sid = $1 and conversation_sid = $2 and key not in (select key from present)
        )
        insert into conversation_attributes (service_sid, conversation_sid, key, value, created_at)
        select $1, $2, key, value, $4 from present
        on conflict (service_sid, conversation_sid, key)
        do update set value = excluded.value, created_at = excluded.created_at
        """,
        scope.service,
        conversation_sid,
        text,
        created_at,
    )


def having(attributes: Mapping[str, str], values: Values, conversation: str) -> str:
    """``and …``: the conversation whose SID the expression *conversation* gives has all the attributes.

    One look into the primary key for each, when a row comes by: a scalar subquery, since of any other PostgreSQL may
    make a join that begins with everything that has the attribute.
    """
    return "".join(
        f"""
          and (select true from conversation_attributes a
               where a.service_sid = $1 and a.conversation_sid = {conversation}
                 and a.key = {values.add(key)} and a.value = {values.add(value)})"""
        for key, value in attributes.items()
    )


def rarest(attributes: Mapping[str, str], values: Values) -> str:
    """A query of one row: ``key`` and ``value`` of the attribute that the fewest conversations have, and their
    ``number``, counted up to FEW and one more."""
    return f"""
          select wanted.key, wanted.value, found.number
          from unnest({values.add(list(attributes))}::text[], {values.add(list(attributes.values()))}::text[])
               as wanted(key, value),
            lateral (select count(*) from (
              select from conversation_attributes a
              where a.service_sid = $1 and a.key = wanted.key and a.value = wanted.value limit {FEW + 1}
            ) as matches) as found(number)
          order by found.number limit 1"""


def only(attributes: Mapping[str, str], values: Values) -> str:
    """The same of a single attribute, which is not counted."""
    ((key, value),) = attributes.items()
    return f"select {values.add(key)}::text as key, {values.add(value)}::text as value"


def order_of(extensions: ListExtensions, unique: tuple[str, ...], table: str = "found") -> Keyset:
    """The order of a list of memberships: as asked, newest first, or else by the *unique* columns."""
    if extensions.sort is None:
        return Keyset(unique, extensions.order is Order.DESC, table)
    return Keyset(("sorted_at", *unique), extensions.order is not Order.ASC, table)


def for_page(extensions: ListExtensions) -> str:
    """The columns of the conversation ``c`` by which that list is sorted, and what may be included."""
    column = {None: "null::timestamptz", Sort.LAST_ACTIVITY: "c.last_activity_at", Sort.CREATED: "c.created_at"}
    return f"{column[extensions.sort]} as sorted_at, c.participant_count, c.message_count"


def shown_columns(names: Iterable[str], table: str) -> str:
    """These columns of *table*, moments (``…_at``) as the texts in which they are shown."""
    return ", ".join(shown(f"{table}.{name}") if name.endswith("_at") else f"{table}.{name}" for name in names)


def last_message(extensions: ListExtensions, conversation: str) -> str:
    """The join that gives each row the newest message of *conversation*, where that was asked for."""
    if Include.LAST_MESSAGE not in extensions.include:
        return ""
    return f"""
        left join lateral (
          select m.sid as message_sid, m.index as message_index, m.author, m.participant_sid as author_sid, m.body,
                 m.created_at as said_at, m.updated_at as edited_at
          from messages m where m.service_sid = $1 and m.conversation_sid = {conversation}
          order by m.index desc limit 1
        ) as last on true"""


def beside(extensions: ListExtensions, table: str) -> str:
    """``, …``: the columns of what is included; *table* has the counters of the conversation."""
    columns = f", {table}.participant_count, {table}.message_count"
    if Include.LAST_MESSAGE in extensions.include:
        moments = f"{shown('last.said_at')}, {shown('last.edited_at')}"
        columns += f", last.message_sid, last.message_index, last.author, last.author_sid, last.body, {moments}"
    return columns if extensions.include else ""


def assemble(
    order: Keyset,
    rows: list[Row],
    request: PageRequest,
    shape: type[T],
    extensions: ListExtensions,
    parents: tuple[str, ...] = (),
) -> Page[T]:
    """The page of what an extended list found, whose columns begin with those of *shape*.

    Rows without a key are there for the sake of ``total``.
    """
    total = rows[0]["total"] if extensions.count else None
    found = [row for row in rows if row[order.columns[-1]] is not None]
    page = order.assemble(found, request, lambda row: row, parents)
    included = [_included(row, extensions) for row in page.rows] if extensions.include else ()
    width = len(msgspec.structs.fields(shape))
    return Page([shape(*row[:width]) for row in page.rows], page.before, page.after, parents, included, total)


def _included(row: Row, extensions: ListExtensions) -> Included:
    found: dict[str, Any] = {}
    if Include.LAST_MESSAGE in extensions.include:
        found["last_message"] = _message(row)
    if Include.PARTICIPANTS_COUNT in extensions.include:
        found["participants_count"] = row["participant_count"]
    if Include.MESSAGES_COUNT in extensions.include:
        found["messages_count"] = row["message_count"]
    return Included(**found)


def _message(row: Row) -> LastMessage | None:
    if row["message_sid"] is None:
        return None
    return LastMessage(
        sid=row["message_sid"],
        index=row["message_index"],
        author=row["author"],
        participant_sid=row["author_sid"],
        body=row["body"],
        date_created=row["said_at"],
        date_updated=row["edited_at"],
    )
