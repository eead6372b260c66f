"""What was called how often, by account."""

from alembic import op

revision = "0004"
down_revision = "0003"

_SCHEMA = """
create table tallies (
  account_sid text collate "C" not null references accounts on delete cascade,
  subject text collate "C" not null,               -- operation, parameter, error …
  name text collate "C" not null,
  count bigint not null,
  first_at timestamptz not null,
  last_at timestamptz not null,
  primary key (account_sid, subject, name)
);
"""


def upgrade() -> None:
    op.execute(_SCHEMA)
