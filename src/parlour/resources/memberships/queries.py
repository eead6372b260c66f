"""SQL of memberships."""

from collections.abc import Sequence

from parlour.core.errors import NotAMember, NotFound
from parlour.core.permissions import named
from parlour.core.rights import Membership
from parlour.core.scope import Scope
from parlour.resources.memberships.model import MemberStanding, Participation
from parlour.storage.transaction import Reading


async def standings(reading: Reading, asked: Sequence[tuple[str, str, str]]) -> tuple[str, list[MemberStanding | None]]:
    """How users stand to conversations, given service, conversation and identity; None for one that is unknown. And
    before that, under which snapshot that was read."""
    rows = await reading.fetch(
        """
        select present.seen, found.* from (select pg_current_snapshot()::text as seen) as present left join (
          select wanted.place, c.newest_event_id as newest, exists (
              select from participants p
              where p.service_sid = c.service_sid and p.conversation_sid = c.sid and p.identity = wanted.identity
            ) as is_member,
            c.created_by = wanted.identity and not exists (
              select from tombstones t
              where t.service_sid = c.service_sid and t.identity = wanted.identity and t.conversation_sid = c.sid
            ) as is_creator
          from unnest($1::int[], $2::text[], $3::text[], $4::text[]) as wanted(place, service_sid, sid, identity)
          join conversations c on c.service_sid = wanted.service_sid and c.sid = wanted.sid
        ) as found on true
        """,
        list(range(len(asked))),
        [service_sid for service_sid, _, _ in asked],
        [conversation_sid for _, conversation_sid, _ in asked],
        [identity for _, _, identity in asked],
    )
    found = {place: MemberStanding(*columns) for _, place, *columns in rows if place is not None}
    return rows[0]["seen"], [found.get(place) for place in range(len(asked))]


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


async def participant_sid(reading: Reading, scope: Scope, conversation_sid: str, identity: str) -> str:
    """The SID of the participant with that identity; raises NotFound for an unknown conversation, NotAMember."""
    row = await reading.fetchrow(
        """
        select p.sid from conversations c left join participants p
          on p.service_sid = c.service_sid and p.conversation_sid = c.sid and p.identity = $3
        where c.service_sid = $1 and c.sid = $2
        """,
        scope.service,
        conversation_sid,
        identity,
    )
    if row is None:
        raise NotFound
    if row["sid"] is None:
        raise NotAMember
    return str(row["sid"])


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
