"""The step to audiences: what webhooks are to be told of stays so, and the relay goes on where it was."""

from parlour.core.audience import Audience
from parlour.storage.migrations import migrate
from tests.storage.steps import before

_EVENT = """
insert into events (service_sid, id, account_sid, type, source, webhooks, payload, created_at)
values ('IS', $1, 'AC', 'Changed', 'API', $2, '{}', now())
"""


async def test_facts_are_for_webhooks_afterwards_as_they_were_before(postgres: str) -> None:
    async with before(postgres, "0013") as old:
        seen = await old.connection.fetchval("select seen from log_positions")
        await old.connection.execute(_EVENT, 1, True)
        await old.connection.execute(_EVENT, 2, False)
        await migrate(old.url)
        rows = await old.connection.fetch("select id, audiences from events order by id")
        assert [tuple(row) for row in rows] == [(1, Audience.WEBHOOK), (2, 0)]
        (position,) = await old.connection.fetch("select reader, audiences, seen from log_positions")
        assert tuple(position) == ("webhook", Audience.WEBHOOK, seen)
