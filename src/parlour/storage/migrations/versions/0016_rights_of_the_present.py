"""Whether an end user may send is asked about the present, not about what a statement saw before it waited."""

from alembic import op

revision = "0016"
down_revision = "0015"

_SCHEMA = """
-- Whether the identity takes part in the conversation, and the role of its participant permits all of *needed*.
-- Volatile, so that each call sees what is committed by then.
create function is_permitted(service text, conversation text, whose text, needed text[]) returns boolean
language sql volatile as $$
  select exists (
    select from participants p left join roles r on r.service_sid = p.service_sid and r.sid = p.role_sid
    where p.service_sid = $1 and p.conversation_sid = $2 and p.identity = $3 and $4 <@ coalesce(r.permissions, '{}'))
$$;
"""


def upgrade() -> None:
    op.execute(_SCHEMA)
