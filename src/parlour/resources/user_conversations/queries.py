"""SQL of a user's conversations."""

from parlour.core.errors import NotFound
from parlour.core.paging import Page, PageRequest
from parlour.core.scope import Scope
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
from parlour.resources.user_conversations.model import (
    MAX_UNREAD,
    MyConversation,
    OpenConversation,
    UserConversation,
    UserConversationExtensions,
)
from parlour.resources.users import queries as users
from parlour.storage.columns import columns, shown
from parlour.storage.keyset import Keyset
from parlour.storage.pipeline import Pipelines
from parlour.storage.transaction import Reading

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
