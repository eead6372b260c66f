"""The step to newest numbers: conversations that are there before it get one, without being written anew."""

from parlour.storage.migrations import migrate
from tests.storage.steps import before

FILE = "select pg_relation_filenode('conversations')"


async def test_an_older_conversation_has_a_number_that_nothing_in_it_exceeds(postgres: str) -> None:
    async with before(postgres, "0017") as old:
        await old.keep("CH1")
        newest = await old.connection.fetchval("select max(nextval('event_ids')) from generate_series(1, 20)")
        file = await old.connection.fetchval(FILE)

        await migrate(old.url)

        assert await old.connection.fetchval(FILE) == file, "the table is as large as all conversations"
        await old.keep("CH2")
        rows = await old.connection.fetch("select sid, newest_event_id from conversations order by sid")
        assert [tuple(row) for row in rows] == [("CH1", newest), ("CH2", 0)]
