"""Crowds: rows by the hundred, copied in the database, since making them over HTTP would take long."""

from tests.account_client import AccountClient


async def add_copies(api: AccountClient, conversation: str, number: int) -> None:
    """*number* copies of the one participant of the conversation (by SID), with identities (and no users) of their
    own."""
    await _multiply(
        api,
        """
        insert into participants (service_sid, conversation_sid, sid, identity, attributes, role_sid, created_at,
                                  updated_at, born_event_id, last_event_id)
        select service_sid, conversation_sid, 'MB' || lpad(to_hex(copy), 32, '0'), 'copy ' || copy, attributes,
               role_sid, created_at, updated_at, born_event_id, last_event_id
        from participants, generate_series(1, $3) as copy where service_sid = $1 and conversation_sid = $2
        """,
        conversation,
        number,
    )
    await _multiply(
        api,
        "update conversations set participant_count = participant_count + $3 where service_sid = $1 and sid = $2",
        conversation,
        number,
    )


async def copy_conversation(api: AccountClient, conversation: str) -> None:
    """1,100 copies of the conversation (by SID) with its one participant: 499 active, 500 inactive, 101 closed."""
    await _multiply(
        api,
        """
        with talk as (
          select * from conversations where service_sid = $1 and sid = $2
        ), copies as (
          insert into conversations (service_sid, sid, attributes, state, created_by, created_at, updated_at,
                                     state_updated_at, last_activity_at, born_event_id, last_event_id)
          select service_sid, 'CH' || lpad(to_hex(copy), 32, '0'), attributes,
                 (array['active', 'inactive', 'closed'])[1 + least(copy / 500, 2)], created_by, created_at, updated_at,
                 state_updated_at, last_activity_at, born_event_id, last_event_id
          from talk, generate_series(1, 1100) as copy returning service_sid, sid
        )
        insert into participants (service_sid, conversation_sid, sid, identity, user_sid, attributes, role_sid,
                                  created_at, updated_at, born_event_id, last_event_id)
        select copies.service_sid, copies.sid, p.sid, identity, user_sid, attributes, role_sid,
               created_at, updated_at, born_event_id, last_event_id
        from copies join participants p on p.service_sid = copies.service_sid where p.conversation_sid = $2
        """,
        conversation,
    )


async def _multiply(api: AccountClient, sql: str, *values: object) -> None:
    async with api.parlour.inside.database.session() as connection:
        await connection.execute(sql, api.service, *values)
