"""SQL of explanations: finds things by their SIDs alone, and what the event log says of them."""

from collections.abc import Sequence

from parlour.contract.explain import Found, Happening
from parlour.core.facts import LoggedEvent
from parlour.core.sids import Prefix
from parlour.resources.explanations.model import Horizon, PartTaken, UnreadCount
from parlour.resources.hooks.announced import ANNOUNCED
from parlour.storage.columns import columns
from parlour.storage.transaction import Reading

_OWN = "(select sid from services where account_sid = $1)"
_WHERE = {
    Prefix.MESSAGE: ("messages", "conversation_sid"),
    Prefix.PARTICIPANT: ("participants", "conversation_sid"),
    Prefix.CONVERSATION: ("conversations", "sid"),
    Prefix.USER: ("users", "null"),
}
"""By what a SID begins with: the table, and where that has the conversation's SID."""


async def find(reading: Reading, account_sid: str, prefix: Prefix, sid: str) -> Found | None:
    """Where in the account it is or was; None if nothing of it is left."""
    table, conversation = _WHERE[prefix]
    row = await reading.fetchrow(
        f"""
        select service_sid, {conversation} as conversation_sid, born_event_id, last_event_id, false as is_removed
        from {table} where service_sid in {_OWN} and sid = $2
        union all
        select service_sid, conversation_sid, born_event_id, event_id, true
        from tombstones where service_sid in {_OWN} and sid = $2
        """,
        account_sid,
        sid,
    )
    return None if row is None else Found(*row)


_WOKEN = """
  select woken.id from conversations c
  join messages m on m.service_sid = c.service_sid and m.conversation_sid = c.sid and m.index = c.last_index
  join events said on said.service_sid = c.service_sid and said.id = m.born_event_id
  join events woken on woken.xid = said.xid and woken.service_sid = c.service_sid
    and woken.conversation_sid = c.sid and woken.type = 'ConversationStateUpdated'
  where c.service_sid = $1 and c.sid = $3
"""
"""The number of the fact that its newest message woke a conversation: both were told in one transaction, and the
conversation itself has a number that was drawn after theirs."""


async def happenings(reading: Reading, service_sid: str, event_ids: Sequence[int], sid: str) -> list[Happening]:
    """Those facts of the service, in their order, that the event log still holds: with these numbers; and, where
    *sid* is a conversation, that its newest message woke it."""
    rows = await reading.fetch(
        f"""
        select {columns(LoggedEvent)}, array(
          select reader from log_positions where pg_visible_in_snapshot(events.xid, seen::pg_snapshot)
        ) as readers
        from events where service_sid = $1 and id in (select unnest($2::bigint[]) union {_WOKEN}) order by id
        """,
        service_sid,
        event_ids,
        sid,
    )
    events = [(LoggedEvent(*row[:-1]), row["readers"]) for row in rows]
    return [Happening(event, ANNOUNCED.read(event), readers) for event, readers in events]


async def horizon(reading: Reading, service_sid: str, participant_sid: str) -> Horizon | None:
    """How far the participant has read, if it still takes part."""
    row = await reading.fetchrow(
        """
        select p.identity, p.user_sid, p.conversation_sid, c.state, p.last_read_index, p.last_read_at, p.read_count,
               c.message_count
        from participants p join conversations c on c.service_sid = p.service_sid and c.sid = p.conversation_sid
        where p.service_sid = $1 and p.sid = $2
        """,
        service_sid,
        participant_sid,
    )
    return None if row is None else Horizon(*row)


async def unread(
    reading: Reading, service_sid: str, *, user_sid: str | None = None, conversation_sid: str | None = None
) -> UnreadCount:
    """How far the user has read in all its conversations, or all users in one conversation."""
    column, sid = ("user_sid", user_sid) if user_sid is not None else ("conversation_sid", conversation_sid)
    row = await reading.fetchone(
        f"""
        select count(*), count(*) filter (where p.last_read_index is null),
               coalesce(sum(c.message_count - p.read_count) filter (where p.last_read_index is not null), 0)::bigint
        from participants p join conversations c on c.service_sid = p.service_sid and c.sid = p.conversation_sid
        where p.service_sid = $1 and p.{column} = $2 and p.identity is not null
        """,
        service_sid,
        sid,
    )
    return UnreadCount(*row)


async def has_user(reading: Reading, service_sid: str, identity: str) -> bool:
    """Whether a user of the service has the identity."""
    found = await reading.fetchval(
        "select 1 from users where service_sid = $1 and identity = $2", service_sid, identity
    )
    return found is not None


async def parts_taken(reading: Reading, service_sid: str, conversation_sid: str, identity: str) -> list[PartTaken]:
    """How the user took part in the conversation, the first time first."""
    rows = await reading.fetch(
        """
        select sid, born_event_id, null::bigint, null::timestamptz from participants
        where service_sid = $1 and conversation_sid = $2 and identity = $3
        union all
        select sid, born_event_id, event_id, removed_at from tombstones
        where service_sid = $1 and conversation_sid = $2 and identity = $3 and kind = 'participant'
        order by 2
        """,
        service_sid,
        conversation_sid,
        identity,
    )
    return [PartTaken(*row) for row in rows]
