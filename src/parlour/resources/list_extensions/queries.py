"""SQL that the extended lists have in common, and the table of attributes by which conversations are found.

In every statement that these pieces go into, ``$1`` is the service.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from msgspec import UNSET

from parlour.core.paging import Page, PageRequest
from parlour.core.scope import Scope
from parlour.resources.list_extensions.model import (
    Include,
    Included,
    LastMessage,
    ListExtensions,
    Sort,
    SortOrder,
)
from parlour.storage.columns import shown
from parlour.storage.keyset import Keyset
from parlour.storage.transaction import Record, Transaction

T = TypeVar("T", bound=msgspec.Struct)

MAX_GATHERED = 1000
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


def having(attributes: Mapping[str, str], values: Values, conversation: str, known: str = "") -> str:
    """``and …``: the conversation whose SID the expression *conversation* gives has all the attributes.

    One look into the primary key for each, when a row comes by: a scalar subquery that says nothing of the value, since
    otherwise PostgreSQL may begin with everything that has the attribute, be it by a join or by the other index.
    *known*: an expression for the key of which it is known already.
    """
    return "".join(_has(values.add(key), values.add(value), conversation, known) for key, value in attributes.items())


def _has(key: str, value: str, conversation: str, known: str) -> str:
    return f"""
          and ({f"{known} = {key} or" if known else ""}
               (select a.value from conversation_attributes a
                where a.service_sid = $1 and a.conversation_sid = {conversation} and a.key = {key}) = {value})"""


def rarest(attributes: Mapping[str, str], values: Values) -> str:
    """A query of one row: ``key`` and ``value`` of the attribute that the fewest conversations have, and their
    ``number``, counted up to MAX_GATHERED and one more."""
    return f"""
          select wanted.key, wanted.value, found.number
          from unnest({values.add(list(attributes))}::text[], {values.add(list(attributes.values()))}::text[])
               as wanted(key, value),
            lateral (select count(*) from (
              select from conversation_attributes a
              where a.service_sid = $1 and a.key = wanted.key and a.value = wanted.value limit {MAX_GATHERED + 1}
            ) as matches) as found(number)
          order by found.number limit 1"""


def only(attributes: Mapping[str, str], values: Values) -> str:
    """The same of a single attribute, which is not counted."""
    ((key, value),) = attributes.items()
    return f"select {values.add(key)}::text as key, {values.add(value)}::text as value"


def order_of(extensions: ListExtensions, unique: tuple[str, ...], table: str = "found") -> Keyset:
    """The order of a list of memberships: as asked, newest first, or else by the *unique* columns."""
    if extensions.sort is None:
        return Keyset(unique, extensions.order is SortOrder.DESC, table)
    return Keyset(("sorted_at", *unique), extensions.order is not SortOrder.ASC, table)


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
                 m.created_at as said_at
          from messages m where m.service_sid = $1 and m.conversation_sid = {conversation}
          order by m.index desc limit 1
        ) as last on true"""


def beside(extensions: ListExtensions, table: str) -> str:
    """``, …``: the columns of what is included; *table* has the counters of the conversation."""
    columns = f", {table}.participant_count, {table}.message_count"
    if Include.LAST_MESSAGE in extensions.include:
        columns += ", last.message_sid, last.message_index, last.author, last.author_sid, last.body, "
        columns += shown("last.said_at")
    return columns if extensions.include else ""


def assemble(
    order: Keyset,
    rows: list[Record],
    request: PageRequest,
    shape: type[T],
    extensions: ListExtensions,
    parents: tuple[str, ...] = (),
) -> Page[T]:
    """The page of what an extended list found: columns of *shape* first, then those that `beside` names.

    A single row without a key is there for the sake of ``total``.
    """
    total = rows[0]["total"] if extensions.count else None
    found = rows if rows and rows[0][order.columns[-1]] is not None else []
    page = order.assemble(found, request, lambda row: row, parents)
    width = len(shape.__struct_fields__)
    included = [_included(row[width:], extensions.include) for row in page.rows] if extensions.include else ()
    return Page([shape(*row[:width]) for row in page.rows], page.before, page.after, parents, included, total)


def _included(columns: tuple[Any, ...], include: frozenset[Include]) -> Included:
    participants, messages, *message = columns
    return Included(
        last_message=_message(message) if Include.LAST_MESSAGE in include else UNSET,
        participants_count=participants if Include.PARTICIPANTS_COUNT in include else UNSET,
        messages_count=messages if Include.MESSAGES_COUNT in include else UNSET,
    )


def _message(columns: list[Any]) -> LastMessage | None:
    sid, index, author, participant_sid, body, said_at, *_ = columns
    return None if sid is None else LastMessage(sid, index, author, participant_sid, body, said_at)
