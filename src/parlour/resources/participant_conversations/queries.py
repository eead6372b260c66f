"""SQL of ParticipantConversations."""

from parlour.core.paging import Page, PageRequest
from parlour.core.scope import Scope
from parlour.resources.participant_conversations.model import (
    ParticipantConversation,
    ParticipantConversationQuery,
)
from parlour.storage.columns import shown
from parlour.storage.keyset import Keyset
from parlour.storage.transaction import Reading

_ORDER = Keyset(("conversation_sid", "participant_sid"), table="found")
_DATES = ", ".join(shown(f"c.{column}") for column in ("inactive_due_at", "closed_due_at", "created_at", "updated_at"))
_ROWS = f"""
  select p.conversation_sid, p.sid as participant_sid, p.user_sid, p.identity, p.binding_type, p.address,
         p.proxy_address, p.projected_address, p.binding_name, p.binding_level,
         c.unique_name, c.friendly_name, c.attributes, c.state, {_DATES}, c.created_by
  from participants p join conversations c on c.service_sid = p.service_sid and c.sid = p.conversation_sid
  where p.service_sid = $1 and c.state <> 'initializing'
"""


async def page(
    reading: Reading, scope: Scope, query: ParticipantConversationQuery, request: PageRequest
) -> Page[ParticipantConversation]:
    """The conversations of the identity or the address, by their SID and that of the participant."""
    column, value = ("identity", query.identity) if query.identity else ("address", query.address)
    return await _ORDER.page(
        reading,
        f"select * from ({_ROWS} and p.{column} = $2) as found where true",
        (scope.service, value),
        request,
        lambda row: ParticipantConversation(*row),
    )
