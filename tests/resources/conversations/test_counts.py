"""Totals of conversations: the sums that triggers keep are what a plain count finds, whatever happened."""

import asyncio
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from parlour.core.actor import SYSTEM
from parlour.core.scope import Scope
from parlour.resources.conversations import queries
from parlour.resources.conversations.actions import sum_up_counts
from tests.house import House

SUMMED = """
select state, sum(number)::bigint, count(*) from conversation_counts where service_sid = $1 group by 1
having sum(number) <> 0 order by 1
"""
COUNTED = "select state, count(*) from conversations where service_sid = $1 group by 1 order by 1"
MOVES = st.lists(
    st.tuples(st.sampled_from(["make", "make", "turn", "say", "remove", "sum up"]), st.integers(0, 11)), max_size=25
)


async def summed(house: House) -> dict[str, int]:
    async with house.parlour.inside.database.session() as reading:
        return {row[0]: row[1] for row in await reading.fetch(SUMMED, house.service)}


async def counted(house: House) -> dict[str, int]:
    async with house.parlour.inside.database.session() as reading:
        return {row[0]: row[1] for row in await reading.fetch(COUNTED, house.service)}


async def total(house: House, **query: object) -> int:
    found: int = (await house.get("/Conversations", **{"Parlour-Count": "true", **query})).meta["total"]
    return found


@settings(max_examples=30)
@given(moves=MOVES)
async def test_the_sums_are_what_a_plain_count_finds_after_any_history(
    house: House, moves: list[tuple[str, int]]
) -> None:
    for move, number in moves:
        rows = await house.listed("/Conversations")
        which = f"/Conversations/{rows[number % len(rows)]['sid']}" if rows else ""
        if move == "make":
            await house.made("/Conversations", State=("active", "inactive")[number % 2])
        elif move == "sum up":
            await sum_up(house)
        elif which and move == "turn":
            await house.post(which, State=("active", "inactive", "closed")[number % 3])
        elif which and move == "say":
            await house.post(f"{which}/Messages", Body="wakes an inactive one")
        elif which and move == "remove":
            await house.delete(which)
    assert await summed(house) == await counted(house)
    states = Counter(row["state"] for row in await house.listed("/Conversations"))
    assert await total(house) == sum(states.values())
    for state in ("active", "inactive", "closed"):
        assert await total(house, State=state) == states[state]


async def sum_up(house: House) -> None:
    """However few rows there are."""
    async with house.parlour.inside.database.session() as reading:
        await queries.sum_up(reading, 1)


async def test_a_conversation_with_participants_is_counted_through_its_states(house: House) -> None:
    form = {"Participant": '{"identity":"dana"}', "FriendlyName": "crew"}
    made = await house.post("/ConversationWithParticipants", **form)
    assert made.status == 202
    while await total(house, State="active") != 1:
        pass
    assert await summed(house) == {"active": 1} == await counted(house)


async def test_many_changes_become_few_rows_with_the_same_sum(house: House) -> None:
    path = f"/Conversations/{(await house.made('/Conversations'))['sid']}"
    for number in range(60):
        await house.post(path, State=("inactive", "active")[number % 2])
    await sum_up_counts(house.parlour.inside)
    async with house.parlour.inside.database.session() as reading:
        rows = [tuple(row) for row in await reading.fetch(SUMMED, house.service)]
    assert rows == [("active", 1, 1)]


async def test_two_who_sum_up_beside_an_open_change_lose_and_double_nothing(house: House) -> None:
    path = f"/Conversations/{(await house.made('/Conversations'))['sid']}"
    for number in range(8):
        await house.post(path, State=("inactive", "active")[number % 2])
    database, scope = house.parlour.inside.database, Scope(house.account, house.service)
    async with database.transaction(scope, SYSTEM, house.parlour.clock.now(), {}) as tx:
        await tx.execute("update conversations set state = 'closed' where service_sid = $1", house.service)
        await asyncio.gather(sum_up(house), sum_up(house))
        assert await summed(house) == {"active": 1}
    await sum_up(house)
    assert await summed(house) == {"closed": 1} == await counted(house)


async def test_a_service_that_is_gone_counts_nothing(house: House) -> None:
    service = (await house.made("/v1/Services", FriendlyName="to go"))["sid"]
    await house.made(f"/v1/Services/{service}/Conversations")
    await house.delete(f"/v1/Services/{service}")
    async with house.parlour.inside.database.session() as reading:
        assert await reading.fetch("select from conversation_counts where service_sid = $1", service) == []
