"""Totals of conversations: the sums that triggers keep are what a plain count finds, whatever happened."""

import asyncio
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from parlour.core.actor import SYSTEM
from parlour.core.scope import Scope
from parlour.resources.conversations import queries
from parlour.resources.conversations.actions import sum_up_counts
from tests.account_client import AccountClient

SUMMED = """
select state, sum(number)::bigint, count(*) from conversation_counts where service_sid = $1 group by 1
having sum(number) <> 0 order by 1
"""
COUNTED = "select state, count(*) from conversations where service_sid = $1 group by 1 order by 1"
MOVES = st.lists(
    st.tuples(st.sampled_from(["make", "make", "turn", "say", "remove", "sum up"]), st.integers(0, 11)), max_size=25
)


async def summed(api: AccountClient) -> dict[str, int]:
    async with api.parlour.inside.database.session() as reading:
        return {row[0]: row[1] for row in await reading.fetch(SUMMED, api.service)}


async def counted(api: AccountClient) -> dict[str, int]:
    async with api.parlour.inside.database.session() as reading:
        return {row[0]: row[1] for row in await reading.fetch(COUNTED, api.service)}


async def total(api: AccountClient, **query: object) -> int:
    found: int = (await api.get("/Conversations", **{"Parlour-Count": "true", **query})).meta["total"]
    return found


@settings(max_examples=30)
@given(moves=MOVES)
async def test_the_sums_are_what_a_plain_count_finds_after_any_history(
    api: AccountClient, moves: list[tuple[str, int]]
) -> None:
    for move, number in moves:
        rows = await api.listed("/Conversations")
        which = f"/Conversations/{rows[number % len(rows)]['sid']}" if rows else ""
        if move == "make":
            await api.made("/Conversations", State=("active", "inactive")[number % 2])
        elif move == "sum up":
            await sum_up(api)
        elif which and move == "turn":
            await api.post(which, State=("active", "inactive", "closed")[number % 3])
        elif which and move == "say":
            await api.post(f"{which}/Messages", Body="wakes an inactive one")
        elif which and move == "remove":
            await api.delete(which)
    assert await summed(api) == await counted(api)
    states = Counter(row["state"] for row in await api.listed("/Conversations"))
    assert await total(api) == sum(states.values())
    for state in ("active", "inactive", "closed"):
        assert await total(api, State=state) == states[state]


async def sum_up(api: AccountClient) -> None:
    """However few rows there are."""
    async with api.parlour.inside.database.session() as reading:
        await queries.sum_up(reading, 1)


async def test_a_conversation_with_participants_is_counted_through_its_states(api: AccountClient) -> None:
    form = {"Participant": '{"identity":"dana"}', "FriendlyName": "crew"}
    made = await api.post("/ConversationWithParticipants", **form)
    assert made.status == 202
    while await total(api, State="active") != 1:
        pass
    assert await summed(api) == {"active": 1} == await counted(api)


async def test_many_changes_become_few_rows_with_the_same_sum(api: AccountClient) -> None:
    path = f"/Conversations/{(await api.made('/Conversations'))['sid']}"
    for number in range(60):
        await api.post(path, State=("inactive", "active")[number % 2])
    await sum_up_counts(api.parlour.inside)
    async with api.parlour.inside.database.session() as reading:
        rows = [tuple(row) for row in await reading.fetch(SUMMED, api.service)]
    assert rows == [("active", 1, 1)]


async def test_two_who_sum_up_beside_an_open_change_lose_and_double_nothing(api: AccountClient) -> None:
    path = f"/Conversations/{(await api.made('/Conversations'))['sid']}"
    for number in range(8):
        await api.post(path, State=("inactive", "active")[number % 2])
    database, scope = api.parlour.inside.database, Scope(api.account, api.service)
    async with database.transaction(scope, SYSTEM, api.parlour.clock.now(), {}) as tx:
        await tx.execute("update conversations set state = 'closed' where service_sid = $1", api.service)
        await asyncio.gather(sum_up(api), sum_up(api))
        assert await summed(api) == {"active": 1}
    await sum_up(api)
    assert await summed(api) == {"closed": 1} == await counted(api)


async def test_a_service_that_is_gone_counts_nothing(api: AccountClient) -> None:
    service = (await api.made("/v1/Services", FriendlyName="to go"))["sid"]
    await api.made(f"/v1/Services/{service}/Conversations")
    await api.delete(f"/v1/Services/{service}")
    async with api.parlour.inside.database.session() as reading:
        assert await reading.fetch("select from conversation_counts where service_sid = $1", service) == []
