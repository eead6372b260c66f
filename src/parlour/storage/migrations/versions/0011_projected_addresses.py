"""The author of a message is also looked for among projected addresses."""

from alembic import op

revision = "0011"
down_revision = "0010"

_SCHEMA = """
create index participants_by_projected_address on participants (service_sid, conversation_sid, projected_address, sid)
  where projected_address is not null;
"""


def upgrade() -> None:
    op.execute(_SCHEMA)
