"""Settings of webhooks and push, credentials, bindings, address configurations, scoped webhooks, receipts."""

from alembic import op

revision = "0002"
down_revision = "0001"

_SCHEMA = """
alter table accounts
  add pre_webhook_url text,
  add post_webhook_url text,
  add webhook_method text not null default 'POST',
  add webhook_filters text[],
  add webhook_target text not null default 'webhook';

alter table services
  add pre_webhook_url text,
  add post_webhook_url text,
  add webhook_method text,                         -- null until webhooks are configured
  add webhook_filters text[],
  add notifications jsonb not null default '{}';   -- what was set; the rest has defaults
alter table services
  add constraint services_default_chat_service_role
    foreign key (sid, default_chat_service_role_sid) references roles deferrable,
  add constraint services_default_conversation_role
    foreign key (sid, default_conversation_role_sid) references roles deferrable,
  add constraint services_default_conversation_creator_role
    foreign key (sid, default_conversation_creator_role_sid) references roles deferrable;

create table credentials (
  account_sid text collate "C" not null references accounts on delete cascade,
  sid text collate "C" not null,
  friendly_name text,
  type text not null,
  sandbox boolean not null,
  secrets bytea not null,                          -- encrypted: they sign in to the push services
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (account_sid, sid)
);
create index credentials_in_order on credentials (account_sid, created_at, sid);

create table address_configurations (
  account_sid text collate "C" not null references accounts on delete cascade,
  sid text collate "C" not null,
  type text not null,
  address text collate "C" not null,
  friendly_name text,
  address_country text,
  is_enabled boolean not null,
  creation_type text not null,
  conversation_service_sid text collate "C",
  webhook_url text,
  webhook_method text not null,
  webhook_filters text[] not null,
  studio_flow_sid text,
  studio_retry_count bigint not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (account_sid, sid),
  constraint address_configurations_address unique (account_sid, address),
  constraint address_configurations_service foreign key (conversation_service_sid)
    references services on delete set null       -- then the default service takes over
);
create index address_configurations_in_order on address_configurations (account_sid, created_at, sid);
create index address_configurations_by_type on address_configurations (account_sid, type, created_at, sid);
create index address_configurations_by_service on address_configurations (conversation_service_sid);

create table bindings (
  service_sid text collate "C" not null references services deferrable,
  sid text collate "C" not null,
  identity text collate "C" not null,
  binding_type text not null,
  endpoint text not null,
  address text collate "C" not null,               -- the device's token
  credential_sid text collate "C",
  message_types text[] not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (service_sid, sid),
  constraint bindings_address unique (service_sid, binding_type, address)
);
create index bindings_in_order on bindings (service_sid, created_at, sid);
create index bindings_by_identity on bindings (service_sid, identity, created_at, sid);
create index bindings_by_type on bindings (service_sid, binding_type, created_at, sid);
create index bindings_by_use on bindings (updated_at);
alter table users add is_notifiable boolean;       -- by a binding of a push service; null until there was one

create table conversation_webhooks (
  service_sid text collate "C" not null,
  conversation_sid text collate "C" not null,
  sid text collate "C" not null,
  target text not null,
  url text,
  method text,
  filters text[],
  triggers text[],
  flow_sid text,
  replay_after bigint,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (service_sid, conversation_sid, sid),
  constraint conversation_webhooks_conversation foreign key (service_sid, conversation_sid)
    references conversations deferrable
);

-- No foreign key to the message: both are only written under the conversation's lock, and the unique constraint that it
-- would stand on could then not be dropped while very many rows are stored.
create table receipts (
  service_sid text collate "C" not null,
  conversation_sid text collate "C" not null,
  message_sid text collate "C" not null,
  sid text collate "C" not null,
  participant_sid text collate "C" not null,
  channel_message_sid text collate "C",
  status text not null,
  error_code integer not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (service_sid, conversation_sid, message_sid, sid),
  constraint receipts_participant unique (service_sid, conversation_sid, message_sid, participant_sid),
  constraint receipts_conversation foreign key (service_sid, conversation_sid) references conversations deferrable
);
alter table messages add delivery jsonb;           -- how many of its receipts reached what; null while it has none

-- A pair can be kept for a participant who is still to be added.
alter table address_pairs
  drop constraint address_pairs_participant,
  add constraint address_pairs_conversation foreign key (service_sid, conversation_sid)
    references conversations deferrable;

-- Conversations that are group MMS, and their addresses while they are not closed: each set once in the account.
alter table conversations add is_group boolean not null default false;
create table group_address_sets (
  account_sid text collate "C" not null,
  digest bytea not null,                           -- of the sorted addresses
  service_sid text collate "C" not null,
  conversation_sid text collate "C" not null,
  primary key (account_sid, digest),
  constraint group_address_sets_conversation foreign key (service_sid, conversation_sid)
    references conversations deferrable
);
create index group_address_sets_of_conversation on group_address_sets (service_sid, conversation_sid);

-- Conversations that are being put together: who is still to be added, and what the conversation becomes then.
create table assemblies (
  service_sid text collate "C" not null,
  conversation_sid text collate "C" not null,
  account_sid text collate "C" not null,
  state text not null,
  participants jsonb not null,
  source text not null,
  webhooks boolean not null,
  request_sid text collate "C",                    -- the call that began it
  primary key (service_sid, conversation_sid),
  constraint assemblies_conversation foreign key (service_sid, conversation_sid)
    references conversations deferrable
);
"""


def upgrade() -> None:
    op.execute(_SCHEMA)
