"""SQL of a user's conversations."""

from collections.abc import Sequence

from parlour.core.errors import NotFound
from parlour.core.paging import Page, PageRequest
from parlour.core.scope import Scope
from parlour.core.windows import Since
from parlour.resources.conversations import queries as conversations
from parlour.resources.conversations.model import Conversation
from parlour.resources.list_extensions.queries import (
    Values,
    assemble,
    beside,
    for_page,
    having,
    last_message,
    order_of,
    shown_columns,
)
from parlour.resources.participants.model import Participant
from parlour.resources.user_conversations.model import (
    MAX_UNREAD,
    MyConversation,
    OpenConversation,
    UserConversation,
    UserConversationExtensions,
)
from parlour.resources.users import queries as users
from parlour.storage.columns import columns, shown
from parlour.storage.gathered import RowSource, by_place, of_since
from parlour.storage.keyset import Keyset
from parlour.storage.pipeline import Pipelines
from parlour.storage.transaction import Reading, Record, Transaction

_MOMENTS = ("inactive_due_at", "closed_due_at", "created_at", "updated_at")


_UNREAD = f"""
  case when p.last_read_index is not null then least(c.message_count - p.read_count, {MAX_UNREAD}) end as unread_count
"""


def _mine(dates: str) -> str:
    return f"""
  p.conversation_sid, p.sid as participant_sid, c.friendly_name, c.unique_name, c.state,
  {dates}, c.attributes, c.created_by,
  p.notification_level, p.last_read_index, {_UNREAD}
"""


_MINE = _mine(", ".join(shown(f"c.{column}") for column in _MOMENTS))
_FOUND = _mine(", ".join(f"c.{column}" for column in _MOMENTS))
_JOINED = """
  participants p join conversations c on c.service_sid = p.service_sid and c.sid = p.conversation_sid
"""
_OF_PAGE = UserConversation.__struct_fields__[1:]
"""The columns that the inner query of the extended list has; the user's SID comes from outside."""
_ORDER = Keyset(("conversation_sid",), table="p")
_WIDTH = len(Conversation.__struct_fields__)

MEMBERSHIPS = RowSource(
    columns=f"{columns(Participant, 'x')}, x.born_event_id",
    rows="""from participants x
            join users owners on owners.service_sid = x.service_sid and owners.identity = x.identity
            where owners.service_sid = wanted.service_sid and owners.sid = wanted.owner""",
    key="x.conversation_sid",
    type="text",
)
"""The participants that a user is, by their conversations."""


async def page(pipelines: Pipelines, scope: Scope, user: str, request: PageRequest) -> Page[UserConversation]:
    """The user's conversations by SID; raises NotFound for an unknown user.

    One statement: the outer join has a row for the user even if there is no conversation.
    """
    rows = await pipelines.fetch(
        f"""
        select $1::int as caller, u.sid as user_sid, mine.* from users u left join lateral (
          select {_MINE} from {_JOINED}
          where p.service_sid = u.service_sid and p.identity = u.identity and c.state <> 'initializing'
          {_ORDER.cut(request, 3)}
        ) as mine on true
        where u.service_sid = $2 and u.{users.named_by(user)} = $3
        order by mine.conversation_sid {_ORDER.direction(request)}
        """,
        scope.service,
        user,
        *_ORDER.arguments(request),
        max_rows=request.size,
    )
    if not rows:
        raise NotFound
    found = rows if rows[0]["conversation_sid"] is not None else []
    return _ORDER.assemble(found, request, lambda row: UserConversation(*row[1:]), (rows[0]["user_sid"],))


async def extended_page(
    reading: Reading, scope: Scope, user: str, extensions: UserConversationExtensions, request: PageRequest
) -> Page[UserConversation]:
    """The user's conversations as the caller wants them; raises NotFound for an unknown user.

    One statement. What is sorted is few rows, all that the user has; dates are written for those of the page only.
    """
    order, values = order_of(extensions, ("conversation_sid",)), Values(scope.service, user)
    state = f"and c.state = {values.add(extensions.state)}" if extensions.state else ""
    theirs = f"""{_JOINED}
          where p.service_sid = u.service_sid and p.identity = u.identity and c.state <> 'initializing' {state}
          {having(extensions.attributes, values, "p.conversation_sid")}"""
    counted = f"cross join lateral (select count(*) from {theirs}) as counted(total)" if extensions.count else ""
    rows = await reading.fetch(
        f"""
        select u.sid as user_sid, {shown_columns(_OF_PAGE, "mine")}{beside(extensions, "mine")},
               mine.sorted_at{", counted.total" if counted else ""}
        from users u {counted}
        left join lateral (
          select * from (select {_FOUND}, {for_page(extensions)} from {theirs}) as found where true
          {order.cut(request, len(values.every))}
        ) as mine on true
        {last_message(extensions, "mine.conversation_sid")}
        where u.service_sid = $1 and u.{users.named_by(user)} = $2
        order by {order.ordering(request, "mine")}
        """,
        *values.every,
        *order.arguments(request),
    )
    if not rows:
        raise NotFound
    return assemble(order, rows, request, UserConversation, extensions, (rows[0]["user_sid"],))


