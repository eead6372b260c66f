"""Which secret key and which cluster the rows belong to."""

from alembic import op

revision = "0009"
down_revision = "0008"

_SCHEMA = """
-- What the one right secret key opens (storage/key_check.py).
create table secret_check (
  only_one boolean primary key default true check (only_one),
  sealed bytea not null
);

-- The cluster whose transactions the log's numbers are of (storage/clusters.py).
create table log_cluster (
  only_one boolean primary key default true check (only_one),
  system_identifier text,                          -- null: not found out yet
  generation integer not null default 1,           -- one more each time that the log came to another cluster
  written xid8 not null default pg_current_xact_id()
);
insert into log_cluster default values;

-- Null where this user may not know it.
create function cluster_identifier() returns text language plpgsql stable as $$
begin
  return (select system_identifier::text from pg_control_system());
exception when insufficient_privilege then
  return null;
end
$$;
"""


def upgrade() -> None:
    op.execute(_SCHEMA)
