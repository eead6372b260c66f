"""The table of participants that are still to be added to a new conversation is named after them."""

from alembic import op

revision = "0015"
down_revision = "0014"

_SCHEMA = """
alter table assemblies rename to pending_additions;
alter table pending_additions rename constraint assemblies_pkey to pending_additions_pkey;
alter table pending_additions rename constraint assemblies_conversation to pending_additions_conversation;
"""


def upgrade() -> None:
    op.execute(_SCHEMA)
