"""SQL of memberships."""

from parlour.core.permissions import named
from parlour.core.rights import Membership
from parlour.core.scope import Scope
from parlour.resources.memberships.model import Participation
from parlour.storage.transaction import Reading


async def find(reading: Reading, scope: Scope, conversation_sid: str, identity: str) -> Participation | None:
    """How the identity takes part in the conversation; None if it does not."""
    row = await reading.fetchrow(
        """
        select r.permissions, p.notification_level, p.last_read_index from participants p
        left join roles r on r.service_sid = p.service_sid and r.sid = p.role_sid
        where p.service_sid = $1 and p.conversation_sid = $2 and p.identity = $3
        """,
        scope.service,
        conversation_sid,
        identity,
    )
    if row is None:
        return None
    return Participation(named(row["permissions"] or ()), row["notification_level"], row["last_read_index"])


async def of_creator(reading: Reading, scope: Scope, conversation_sid: str, identity: str) -> Membership | None:
    """How the creator of the conversation will take part in it; None if they have already done so and left."""
    row = await reading.fetchrow(
        """
        select r.permissions from services s
        join roles r on r.service_sid = s.sid and r.sid = s.default_conversation_creator_role_sid
        where s.sid = $1 and not exists (
          select from tombstones t where t.service_sid = s.sid and t.identity = $3 and t.conversation_sid = $2)
        """,
        scope.service,
        conversation_sid,
        identity,
    )
    return None if row is None else Membership(named(row["permissions"]))
