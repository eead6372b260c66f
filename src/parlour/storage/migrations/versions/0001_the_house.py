"""The first schema: accounts, services and all that is in them, and the event log."""

from alembic import op

revision = "0001"
down_revision = None

_SCHEMA = """
create sequence event_ids;

create table accounts (
  sid text collate "C" primary key,
  friendly_name text not null,
  auth_token bytea not null,                       -- encrypted: it also signs webhooks
  default_service_sid text collate "C",
  default_messaging_service_sid text collate "C",
  default_inactive_timer text,
  default_closed_timer text,
  created_at timestamptz not null,
  updated_at timestamptz not null
);

create table api_keys (
  sid text collate "C" primary key,
  account_sid text collate "C" not null references accounts on delete cascade,
  friendly_name text,
  secret bytea not null,                           -- encrypted: it also signs access tokens
  created_at timestamptz not null
);
create index api_keys_of_account on api_keys (account_sid, created_at, sid);

create table services (
  sid text collate "C" primary key,
  account_sid text collate "C" not null references accounts on delete cascade,
  friendly_name text not null,
  default_chat_service_role_sid text collate "C",
  default_conversation_role_sid text collate "C",
  default_conversation_creator_role_sid text collate "C",
  reachability_enabled boolean not null default false,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index services_of_account on services (account_sid, created_at, sid);
alter table accounts add constraint accounts_default_service
  foreign key (default_service_sid) references services (sid) deferrable;

create table roles (
  service_sid text collate "C" not null references services deferrable,
  sid text collate "C" not null,
  friendly_name text not null,
  type text not null,
  permissions text[] not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (service_sid, sid)
);
create index roles_in_order on roles (service_sid, created_at, sid);

create table users (
  service_sid text collate "C" not null references services deferrable,
  sid text collate "C" not null,
  identity text collate "C" not null,
  friendly_name text,
  attributes text not null,
  role_sid text collate "C" not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  born_event_id bigint not null,
  last_event_id bigint not null,
  primary key (service_sid, sid),
  constraint users_identity unique (service_sid, identity),
  constraint users_role foreign key (service_sid, role_sid) references roles deferrable
);
create index users_in_order on users (service_sid, created_at, sid);
create index users_of_role on users (service_sid, role_sid);

create table conversations (
  service_sid text collate "C" not null references services deferrable,
  sid text collate "C" not null,
  unique_name text collate "C",
  friendly_name text,
  attributes text not null,
  state text not null,
  messaging_service_sid text collate "C",
  created_by text not null,
  email_address text,
  email_name text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  state_updated_at timestamptz not null,
  inactive_after bigint,                           -- the timers as they were set, in seconds …
  closed_after bigint,
  inactive_due_at timestamptz,                     -- … and when they are due, as they stand
  closed_due_at timestamptz,
  last_activity_at timestamptz not null,           -- creation, then each message
  last_index bigint not null default -1,           -- of the newest message ever; never goes back
  message_count bigint not null default 0,         -- messages that exist
  woken_at_index bigint,                           -- the message that last made the conversation active again
  furthest_read_index bigint not null default -1,  -- at least every participant's horizon; never goes back
  participant_count integer not null default 0,
  channel_participant_count integer not null default 0,
  born_event_id bigint not null,
  last_event_id bigint not null,
  primary key (service_sid, sid),
  constraint conversations_unique_name unique (service_sid, unique_name)
);
create index conversations_by_activity on conversations (service_sid, last_activity_at, sid);
create index conversations_by_state on conversations (service_sid, state, last_activity_at, sid);
create index conversations_by_creation on conversations (service_sid, created_at, sid);
create index conversations_inactive_due on conversations (inactive_due_at) where inactive_due_at is not null;
create index conversations_closed_due on conversations (closed_due_at) where closed_due_at is not null;

create table participants (
  service_sid text collate "C" not null,
  conversation_sid text collate "C" not null,
  sid text collate "C" not null,
  identity text collate "C",
  user_sid text collate "C",
  binding_type text,
  address text collate "C",
  proxy_address text collate "C",
  projected_address text collate "C",
  binding_name text,
  binding_level text,
  attributes text not null,
  role_sid text collate "C",
  notification_level text not null default 'default',
  last_read_index bigint,                          -- the read horizon
  last_read_at timestamptz,
  read_count bigint not null default 0,            -- existing messages with index <= horizon
  created_at timestamptz not null,
  updated_at timestamptz not null,
  born_event_id bigint not null,
  last_event_id bigint not null,
  primary key (service_sid, conversation_sid, sid),
  constraint participants_identity unique (service_sid, conversation_sid, identity),
  constraint participants_conversation foreign key (service_sid, conversation_sid)
    references conversations deferrable,
  constraint participants_user foreign key (service_sid, user_sid) references users deferrable,
  constraint participants_role foreign key (service_sid, role_sid) references roles deferrable
);
create index participants_by_identity on participants (service_sid, identity, conversation_sid, sid)
  where identity is not null;
create index participants_by_address on participants (service_sid, address, conversation_sid, sid)
  include (user_sid, identity, binding_type, proxy_address, projected_address, binding_name, binding_level)
  where address is not null;                       -- holds all that the list by address shows of a participant
create index participants_in_order on participants (service_sid, conversation_sid, created_at, sid);
create index participants_of_user on participants (service_sid, user_sid) where user_sid is not null;
create index participants_of_role on participants (service_sid, role_sid) where role_sid is not null;

-- Address pairs in conversations that are not closed. Unique in the account, since a phone number belongs to that.
create table address_pairs (
  account_sid text collate "C" not null,
  address text collate "C" not null,
  proxy_address text collate "C" not null,
  service_sid text collate "C" not null,
  conversation_sid text collate "C" not null,
  participant_sid text collate "C" not null,
  primary key (account_sid, address, proxy_address),
  constraint address_pairs_participant foreign key (service_sid, conversation_sid, participant_sid)
    references participants deferrable
);
create index address_pairs_of_conversation on address_pairs (service_sid, conversation_sid, participant_sid);

create table messages (
  service_sid text collate "C" not null,
  conversation_sid text collate "C" not null,
  index bigint not null,
  sid text collate "C" not null,
  author text not null,
  participant_sid text collate "C",
  body text,
  subject text,
  attributes text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  born_event_id bigint not null,
  last_event_id bigint not null,
  primary key (service_sid, conversation_sid, index),
  constraint messages_sid unique (service_sid, conversation_sid, sid),
  constraint messages_conversation foreign key (service_sid, conversation_sid)
    references conversations deferrable
);

-- New messages first_index … last_index count as read for participants whose horizon already lies ahead of them. A
-- function, since inside a statement that waited for a lock only a function sees what was committed meanwhile.
create function count_as_read(service text, conversation text, first_index bigint, last_index bigint) returns void
language sql as $$
  update participants set read_count = read_count + least(last_read_index, $4) - $3 + 1
  where service_sid = $1 and conversation_sid = $2 and last_read_index >= $3
$$;

-- What was removed, for clients that come back with an older position.
create table tombstones (
  service_sid text collate "C" not null,
  conversation_sid text collate "C" not null,
  kind text not null,                              -- conversation, participant, message
  sid text collate "C" not null,
  identity text collate "C",                       -- of a removed participant: whose membership ended
  index bigint,                                    -- of a removed message
  born_event_id bigint not null,
  event_id bigint not null,
  removed_at timestamptz not null,
  primary key (service_sid, conversation_sid, kind, sid)
);
create index tombstones_of_identity on tombstones (service_sid, identity, event_id) where identity is not null;

create table events (
  service_sid text collate "C" not null,
  id bigint not null,
  xid xid8 not null default pg_current_xact_id(),
  account_sid text collate "C" not null,
  conversation_sid text collate "C",
  type text not null,
  source text not null,
  webhooks boolean not null,
  payload jsonb not null,
  created_at timestamptz not null,
  primary key (service_sid, id)
);
create index events_by_transaction on events (xid, id);
"""


def upgrade() -> None:
    op.execute(_SCHEMA)
