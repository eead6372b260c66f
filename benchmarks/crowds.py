"""Crowds: databases of users who each take part in as many conversations as the others, and their access tokens."""

import asyncio
from datetime import timedelta

import asyncpg
import msgspec

from benchmarks.databases import ACCOUNT, Filled, empty, node_of, service_of
from benchmarks.filling import FIRST, NEWEST, USERS
from parlour.core.clock import SystemClock
from parlour.resources.accounts.actions import create_key
from parlour.storage.migrations import migrate
from parlour.tokens.mint import mint, token_for

_LIFETIME = timedelta(hours=12)


class Crowd(msgspec.Struct, frozen=True):
    """A database in which each of *users* takes part in the same number of the *conversations*."""

    database: Filled
    conversations: int
    members: int
    users: int
    key_sid: str
    secret: str

    def token(self, user: int) -> str:
        """The access token of the user of that number."""
        return mint(
            token_for(
                str(FIRST + user % self.users),
                account_sid=ACCOUNT,
                service_sid=self.database.service_sid,
                key_sid=self.key_sid,
                now=SystemClock().now(),
                lifetime_seconds=int(_LIFETIME.total_seconds()),
            ),
            self.secret,
        )

    def conversation(self, number: int) -> str:
        """The SID of the conversation of that number."""
        return f"CH{FIRST + number % self.conversations:032}"


async def crowd(server: str, name: str, conversations: int, members: int, users: int) -> Crowd:
    """A new database. Conversation *i* has so many *members*, from user *i* times *members* on, and one message."""
    url = await empty(server, f"crowd_{name}")
    await migrate(url)
    database = Filled(url, await service_of(url), conversations)
    await _fill(database, members, users)
    async with node_of(url) as node:
        key, secret = await create_key(node, ACCOUNT, "signs the tokens of the benchmarks")
    return Crowd(database, conversations, members, users, key.sid, secret)


async def _fill(database: Filled, members: int, users: int) -> None:
    service, conversations = database.service_sid, database.conversations
    connection = await asyncpg.connect(database.url, user="postgres")
    try:
        await connection.execute("set session_replication_role = replica; set work_mem = '256MB'")
        async with connection.transaction():
            await connection.execute(USERS, service, FIRST, users)
            await connection.execute(_CONVERSATIONS, service, FIRST, conversations, members)
            await connection.execute(_MEMBERS, service, FIRST, conversations, members, users)
            await connection.execute(NEWEST, service)
            await connection.execute(_COUNT, service)
            await connection.execute("select setval('event_ids', $1)", conversations * members + users)
        await connection.execute("vacuum (freeze, analyze)")
        await connection.execute("checkpoint")
    finally:
        await connection.close()


def crowded(server: str, name: str, conversations: int, members: int, users: int) -> Crowd:
    """The same, for those who do not await."""
    return asyncio.run(crowd(server, name, conversations, members, users))


_CONVERSATIONS = """
insert into conversations (service_sid, sid, friendly_name, attributes, state, messaging_service_sid,
                           created_by, created_at, updated_at, state_updated_at, last_activity_at, last_index,
                           message_count, participant_count, born_event_id, last_event_id, newest_event_id)
select $1::text, 'CH' || lpad(($2::bigint + i)::text, 32, '0'), 'Room ' || i, '{"floor":1}', 'active',
       'MG' || lpad('1', 32, '0'), 'system', at, at, at, at, 0, 1, $4::bigint, id, id, (i + 1) * $4::bigint
from generate_series(0, $3::bigint - 1) as i,
     lateral (select timestamptz '2024-01-01' + i * interval '1 minute', i * $4::bigint + 1) as born(at, id)
order by i
"""
_MEMBERS = """
insert into participants (service_sid, conversation_sid, sid, identity, user_sid, attributes, role_sid,
                          created_at, updated_at, born_event_id, last_event_id)
select $1::text, 'CH' || lpad(($2::bigint + slot / $4)::text, 32, '0'), 'MB' || lpad(($2 + slot)::text, 32, '0'),
       ($2 + slot % $5::bigint)::text, 'US' || lpad(($2 + slot % $5)::text, 32, '0'), '{}',
       (select default_conversation_role_sid from services where sid = $1),
       at, at, slot + 1, slot + 1
from generate_series(0, $3::bigint * $4::bigint - 1) as slot,
     lateral (select timestamptz '2024-01-01' + slot / $4 * interval '1 minute') as born(at)
order by slot
"""
_COUNT = """
insert into conversation_counts (service_sid, state, number)
select service_sid, state, count(*) from conversations where service_sid = $1 group by 1, 2
"""
