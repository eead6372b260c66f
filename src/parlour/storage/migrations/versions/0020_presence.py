"""Who is connected, and by way of which process; a user is online while any process has sockets of theirs."""

from alembic import op

revision = "0020"
down_revision = "0019"

_SCHEMA = """
alter table users add is_online boolean;           -- null before the first socket where reachability is enabled
create index users_online on users (service_sid, identity) where is_online;

-- Not logged: what a crash empties, the processes that live write anew.
create unlogged table presence_processes (
  sid text collate "C" primary key,
  seen_at timestamptz not null                     -- by the clock of the database
);
create unlogged table presence_sockets (
  service_sid text collate "C" not null,
  identity text collate "C" not null,
  process text collate "C" not null,
  primary key (service_sid, identity, process)
);
create index presence_sockets_of_process on presence_sockets (process);
"""


def upgrade() -> None:
    op.execute(_SCHEMA)
