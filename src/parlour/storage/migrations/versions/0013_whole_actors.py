"""What is still to be done for a conversation knows the whole actor who asked for it."""

from alembic import op

revision = "0013"
down_revision = "0012"

_SCHEMA = """
alter table assemblies add actor jsonb;
update assemblies set actor = jsonb_build_object(
  'source', source, 'asks_webhooks', webhooks, 'request', request_sid,
  'principal', jsonb_build_object('type', 'account', 'account_sid', account_sid, 'sid', account_sid)
);
alter table assemblies alter actor set not null, drop source, drop webhooks, drop request_sid;
"""


def upgrade() -> None:
    op.execute(_SCHEMA)
