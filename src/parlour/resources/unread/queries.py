"""SQL of what users have not read yet."""

from parlour.core.errors import NotFound
from parlour.core.scope import Scope
from parlour.resources.unread.model import Unread
from parlour.resources.users import queries as users
from parlour.storage.transaction import Reading


async def get(reading: Reading, scope: Scope, user: str) -> Unread:
    """The sum over the user's conversations; raises NotFound.

    One statement that walks the user's participants and looks up the counter of each conversation; no message is read.
    """
    row = await reading.fetchrow(
        f"""
        select u.sid, u.identity, coalesce(sum(unread), 0)::bigint, count(*) filter (where unread > 0)
        from users u left join lateral (
          select c.message_count - p.read_count as unread
          from participants p join conversations c on c.service_sid = p.service_sid and c.sid = p.conversation_sid
          where p.service_sid = u.service_sid and p.identity = u.identity and p.last_read_index is not null
            and c.state in ('active', 'inactive')
        ) as mine on true
        where u.service_sid = $1 and u.{users.named_by(user)} = $2
        group by u.service_sid, u.sid
        """,
        scope.service,
        user,
    )
    if row is None:
        raise NotFound
    return Unread(*row)
