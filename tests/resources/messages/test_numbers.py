"""The numbers of messages and of their conversation, while others hold it."""

import asyncio
from contextlib import suppress

import pytest

from parlour.core.actor import QUIET_SYSTEM
from parlour.core.scope import Scope
from parlour.resources.conversations import queries as conversations
from parlour.resources.participants import actions as participants
from parlour.resources.participants import queries as participant_queries
from tests.account_client import AccountClient
from tests.journeys.plain import contradictions
from tests.resources.messages.test_read_ahead import until_a_message_waits

NUMBERS = """
select c.last_event_id, c.newest_event_id, (
         select array_agg(m.last_event_id order by m.index) from messages m
         where m.service_sid = c.service_sid and m.conversation_sid = c.sid), (
         select max(p.last_event_id) from participants p
         where p.service_sid = c.service_sid and p.conversation_sid = c.sid)
from conversations c where c.service_sid = $1 and c.sid = $2
"""


class Undone(Exception):
    """What was done goes back."""


async def numbers(api: AccountClient, conversation: str) -> tuple[int, int, list[int], int]:
    """Of the conversation, the newest in it, its messages in their order, and the newest of a participant."""
    async with api.parlour.inside.database.session() as reading:
        own, newest, messages, participant = await reading.fetchone(NUMBERS, api.service, conversation)
    return own, newest, messages, participant


async def test_messages_sent_at_once_have_numbers_in_their_order_and_below_their_conversations(
    api: AccountClient,
) -> None:
    rooms = [(await api.made("/Conversations"))["sid"] for _ in range(3)]
    for room in rooms:
        await api.made(f"/Conversations/{room}/Participants", Identity="dana")
    await asyncio.gather(*(api.made(f"/Conversations/{rooms[n % 3]}/Messages", Body=str(n)) for n in range(60)))
    for room in rooms:
        own, newest, messages, _ = await numbers(api, room)
        assert len(messages) == 20
        assert messages == sorted(messages)
        assert own == newest > messages[-1]


@pytest.mark.parametrize("is_kept", [True, False], ids=["committed", "undone"])
@pytest.mark.parametrize("state", ["active", "inactive"])
async def test_a_message_that_waited_is_newer_than_what_it_waited_for(
    api: AccountClient, state: str, is_kept: bool
) -> None:
    conversation = (await api.made("/Conversations"))["sid"]
    at = f"/Conversations/{conversation}"
    await api.made(f"{at}/Participants", Identity="dana")
    await api.made(f"{at}/Messages", Body="0")
    assert (await api.post(at, State=state)).status == 200
    inside, scope = api.parlour.inside, Scope(api.account, api.service)

    async with inside.database.session() as watching, asyncio.TaskGroup() as group:
        with suppress(Undone):
            async with inside.transaction(scope, QUIET_SYSTEM) as tx:
                await conversations.lock(tx, scope, conversation)
                dana = await participant_queries.get(tx, scope, conversation, "dana")
                group.create_task(api.made(f"{at}/Messages", Body="1"))
                await until_a_message_waits(watching)
                await participants.change(tx, scope, dana, {"attributes": '{"a":1}'})
                if not is_kept:
                    raise Undone

    own, newest, messages, participant = await numbers(api, conversation)
    assert max(messages[0], participant) < messages[1] < own == newest
    assert (await api.get(f"{at}/Participants/dana")).row["attributes"] == ('{"a":1}' if is_kept else "{}")
    assert await contradictions(inside.database, api.service) == {}
