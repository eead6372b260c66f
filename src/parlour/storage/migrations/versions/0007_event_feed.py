"""The feed: the facts of an account by number, and how far the log was cleared away."""

from alembic import op

revision = "0007"
down_revision = "0006"

_SCHEMA = """
-- By which a reader that is far behind goes on (storage/feed.py).
create index events_of_account_by_number on events (account_sid, id);

-- The newest fact of each account that is not kept any more (storage/log.py).
create table log_horizons (
  account_sid text collate "C" primary key,
  xid xid8 not null,
  id bigint not null
);
"""


def upgrade() -> None:
    op.execute(_SCHEMA)
