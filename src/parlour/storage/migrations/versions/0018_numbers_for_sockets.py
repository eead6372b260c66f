"""What client SDKs keep up with: the newest number in a conversation, and whose edit a message shows.

A conversation that is older than this step takes the newest number of all: nobody has been told of anything in it by
number yet, and PostgreSQL keeps one default instead of writing each row.
"""

from alembic import op

revision = "0018"
down_revision = "0017"

_SCHEMA = """
alter table messages add updated_by text;          -- the identity of the end user who edited it last

-- Of the newest fact about the conversation or anything in it.
do $$ begin
  execute 'alter table conversations add newest_event_id bigint not null default '
          || (select last_value from event_ids);
end $$;
alter table conversations alter newest_event_id set default 0;
"""


def upgrade() -> None:
    op.execute(_SCHEMA)
