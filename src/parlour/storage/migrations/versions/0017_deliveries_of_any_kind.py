"""Deliveries for any audience: what an output needs to send one, and what it keeps of an attempt, are its own."""

from alembic import op

revision = "0017"
down_revision = "0016"

_SCHEMA = """
alter table deliveries
  add audience smallint not null default 1,        -- as in events.audiences
  alter parameters type jsonb using
    jsonb_build_object('url', url, 'method', method, 'parameters', parameters, 'token', token);
alter table deliveries rename parameters to payload;
alter table deliveries rename hook to target;      -- whose delivery it is, among those of the audience
alter table deliveries
  drop url, drop method, drop token,
  alter audience drop default;
alter index deliveries_by_hook rename to deliveries_by_target;

alter table delivery_lanes add audience smallint not null default 1;
alter table delivery_lanes alter audience drop default;

alter table attempts
  alter headers type jsonb using jsonb_build_object(
    'url', url, 'headers', headers, 'body', body, 'signed', signed,
    'answer_headers', coalesce(answer_headers, '{}'), 'answer_body', coalesce(answer_body, ''), 'changed', changed);
alter table attempts rename headers to record;     -- what was sent and came back, as the output keeps it
alter table attempts rename answer_status to status;
alter table attempts drop url, drop body, drop signed, drop answer_headers, drop answer_body, drop changed;

update log_positions set reader = 'webhook' where reader = 'webhooks';
"""


def upgrade() -> None:
    op.execute(_SCHEMA)
