"""Whether a receiver is back is found out for each account on its own."""

from alembic import op

revision = "0012"
down_revision = "0011"

_SCHEMA = """
drop index delivery_lanes_away;
create index delivery_lanes_away on delivery_lanes (account_sid, receiver, due_at) where away_since is not null;
"""


def upgrade() -> None:
    op.execute(_SCHEMA)
