"""Facts are for a set of audiences; each reader of the log says for which it reads."""

from alembic import op

revision = "0014"
down_revision = "0013"

_SCHEMA = """
-- Bits: 1 webhooks, 2 carriers, 4 push. An audience that has a reader has an index.
drop index events_for_webhooks;
alter table events alter webhooks type smallint using webhooks::integer;
alter table events rename webhooks to audiences;
create index events_for_webhooks on events (xid, id) where audiences & 1 <> 0;

alter table log_positions add audiences smallint not null default 1;  -- what the reader reads
alter table log_positions alter audiences drop default;
"""


def upgrade() -> None:
    op.execute(_SCHEMA)