async def get(reading: Reading, scope: Scope, user: str, conversation: str) -> UserConversation:
    """The conversation as the user has it; raises NotFound if either is unknown or the user takes no part in it."""
    row = await reading.fetchrow(
        f"""
        select u.sid as user_sid, {_MINE} from users u, {_JOINED}
        where u.service_sid = $1 and u.{users.named_by(user)} = $2
          and p.service_sid = u.service_sid and p.identity = u.identity
          and c.service_sid = u.service_sid and c.{conversations.named_by(conversation)} = $3
          and c.state <> 'initializing'
        """,
        scope.service,
        user,
        conversation,
    )
    if row is None:
        raise NotFound
    return UserConversation(*row)


async def participant(tx: Transaction, scope: Scope, user: str, conversation_sid: str) -> Participant:
    """As whom the user takes part in the conversation; raises NotFound if the user is unknown or does not."""
    row = await tx.fetchrow(
        f"""
        select {columns(Participant, "p")} from users u
        join participants p on p.service_sid = u.service_sid and p.identity = u.identity
        where u.service_sid = $1 and u.{users.named_by(user)} = $2 and p.conversation_sid = $3
        """,
        scope.service,
        user,
        conversation_sid,
    )
    if row is None:
        raise NotFound
    return Participant(*row)


async def page_of_caller(
    pipelines: Pipelines, scope: Scope, user_sid: str, request: PageRequest
) -> Page[OpenConversation]:
    """The conversations of the user, which exists, by SID: no more of each than it takes to open it."""
    rows = await pipelines.fetch(
        f"""
        select $1::int as caller, {columns(OpenConversation, "p")} from {_JOINED}
        where p.service_sid = $2 and p.identity = (select identity from users where service_sid = $2 and sid = $3)
          and c.state <> 'initializing' {_ORDER.cut(request, 3)}
        """,
        scope.service,
        user_sid,
        *_ORDER.arguments(request),
        max_rows=request.size,
    )
    return _ORDER.assemble(rows, request, lambda row: OpenConversation(*row[1:]), (user_sid,))


async def find_of_caller(reading: Reading, scope: Scope, user_sid: str, conversation: str) -> MyConversation | None:
    """The conversation as the user has it; None if it is unknown or the user takes no part in it."""
    row = await reading.fetchrow(
        f"""
        select {columns(Conversation, "c")}, p.notification_level, p.last_read_index, {_UNREAD} from {_JOINED}
        join users u on u.service_sid = p.service_sid and u.identity = p.identity
        where c.service_sid = $1 and c.{conversations.named_by(conversation)} = $3 and u.sid = $2
          and c.state <> 'initializing'
        """,
        scope.service,
        user_sid,
        conversation,
    )
    return None if row is None else MyConversation(Conversation(*row[:_WIDTH]), *row[_WIDTH:])


async def ended(reading: Reading, wanted: Sequence[Since]) -> list[list[Record]]:
    """Which memberships of each user ended above a number: the conversation and the number of the end, the latest
    first."""
    rows = await reading.fetch(
        """
        select found.*, wanted.place
        from unnest($1::int[], $2::text[], $3::text[], $4::bigint[], $5::bigint[])
          as wanted(place, service_sid, owner, above, size)
        join users on users.service_sid = wanted.service_sid and users.sid = wanted.owner
        cross join lateral (
          select conversation_sid, event_id from tombstones
          where service_sid = wanted.service_sid and identity = users.identity and event_id > wanted.above
          order by event_id desc limit least(wanted.size, 1000)
        ) as found
        """,
        list(range(len(wanted))),
        *of_since(wanted),
    )
    return by_place(rows, len(wanted))


async def last_members(reading: Reading, removed: Sequence[tuple[str, str]]) -> list[list[Record]]:
    """Of each deleted conversation, given its service: the users whose memberships ended last, with the numbers."""
    rows = await reading.fetch(
        """
        select users.sid, max(t.event_id), wanted.place
        from unnest($1::int[], $2::text[], $3::text[]) as wanted(place, service_sid, sid)
        join tombstones t on t.service_sid = wanted.service_sid and t.conversation_sid = wanted.sid
          and t.kind = 'participant' and t.identity is not null
        join tombstones ends on ends.service_sid = t.service_sid and ends.conversation_sid = t.conversation_sid
          and ends.kind = 'conversation' and t.event_id > ends.event_id
        join users on users.service_sid = t.service_sid and users.identity = t.identity
        group by 1, 3
        """,
        list(range(len(removed))),
        [service_sid for service_sid, _ in removed],
        [conversation_sid for _, conversation_sid in removed],
    )
    return by_place(rows, len(removed))
