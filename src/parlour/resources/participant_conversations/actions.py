"""What may happen to ParticipantConversations: they are listed."""

from parlour.core.paging import Page, PageRequest
from parlour.core.rights import ACCOUNTS_ONLY, permit
from parlour.resources.list_extensions.model import PLAIN
from parlour.resources.participant_conversations import queries
from parlour.resources.participant_conversations.model import (
    ParticipantConversation,
    ParticipantConversationQuery,
    check_query,
)
from parlour.runtime.work import Work


async def page(work: Work, query: ParticipantConversationQuery, request: PageRequest) -> Page[ParticipantConversation]:
    """The conversations of an identity or an address; empty if it is unknown."""
    permit(work.actor, ACCOUNTS_ONLY)
    check_query(query)
    if query.parlour == PLAIN:
        return await queries.page(work.pipelines, work.scope, query, request)
    async with work.read() as reading:
        return await queries.extended_page(reading, work.scope, query, request)
