"""Plain counts over the tables, against which everything that parlour counts as it goes is held."""

from parlour.storage.database import Database

_CHECKS = {
    "a conversation's counters differ from what it holds": """
        select c.sid, c.message_count, messages.count, c.participant_count, people.count,
               c.channel_participant_count, people.channel, c.last_index, messages.last
        from conversations c,
          lateral (select count(*), coalesce(max(m.index), -1) as last from messages m
                   where m.service_sid = c.service_sid and m.conversation_sid = c.sid) as messages,
          lateral (select count(*), count(*) filter (where p.identity is null) as channel from participants p
                   where p.service_sid = c.service_sid and p.conversation_sid = c.sid) as people
        where c.service_sid = any($1)
          and (c.message_count <> messages.count or c.participant_count <> people.count
               or c.channel_participant_count <> people.channel or c.last_index < messages.last)""",
    "a participant's read count differs from the messages up to its horizon": """
        select p.conversation_sid, p.sid, p.last_read_index, p.read_count, read.count
        from participants p,
          lateral (select count(*) from messages m
                   where m.service_sid = p.service_sid and m.conversation_sid = p.conversation_sid
                     and m.index <= p.last_read_index) as read
        where p.service_sid = any($1) and p.read_count <> read.count""",
    "a horizon lies beyond the furthest that its conversation knows of": """
        select p.sid from participants p
        join conversations c on c.service_sid = p.service_sid and c.sid = p.conversation_sid
        where p.service_sid = any($1) and p.last_read_index > c.furthest_read_index""",
    "a message was never numbered by its conversation": """
        select c.sid, c.last_index, used.count from conversations c,
          lateral (select (select count(*) from messages m
                           where m.service_sid = c.service_sid and m.conversation_sid = c.sid)
                        + (select count(*) from tombstones t
                           where t.service_sid = c.service_sid and t.conversation_sid = c.sid and t.kind = 'message')
                   ) as used(count)
        where c.service_sid = any($1) and c.last_index + 1 <> used.count""",
    "a message's delivery differs from its receipts": """
        select m.sid, m.delivery, counted.delivery
        from messages m,
          lateral (select case when count(*) > 0 then jsonb_build_object(
                     'total', count(*),
                     'sent', count(*) filter (where r.status in ('sent', 'delivered', 'read', 'undelivered')),
                     'delivered', count(*) filter (where r.status in ('delivered', 'read')),
                     'read', count(*) filter (where r.status = 'read'),
                     'failed', count(*) filter (where r.status = 'failed'),
                     'undelivered', count(*) filter (where r.status = 'undelivered')) end as delivery
                   from receipts r
                   where r.service_sid = m.service_sid and r.conversation_sid = m.conversation_sid
                     and r.message_sid = m.sid) as counted
        where m.service_sid = any($1) and m.delivery is distinct from counted.delivery""",
    "a conversation has more webhooks than it may": """
        select conversation_sid, count(*) from conversation_webhooks where service_sid = any($1)
        group by service_sid, conversation_sid having count(*) > 5""",
    "a row has lost its parent": """
        select r.sid from receipts r left join messages m
          on m.service_sid = r.service_sid and m.conversation_sid = r.conversation_sid and m.sid = r.message_sid
        where r.service_sid = any($1) and m.sid is null
        union all
        select w.sid from conversation_webhooks w left join conversations c
          on c.service_sid = w.service_sid and c.sid = w.conversation_sid
        where w.service_sid = any($1) and w.removed_at is null and c.sid is null
        union all
        select p.sid from participants p left join conversations c
          on c.service_sid = p.service_sid and c.sid = p.conversation_sid
        where p.service_sid = any($1) and c.sid is null
        union all
        select m.sid from messages m left join conversations c
          on c.service_sid = m.service_sid and c.sid = m.conversation_sid
        where m.service_sid = any($1) and c.sid is null
        union all
        select each.sid from (
          select service_sid, sid from users union all select service_sid, sid from conversations
          union all select service_sid, sid from roles) as each
        left join services s on s.sid = each.service_sid
        where each.service_sid = any($1) and s.sid is null""",
    "a participant's user is not who its identity says": """
        select p.sid, p.identity, u.identity from participants p
        left join users u on u.service_sid = p.service_sid and u.sid = p.user_sid
        where p.service_sid = any($1)
          and ((p.identity is null) <> (p.user_sid is null) or p.identity is distinct from u.identity)""",
    "a role that is in use is gone": """
        select u.sid from users u left join roles r on r.service_sid = u.service_sid and r.sid = u.role_sid
        where u.service_sid = any($1) and r.sid is null
        union all
        select p.sid from participants p left join roles r on r.service_sid = p.service_sid and r.sid = p.role_sid
        where p.service_sid = any($1) and p.role_sid is not null and r.sid is null""",
    "the address pairs are not those of the participants in open conversations": """
        (select p.service_sid, p.conversation_sid, p.sid, p.address, p.proxy_address
         from participants p join conversations c on c.service_sid = p.service_sid and c.sid = p.conversation_sid
         where p.service_sid = any($1) and p.address is not null and p.proxy_address is not null
           and c.state <> 'closed'
         except
         select service_sid, conversation_sid, participant_sid, address, proxy_address from address_pairs)
        union all
        (select service_sid, conversation_sid, participant_sid, address, proxy_address from address_pairs
         where service_sid = any($1)
         except
         select p.service_sid, p.conversation_sid, p.sid, p.address, p.proxy_address
         from participants p join conversations c on c.service_sid = p.service_sid and c.sid = p.conversation_sid
         where c.state <> 'closed'
         except
         select a.service_sid, a.conversation_sid, planned ->> 'sid', planned #>> '{draft,messaging_binding,address}',
                planned #>> '{draft,messaging_binding,proxy_address}'
         from pending_additions a, jsonb_array_elements(a.participants) as planned)""",
    "the sets of addresses are not those of the groups that are open": """
        select c.sid, c.is_group, s.digest from conversations c full join group_address_sets s
          on s.service_sid = c.service_sid and s.conversation_sid = c.sid
        where (c.service_sid = any($1) or s.service_sid = any($1))
          and ((c.is_group and c.state <> 'closed') is not true) <> (s.digest is null)""",
    "what is being put together has nobody who would do it, or the other way round": """
        select c.sid from conversations c full join pending_additions a
          on a.service_sid = c.service_sid and a.conversation_sid = c.sid
        where (c.service_sid = any($1) or a.service_sid = any($1))
          and ((c.state = 'initializing') is not true) <> (a.conversation_sid is null)""",
    "the attributes by which conversations are found are not those that they have": """
        (select c.service_sid, c.sid, has.key, has.value, c.created_at
         from conversations c, attribute_members(c.attributes) as has where c.service_sid = any($1)
         except
         select service_sid, conversation_sid, key, value, created_at from conversation_attributes)
        union all
        (select service_sid, conversation_sid, key, value, created_at from conversation_attributes
         where service_sid = any($1)
         except
         select c.service_sid, c.sid, has.key, has.value, c.created_at
         from conversations c, attribute_members(c.attributes) as has)""",
    "something is both there and buried": """
        select t.sid from tombstones t where t.service_sid = any($1) and (
          exists (select 1 from messages m where m.service_sid = t.service_sid
                  and m.conversation_sid = t.conversation_sid and m.sid = t.sid)
          or exists (select 1 from participants p where p.service_sid = t.service_sid
                     and p.conversation_sid = t.conversation_sid and p.sid = t.sid)
          or exists (select 1 from conversations c where c.service_sid = t.service_sid and c.sid = t.sid))""",
    "a conversation's newest number is not the greatest of all in it": """
        select c.sid, c.last_event_id, c.newest_event_id, numbers.greatest from conversations c,
          lateral (select greatest(
             c.last_event_id,
             (select max(m.last_event_id) from messages m
              where m.service_sid = c.service_sid and m.conversation_sid = c.sid),
             (select max(p.last_event_id) from participants p
              where p.service_sid = c.service_sid and p.conversation_sid = c.sid),
             (select max(t.event_id) from tombstones t
              where t.service_sid = c.service_sid and t.conversation_sid = c.sid)) as greatest) as numbers
        where c.service_sid = any($1) and c.newest_event_id <> numbers.greatest""",
    "a row's number is not that of a fact about it": """
        select rows.sid, rows.last_event_id from (
          select service_sid, sid, last_event_id from users
          union all select service_sid, sid, last_event_id from participants
          union all select service_sid, sid, last_event_id from messages
          union all select service_sid, sid, event_id from tombstones where kind <> 'participant'
          union all select service_sid, sid, born_event_id from conversations) as rows
        left join events e on e.service_sid = rows.service_sid and e.id = rows.last_event_id
        where rows.service_sid = any($1) and e.id is null""",
}
"""What must not be, and the query that finds where it is. The parameter: the services to look into."""


async def contradictions(database: Database, *services: str) -> dict[str, list[tuple[object, ...]]]:
    """Where the tables contradict themselves in these services; empty if all is well."""
    found = {}
    async with database.session() as reading:
        for what, sql in _CHECKS.items():
            rows = await reading.fetch(sql, list(services))
            if rows:
                found[what] = [tuple(row) for row in rows]
    return found
