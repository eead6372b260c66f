"""Deliveries of webhooks: what is still to be sent, and what was sent and answered."""

from alembic import op

revision = "0005"
down_revision = "0004"

_SCHEMA = """
-- How far each reader of the event log has come (storage/log.py).
create table log_positions (
  reader text collate "C" primary key,
  seen text not null,
  until text,
  after bigint not null
);

insert into log_positions (reader, seen, after) values ('webhooks', pg_current_snapshot()::text, 0);

alter table events add request_sid text collate "C", add identity text;
drop index events_by_transaction;
create index events_for_webhooks on events (xid, id) where webhooks;
create index events_of_account on events (account_sid, xid, id);

-- Scoped webhooks outlive their conversation for a while, since the last facts about it are still to be sent.
alter table conversation_webhooks
  drop constraint conversation_webhooks_conversation,
  add born_event_id bigint not null default 0,
  add removed_at timestamptz;
create index conversation_webhooks_removed on conversation_webhooks (removed_at) where removed_at is not null;

create sequence delivery_numbers;

-- A lane is what is sent one at a time and in order: the events of one conversation (or user) to one URL.
create table delivery_lanes (
  account_sid text collate "C" not null,
  lane text collate "C" not null,
  receiver text collate "C" not null,              -- scheme, host and port of the URL
  newest bigint not null,                          -- the number of the last delivery put into the lane
  due_at timestamptz not null,                     -- when the next one may be sent
  claimed_until timestamptz,                       -- by a process that is sending; real time, whatever the clock says
  primary key (account_sid, lane)
);
create index delivery_lanes_due on delivery_lanes (due_at);

create table deliveries (
  account_sid text collate "C" not null,
  sid text collate "C" not null,
  number bigint not null,                          -- the order within a lane
  lane text collate "C" not null,
  service_sid text collate "C",
  conversation_sid text collate "C",
  subject_sid text collate "C" not null,           -- what the event is about: a message, a participant …
  event_id bigint,                                 -- of the fact; null for what was asked before a change
  event_type text not null,
  hook text collate "C" not null,                  -- account, service, or the SID of a scoped webhook
  url text not null,
  method text not null,
  parameters jsonb not null,
  token uuid not null,                             -- the same for every attempt
  state text not null,
  attempts integer not null default 0,
  request_sid text collate "C",                    -- of the call that caused it
  replay_of text collate "C",                      -- the delivery that this one repeats
  created_at timestamptz not null,
  finished_at timestamptz,
  primary key (account_sid, sid)
);
create index deliveries_waiting on deliveries (account_sid, lane, number) where state = 'waiting';
create index deliveries_by_creation on deliveries (account_sid, created_at, sid);
create index deliveries_of_conversation on deliveries (account_sid, conversation_sid, created_at, sid);
create index deliveries_of_subject on deliveries (account_sid, subject_sid, created_at, sid);
create index deliveries_of_request on deliveries (account_sid, request_sid, created_at, sid)
  where request_sid is not null;
create index deliveries_by_event on deliveries (account_sid, event_type, created_at, sid);
create index deliveries_by_hook on deliveries (account_sid, hook, created_at, sid);
create index deliveries_by_state on deliveries (account_sid, state, created_at, sid);

create table attempts (
  account_sid text collate "C" not null,
  delivery_sid text collate "C" not null,
  number integer not null,                         -- from 0, as RetryCount
  url text not null,                               -- as it was sent, with the parameters of a GET
  headers jsonb not null,
  body text not null,
  signed text not null,                            -- the string that the signature is of
  answer_status integer,
  answer_headers jsonb,
  answer_body text,
  error text,                                      -- why there was no answer
  verdict text not null,
  changed jsonb,                                   -- what the answer of a pre-action webhook changed
  started_at timestamptz not null,
  milliseconds double precision not null,
  primary key (account_sid, delivery_sid, number)
);

-- What happened a moment ago in accounts in which somebody looks on (storage/live_lines.py).
create unlogged table tails (
  account_sid text collate "C" primary key,
  until timestamptz not null                       -- real time, whatever the clock says
);
create unlogged table tail_lines (
  account_sid text collate "C" not null,
  xid xid8 not null default pg_current_xact_id(),
  number bigint not null,                          -- within the transaction
  line jsonb not null,
  written_at timestamptz not null default clock_timestamp()
);
create index tail_lines_of_account on tail_lines (account_sid, xid, number);

-- What is asked about by its SID alone. The index takes the place of a larger one that had the SID last.
alter table messages drop constraint messages_sid;
create index messages_by_sid on messages (sid);
create index participants_by_sid on participants (sid);
create index tombstones_by_sid on tombstones (sid);
"""


def upgrade() -> None:
    op.execute(_SCHEMA)
