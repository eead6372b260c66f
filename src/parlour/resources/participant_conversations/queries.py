"""SQL of ParticipantConversations."""

from parlour.core.paging import Page, PageRequest
from parlour.core.scope import Scope
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
from parlour.resources.participant_conversations.model import (
    ParticipantConversation,
    ParticipantConversationQuery,
)
from parlour.storage.columns import shown
from parlour.storage.keyset import Keyset
from parlour.storage.pipeline import Pipelines
from parlour.storage.transaction import Reading

_UNIQUE = ("conversation_sid", "participant_sid")
_ORDER = Keyset(_UNIQUE, table="found")
_MOMENTS = ("inactive_due_at", "closed_due_at", "created_at", "updated_at")
_PARTICIPANT = """
  p.conversation_sid, p.sid as participant_sid, p.user_sid, p.identity, p.binding_type, p.address,
  p.proxy_address, p.projected_address, p.binding_name, p.binding_level,
  c.unique_name, c.friendly_name, c.attributes, c.state"""
_DATES = ", ".join(shown(f"c.{column}") for column in _MOMENTS)


def _theirs(service: str) -> str:
    """Where both are looked for, in the service that the expression gives."""
    return f"""
  participants p join conversations c on c.service_sid = p.service_sid and c.sid = p.conversation_sid
  where p.service_sid = {service} and c.state <> 'initializing'
"""


_FOUND = f"{_PARTICIPANT}, {', '.join(f'c.{column}' for column in _MOMENTS)}, c.created_by"
_OF_PAGE = ParticipantConversation.__struct_fields__


async def page(
    pipelines: Pipelines, scope: Scope, query: ParticipantConversationQuery, request: PageRequest
) -> Page[ParticipantConversation]:
    """The conversations of the identity or the address, by their SID and that of the participant."""
    column, value = _whose(query)
    rows = await pipelines.fetch(
        f"""
        select $1::int as caller, found.* from (
          select {_PARTICIPANT}, {_DATES}, c.created_by from {_theirs("$2")} and p.{column} = $3
        ) as found where true {_ORDER.cut(request, 3)}
        """,
        scope.service,
        value,
        *_ORDER.arguments(request),
        max_rows=request.size,
    )
    return _ORDER.assemble(rows, request, lambda row: ParticipantConversation(*row[1:]))


async def extended_page(
    reading: Reading, scope: Scope, query: ParticipantConversationQuery, request: PageRequest
) -> Page[ParticipantConversation]:
    """The same as the caller wants them.

    One statement. What is sorted is few rows, all that there are; dates are written for those of the page only.
    """
    column, value = _whose(query)
    extensions, values = query.parlour, Values(scope.service, value)
    order = order_of(extensions, _UNIQUE)
    theirs = f"""{_theirs("$1")} and p.{column} = $2
          {having(extensions.attributes, values, "p.conversation_sid")}"""
    counted = f"(select count(*) from {theirs}) as counted(total) left join" if extensions.count else ""
    rows = await reading.fetch(
        f"""
        select {shown_columns(_OF_PAGE, "found")}{beside(extensions, "found")},
               found.sorted_at{", counted.total" if counted else ""}
        from {counted} (
          select * from (
            select {_FOUND}, {for_page(extensions)} from {theirs}
          ) as found where true
          {order.cut(request, len(values.every))}
        ) as found {"on true" if counted else ""}
        {last_message(extensions, "found.conversation_sid")}
        order by {order.ordering(request, "found")}
        """,
        *values.every,
        *order.arguments(request),
    )
    return assemble(order, rows, request, ParticipantConversation, extensions)


def _whose(query: ParticipantConversationQuery) -> tuple[str, str]:
    return ("identity", query.identity) if query.identity else ("address", query.address)
