"""The attributes by which conversations can be found, in a table of their own that no message touches."""

from alembic import op

revision = "0003"
down_revision = "0002"

_SCHEMA = """
-- The members of an object by which it can be found, values as text: texts, numbers, true, false and null of up to 256
-- bytes, under names of up to 256 bytes; of more than a hundred, the first by name. None of a text that jsonb cannot
-- hold, though it is JSON: with a NUL, half of a surrogate pair, or a number of more digits than there is room for.
create function attribute_members(attributes text) returns table (key text, value text)
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
      select member.key, coalesce(member.value #>> '{}', 'null') from jsonb_each(whole) as member
      where jsonb_typeof(member.value) not in ('object', 'array')
        and octet_length(member.key) <= 256 and octet_length(coalesce(member.value #>> '{}', 'null')) <= 256
      order by member.key collate "C" limit 100;
  end if;
end
$$;

create table conversation_attributes (
  service_sid text collate "C" not null,
  conversation_sid text collate "C" not null,
  key text collate "C" not null,
  value text collate "C" not null,
  created_at timestamptz not null,                 -- the conversation's, so that a list by creation is one walk
  primary key (service_sid, conversation_sid, key),
  constraint conversation_attributes_conversation foreign key (service_sid, conversation_sid)
    references conversations deferrable
);
create index conversation_attributes_by_value
  on conversation_attributes (service_sid, key, value, created_at, conversation_sid);

insert into conversation_attributes (service_sid, conversation_sid, key, value, created_at)
select service_sid, sid, key, value, created_at from conversations, attribute_members(attributes);
"""


def upgrade() -> None:
    op.execute(_SCHEMA)
