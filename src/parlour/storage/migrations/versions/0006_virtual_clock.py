"""The clock that can be moved, and one index for both timers of conversations."""

from alembic import op

revision = "0006"
down_revision = "0005"

_SCHEMA = """
-- Its one row is made by the first process that serves with a virtual clock.
create table virtual_clock (
  only_one boolean primary key default true check (only_one),
  ahead interval not null,                         -- of the machine's time, while it runs
  frozen_at timestamptz,                           -- null: it runs
  moves bigint not null                            -- how often it was moved
);

-- By what is due first. It takes the place of an index per timer, which every message had to move.
drop index conversations_inactive_due;
drop index conversations_closed_due;
create index conversations_due on conversations (least(inactive_due_at, closed_due_at))
  where least(inactive_due_at, closed_due_at) is not null;
"""


def upgrade() -> None:
    op.execute(_SCHEMA)
