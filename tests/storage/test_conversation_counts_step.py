"""The step to counted conversations: those that are there before it are counted after it."""

from parlour.storage.migrations import migrate
from tests.storage.steps import before


async def test_conversations_that_are_there_already_are_counted_afterwards(postgres: str) -> None:
    async with before(postgres, "0007") as old:
        for sid, state in (("CH1", "active"), ("CH2", "active"), ("CH3", "closed")):
            await old.keep(sid, state=state)
        assert (await migrate(old.url))[0] == "0007"
        await old.keep("CH4", state="closed")
        rows = await old.connection.fetch(
            "select state, sum(number)::bigint from conversation_counts where service_sid = 'IS' group by 1 order by 1"
        )
        assert [tuple(row) for row in rows] == [("active", 2), ("closed", 2)]
