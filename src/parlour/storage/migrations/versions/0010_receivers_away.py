"""Lanes whose receivers are away, who has a lane, and what was replayed."""

from alembic import op

revision = "0010"
down_revision = "0009"

_SCHEMA = """
-- A lane whose receiver is away waits apart from the others, so that it costs them nothing.
alter table delivery_lanes
  add away_since timestamptz,                      -- since when its receiver is away; null: it is not known to be
  add claimed_by text collate "C";                 -- the process that has it, as long as claimed_until says so
drop index delivery_lanes_due;
create index delivery_lanes_due on delivery_lanes (due_at) where away_since is null;
create index delivery_lanes_away on delivery_lanes (receiver, due_at) where away_since is not null;

-- Which deliveries were replayed already.
create index deliveries_replayed on deliveries (account_sid, replay_of) where replay_of is not null;
"""


def upgrade() -> None:
    op.execute(_SCHEMA)
