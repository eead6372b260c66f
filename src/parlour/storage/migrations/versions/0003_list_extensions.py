"""The attributes by which conversations can be found, in a table of their own that no message touches."""

from alembic import op

revision = "0003"
down_revision = "0002"

_SCHEMA = """
-- The members of an object by which it can be found: those with a text, a number, true, false or null of up to 256
-- bytes, under a name of up to 256 bytes; of more than a hundred, the first by name. None of a text that jsonb cannot
-- hold, though it is JSON: with a NUL, half of a surrogate pair, or a number of more digits than there is room for.
create function attribute_members(attributes text) returns table (key text, value jsonb)
language plpgsql immutable strict as $$
declare
  whole jsonb;
begin
  begin
    whole := attributes::jsonb;
  exception when others then
    return;
  end;
  if jsonb_typeof(whole) = 'object' then
    return query
      select member.key, member.value from jsonb_each(whole) as member
      where jsonb_typeof(member.value) not in ('object', 'array')
        and octet_length(member.key) <= 256 and octet_length(coalesce(member.value #>> '{}', '')) <= 256
      order by member.key collate "C" limit 100;
  end if;
end
$$;

create table conversation_attributes (
  service_sid text collate "C" not null,
  conversation_sid text collate "C" not null,
  key text collate "C" not null,
  value jsonb not null,
  primary key (service_sid, conversation_sid, key),
  constraint conversation_attributes_conversation foreign key (service_sid, conversation_sid)
    references conversations deferrable
);
create index conversation_attributes_by_value on conversation_attributes (service_sid, key, value, conversation_sid);

insert into conversation_attributes (service_sid, conversation_sid, key, value)
select service_sid, sid, key, value from conversations, attribute_members(attributes);
"""


def upgrade() -> None:
    op.execute(_SCHEMA)
