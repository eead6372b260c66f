"""A message that waits for its conversation still counts as read for those who read ahead meanwhile."""

import asyncio

import pytest

from parlour.core.actor import QUIET_SYSTEM
from parlour.core.scope import Scope
from parlour.resources.conversations import queries as conversations
from parlour.resources.participants import actions as participants
from parlour.resources.participants import queries as participant_queries
from parlour.storage.transaction import Reading
from tests.account_client import AccountClient

WAITING = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query like '%with draft as%'"


async def until_a_message_waits(reading: Reading) -> None:
    """Returns when a statement that writes messages waits for a lock of another transaction."""
    async with asyncio.timeout(10):
        while not await reading.fetchval(WAITING):
            pass  # asked again at once; the statement itself gives way to others


@pytest.mark.parametrize("horizon", [2, 3, 99])
async def test_a_message_counts_as_read_for_who_moved_the_horizon_past_it_while_it_waited(
    api: AccountClient, horizon: int
) -> None:
    conversation = (await api.made("/Conversations"))["sid"]
    at = f"/Conversations/{conversation}"
    await api.made(f"{at}/Participants", Identity="dana")
    await api.made(f"{at}/Messages", Body="0")
    await api.made(f"{at}/Messages", Body="1")
    inside, scope = api.parlour.inside, Scope(api.account, api.service)

    async with inside.transaction(scope, QUIET_SYSTEM) as tx, inside.database.session() as watching:
        await conversations.lock(tx, scope, conversation)
        dana = await participant_queries.get(tx, scope, conversation, "dana")
        sending = asyncio.create_task(api.post(f"{at}/Messages", Body="2"))
        await until_a_message_waits(watching)
        await participants.change(tx, scope, dana, {"last_read_index": horizon, "last_read_at": tx.now})

    assert (await sending).status == 201
    mine = f"/Users/dana/Conversations/{conversation}"
    assert (await api.get(mine)).row["unread_messages_count"] == 0
    for index in range(3, 6):
        await api.made(f"{at}/Messages", Body=str(index))
        assert (await api.get(mine)).row["unread_messages_count"] == max(0, index - horizon)
