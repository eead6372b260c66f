"""The step to whole actors: what was begun before it is done afterwards in the name of its account."""

from parlour.core.actor import AccountKey, Actor, Source
from parlour.resources.conversation_with_participants.model import PendingAdditions
from parlour.storage.columns import columns
from parlour.storage.database import Database
from parlour.storage.migrations import migrate
from tests.storage.steps import before


async def test_who_asked_is_made_of_what_was_kept(postgres: str) -> None:
    async with before(postgres, "0012") as old:
        await old.keep("CH1", state="initializing")
        await old.connection.execute(
            """insert into assemblies (service_sid, conversation_sid, account_sid, state, participants, source,
                                       webhooks, request_sid)
               values ('IS', 'CH1', 'AC', 'active', '[]', 'API', true, 'RQ1')"""
        )
        assert (await migrate(old.url))[0] == "0012"
        async with Database(old.url, connections=1) as database, database.session() as reading:
            row = await reading.fetchone(f"select {columns(PendingAdditions)} from pending_additions")
    asked_by = PendingAdditions(*row).asked_by()
    assert asked_by == Actor(source=Source.API, principal=AccountKey("AC", "AC"), asks_webhooks=True, request="RQ1")
