"""What memberships are asked for: whether the caller takes part in a conversation, and with which permissions."""

from typing import Protocol

from parlour.core.errors import NotAMember
from parlour.core.rights import OUTSIDE, Membership
from parlour.resources.memberships import queries
from parlour.runtime.work import Work
from parlour.storage.transaction import Reading


class AnyConversation(Protocol):
    """What is asked about."""

    @property
    def sid(self) -> str: ...
    @property
    def created_by(self) -> str: ...


async def membership(reading: Reading, work: Work, conversation: AnyConversation) -> Membership:
    """How the caller takes part in the conversation; raises NotAMember.

    It costs a statement for an end user, and none for those who may do everything. Creators who have not joined yet
    count as participants with the role that joining will give them.
    """
    identity = work.actor.identity
    if identity is None:
        return OUTSIDE
    found: Membership | None = await queries.find(reading, work.scope, conversation.sid, identity)
    if found is None and conversation.created_by == identity:
        found = await queries.of_creator(reading, work.scope, conversation.sid, identity)
    if found is None:
        raise NotAMember
    return found


async def check_takes_part(reading: Reading, work: Work, conversation_sid: str) -> Membership:
    """The same, for what only participants may do, be they the creator or not."""
    identity = work.actor.identity
    if identity is None:
        return OUTSIDE
    found = await queries.find(reading, work.scope, conversation_sid, identity)
    if found is None:
        raise NotAMember
    return found
