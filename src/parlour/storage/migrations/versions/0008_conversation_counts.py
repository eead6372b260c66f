"""How many conversations a service has, so that the total need not be counted row by row."""

from alembic import op

revision = "0008"
down_revision = "0007"

_SCHEMA = """
-- By state, as a sum of changes: each transaction adds rows of its own, so that none waits for another. From time to
-- time the rows of a service are replaced by their sum.
create table conversation_counts (
  service_sid text collate "C" not null,
  state text not null,
  number bigint not null                           -- that came, or less than zero that went
);
create index conversation_counts_of_service on conversation_counts (service_sid, state) include (number);

create function count_conversations() returns trigger language plpgsql as $$
begin
  insert into conversation_counts (service_sid, state, number)
  select service_sid, state, count(*) * tg_argv[0]::bigint from changed group by 1, 2;
  return null;
end
$$;
create trigger conversations_came after insert on conversations
  referencing new table as changed for each statement execute function count_conversations('1');
create trigger conversations_went after delete on conversations
  referencing old table as changed for each statement execute function count_conversations('-1');

create function count_conversation_again() returns trigger language plpgsql as $$
begin
  insert into conversation_counts (service_sid, state, number)
  values (old.service_sid, old.state, -1), (new.service_sid, new.state, 1);
  return null;
end
$$;
create trigger conversations_turned after update of state on conversations
  for each row when (old.state is distinct from new.state) execute function count_conversation_again();

insert into conversation_counts (service_sid, state, number)
select service_sid, state, count(*) from conversations group by 1, 2;
"""


def upgrade() -> None:
    op.execute(_SCHEMA)
