"""Filling: a database with a given number of conversations, always the same ones, made by PostgreSQL itself.

Conversation number *i* has two users and one address. Every user takes part in some 60 conversations and so does
every address, whatever the size; they are spread over the whole table, as time would spread them. Messages are
counted but not stored, since no list reads them. Whoever knows the numbers knows the names:

* conversation *i* (from 0): SID ``CH`` + 32 digits of FIRST + *i*, unique name ``order-i``;
* user *u* (from 0): identity FIRST + *u*, so that a number drawn by pgbench is an identity, too;
* address *a* (from 0): FIRST + *a*.

For the list extensions a database can have more: the newest message of each conversation, the attributes by which it
is found (each one's number, one of TEAMS teams, a priority that all have), and a user BUSY with BUSY_WITH conversations
spread over the whole table.
"""

import asyncpg

FIRST = 1_000_000_000
"""Ten digits, so that names that come from numbers are all of one length."""

EACH = 60
"""In how many conversations a user, or an address, takes part."""


TEAMS = 30
BUSY = FIRST - 1
BUSY_WITH = 1_000


def users(conversations: int) -> int:
    """How many users the database of that size has."""
    return max(2, 2 * conversations // EACH)


def addresses(conversations: int) -> int:
    """How many addresses take part."""
    return max(1, conversations // EACH)


async def fill(url: str, service_sid: str, conversations: int, *, extended: bool = False) -> None:
    """Puts the conversations into the service, which is empty; needs the superuser of parlour's own PostgreSQL.

    *extended*: with what the list extensions are about, too.

    What refers to what is known to be right, so that PostgreSQL need not check three million references, nor run
    triggers.
    """
    connection = await asyncpg.connect(url, user="postgres")
    try:
        await connection.execute("set session_replication_role = replica; set work_mem = '256MB'")
        role = await connection.fetchval(
            "select default_conversation_role_sid from services where sid = $1", service_sid
        )
        async with connection.transaction():
            await connection.execute(USERS, service_sid, FIRST, users(conversations))
            await connection.execute(_CONVERSATIONS, service_sid, FIRST, conversations)
            await connection.execute(_CHAT, service_sid, FIRST, conversations, users(conversations), role)
            await connection.execute(_SMS, service_sid, FIRST, conversations, addresses(conversations))
            await connection.execute(_PAIRS, service_sid)
            await connection.execute(_COUNTS, service_sid)
            if extended:
                await connection.execute(NEWEST, service_sid)
                await connection.execute(_ATTRIBUTES, service_sid)
                await connection.execute(_BUSY_USER, service_sid, BUSY)
                await connection.execute(_BUSY_CHAT, service_sid, BUSY, max(1, conversations // BUSY_WITH), role)
            await connection.execute("select setval('event_ids', $1)", 3 * conversations)
        await connection.execute("vacuum (freeze, analyze)")
        await connection.execute("checkpoint")
    finally:
        await connection.close()


USERS = """
insert into users (service_sid, sid, identity, friendly_name, attributes, role_sid, created_at, updated_at,
                   born_event_id, last_event_id)
select $1::text, 'US' || lpad(($2::bigint + i)::text, 32, '0'), ($2 + i)::text, 'User ' || i, '{}',
       (select default_chat_service_role_sid from services where sid = $1), at, at, id, id
from generate_series(0, $3::bigint - 1) as i,
     lateral (select timestamptz '2024-01-01' + i * interval '1 minute', i + 1) as born(at, id)
"""
_CONVERSATIONS = """
insert into conversations (service_sid, sid, unique_name, friendly_name, attributes, state, messaging_service_sid,
                           created_by, created_at, updated_at, state_updated_at, last_activity_at, last_index,
                           message_count, furthest_read_index, participant_count, channel_participant_count,
                           born_event_id, last_event_id)
select $1::text, 'CH' || lpad(($2::bigint + i)::text, 32, '0'), 'order-' || i, 'Order ' || i,
       '{"order":' || i || ',"team":"team-' || i % 30 || '","priority":"high"}', 'active',
       'MG' || lpad('1', 32, '0'), 'system', at, at, at, at, i % 20, i % 20 + 1, i % 20, 3, 1, id, id
from generate_series(0, $3::bigint - 1) as i,
     lateral (select timestamptz '2024-01-01' + i * interval '1 minute', i + 1) as born(at, id)
order by i
"""
_CHAT = """
insert into participants (service_sid, conversation_sid, sid, identity, user_sid, attributes, role_sid,
                          last_read_index, last_read_at, read_count, created_at, updated_at, born_event_id,
                          last_event_id)
select $1::text, 'CH' || lpad(($2::bigint + slot / 2)::text, 32, '0'), 'MB' || lpad(($2 + slot)::text, 32, '0'),
       ($2 + who)::text, 'US' || lpad(($2 + who)::text, 32, '0'), '{}', $5::text,
       (slot / 2) % 20 / 2, at, (slot / 2) % 20 / 2 + 1, at, at, id, id
from generate_series(0, 2 * $3::bigint - 1) as slot,
     lateral (select slot * 7919 % (2 * $3) % $4::bigint) as member(who),
     lateral (select timestamptz '2024-01-01' + slot * interval '30 seconds', slot + 1) as born(at, id)
order by slot
"""
_SMS = """
insert into participants (service_sid, conversation_sid, sid, binding_type, address, proxy_address, attributes,
                          created_at, updated_at, born_event_id, last_event_id)
select $1::text, 'CH' || lpad(($2::bigint + i)::text, 32, '0'), 'MB' || lpad(($2 + 2 * $3::bigint + i)::text, 32, '0'),
       'sms', ($2 + i * 7919 % $3 % $4::bigint)::text, '+1' || ($2 + i)::text, '{}', at, at, id, id
from generate_series(0, $3::bigint - 1) as i,
     lateral (select timestamptz '2024-01-01' + i * interval '1 minute', i + 1) as born(at, id)
order by i
"""
_PAIRS = """
insert into address_pairs (account_sid, address, proxy_address, service_sid, conversation_sid, participant_sid)
select s.account_sid, p.address, p.proxy_address, p.service_sid, p.conversation_sid, p.sid
from participants p
join services s on s.sid = p.service_sid
where p.service_sid = $1 and p.address is not null
"""
_COUNTS = """
insert into conversation_counts (service_sid, state, number)
select service_sid, state, count(*) from conversations where service_sid = $1 group by 1, 2
"""
NEWEST = """
insert into messages (service_sid, conversation_sid, index, sid, author, body, attributes, created_at, updated_at,
                      born_event_id, last_event_id)
select service_sid, sid, last_index, 'IM' || substr(sid, 3), 'system',
       'The parcel has left our house this morning; it should be with you by Thursday.', '{}', last_activity_at,
       last_activity_at, last_event_id, last_event_id
from conversations where service_sid = $1
"""
_ATTRIBUTES = """
insert into conversation_attributes (service_sid, conversation_sid, key, value, created_at)
select service_sid, sid, key, value, created_at from conversations, attribute_members(attributes)
where service_sid = $1
"""
_BUSY_USER = """
insert into users (service_sid, sid, identity, friendly_name, attributes, role_sid, created_at, updated_at,
                   born_event_id, last_event_id)
select $1::text, 'US' || lpad($2::bigint::text, 32, '0'), $2::text, 'Busy', '{}',
       (select default_chat_service_role_sid from services where sid = $1), now(), now(), 1, 1
"""
_BUSY_CHAT = """
insert into participants (service_sid, conversation_sid, sid, identity, user_sid, attributes, role_sid,
                          last_read_index, last_read_at, read_count, created_at, updated_at, born_event_id,
                          last_event_id)
select service_sid, sid, 'MB' || lpad((100000000000 + row_number() over ())::text, 32, '0'), $2::bigint::text,
       'US' || lpad($2::text, 32, '0'), '{}', $4::text, 0, created_at, 1, created_at, created_at, last_event_id,
       last_event_id
from (select *, row_number() over (order by sid) as place from conversations where service_sid = $1) as every
where place % $3::bigint = 0 order by sid
"""

STATEMENTS = USERS + _CONVERSATIONS + _CHAT + _SMS + _PAIRS + _COUNTS + NEWEST + _ATTRIBUTES + _BUSY_USER + _BUSY_CHAT
"""Everything that decides what is filled in."""
