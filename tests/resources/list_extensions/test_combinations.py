"""Whatever is asked of a list at the same time, it has what each of the parameters lets through."""

from collections.abc import Iterator, Mapping
from itertools import product

import pytest

from tests.account_client import AccountClient
from tests.resources.list_extensions.lists import CONVERSATIONS, USERS, Found, extended, join, on_every_list

Query = dict[str, str]

ROWS: Mapping[str, tuple[str, str, str]] = {
    "one": ("2026-05-01", "active", '{"team":"blue","size":1}'),
    "two": ("2026-03-01", "inactive", '{"team":"blue","size":1}'),
    "three": ("2026-06-01", "active", '{"team":"blue","size":2}'),
    "four": ("2026-04-01", "active", "{}"),
    "five": ("2026-07-01", "inactive", '{"team":"red","size":1}'),
}
STATE: tuple[Query, ...] = ({}, {"State": "active"})
DATES: tuple[Query, ...] = ({}, {"StartDate": "2026-04-01"}, {"StartDate": "2026-04-01", "EndDate": "2026-06-30"})
SORT: tuple[Query, ...] = ({}, {"Parlour-Sort": "last-activity"}, {"Parlour-Sort": "created"})
ORDER: tuple[Query, ...] = ({}, {"Parlour-Order": "asc"})
INCLUDE: tuple[Query, ...] = ({}, {"Parlour-Include": "last_message,participants_count,messages_count"})
COUNT: tuple[Query, ...] = ({}, {"Parlour-Count": "true"})
TEAM = {"Parlour-Attributes.team": "blue"}
ATTRIBUTES: tuple[Query, ...] = ({}, TEAM, {**TEAM, "Parlour-Attributes.size": "1"})


@pytest.fixture
async def rooms(api: AccountClient) -> AccountClient:
    for name, (day, state, attributes) in ROWS.items():
        path = await join(api, name, DateCreated=f"{day}T00:00:00Z", Attributes=attributes)
        if state == "inactive":
            await api.post(path, State=state)
    return api


def combinations(path: str) -> Iterator[Query]:
    """All that can be asked of the list at once."""
    ways = [SORT, ORDER, INCLUDE, COUNT, ATTRIBUTES]
    if path == CONVERSATIONS:
        ways += [STATE, DATES]
    if path == USERS:
        ways.append(({}, {"Parlour-State": "active"}))
    for chosen in product(*ways):
        yield {name: value for part in chosen for name, value in part.items()}


def let_through(query: Query) -> set[str]:
    """The conversations that a list has which is asked for with *query*."""
    state = query.get("State") or query.get("Parlour-State")
    return {
        name
        for name, (day, is_in, attributes) in ROWS.items()
        if (state is None or is_in == state)
        and query.get("StartDate", "") <= day <= query.get("EndDate", "9999")
        and ("Parlour-Attributes.team" not in query or '"team":"blue"' in attributes)
        and ("Parlour-Attributes.size" not in query or '"size":1' in attributes)
    }


@on_every_list
async def test_every_combination_has_what_each_of_its_parameters_lets_through(rooms: AccountClient, path: str) -> None:
    for query in combinations(path):
        wanted = let_through(query)
        names = await Found(rooms, path).names(**query)
        assert set(names) == wanted, query
        assert len(names) == len(wanted), query
        if query.get("Parlour-Sort") == "created":
            assert names == sorted(names, key=lambda name: ROWS[name][0], reverse="Parlour-Order" not in query), query
        if "Parlour-Count" in query:
            assert (await rooms.get(extended(path, query))).meta["total"] == len(wanted), query
