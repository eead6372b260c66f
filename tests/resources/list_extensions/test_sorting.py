"""Parlour-Sort, Parlour-Order and Parlour-State: lists in the order that is asked for, by pages in both directions."""

import pytest

from tests.account_client import AccountClient
from tests.resources.list_extensions.lists import (
    ADDRESS,
    CONVERSATIONS,
    IDENTITY,
    INVALID,
    USERS,
    Found,
    extended,
    join,
    on_every_list,
)

pytestmark = pytest.mark.both_forms

BORN = {"may": "2026-05-01", "march": "2026-03-01", "june": "2026-06-01", "april": "2026-04-01", "july": "2026-07-01"}
BY_BIRTH = ["july", "june", "may", "april", "march"]
BY_TALK = ["march", "june", "july", "may", "april"]


@pytest.fixture
async def talking(api: AccountClient) -> AccountClient:
    """Conversations made in one order, dated in another; in two of them somebody says something."""
    paths = {name: await join(api, name, DateCreated=f"{day}T00:00:00Z") for name, day in BORN.items()}
    for name in ("june", "march"):
        await api.made(f"{paths[name]}/Messages", Body="text")
    return api


@on_every_list
async def test_a_list_is_sorted_by_activity(talking: AccountClient, path: str) -> None:
    found = Found(talking, path)
    assert await found.names(**{"Parlour-Sort": "last-activity"}) == BY_TALK
    assert await found.names(**{"Parlour-Sort": "last-activity", "Parlour-Order": "desc"}) == BY_TALK
    assert await found.names(**{"Parlour-Sort": "last-activity", "Parlour-Order": "asc"}) == BY_TALK[::-1]


@on_every_list
async def test_a_list_is_sorted_by_creation(talking: AccountClient, path: str) -> None:
    found = Found(talking, path)
    assert await found.names(**{"Parlour-Sort": "created"}) == BY_BIRTH
    assert await found.names(**{"Parlour-Sort": "CREATED", "Parlour-Order": "Asc"}) == BY_BIRTH[::-1]


@on_every_list
async def test_an_order_alone_runs_the_list_in_its_own_sort_that_way(talking: AccountClient, path: str) -> None:
    plain = await Found(talking, path).names()
    both = [await Found(talking, path).names(**{"Parlour-Order": order}) for order in ("asc", "desc")]
    assert plain in both
    assert both[0] == both[1][::-1]
    assert (plain == both[1]) == (path == CONVERSATIONS)


async def test_dates_filter_a_list_that_is_sorted_by_activity(talking: AccountClient) -> None:
    query = {"StartDate": "2026-04-01", "EndDate": "2026-06-30"}
    assert await Found(talking, CONVERSATIONS).names(**query) == ["june", "may", "april"]
    assert await Found(talking, CONVERSATIONS).names(**query, **{"Parlour-Sort": "last-activity"}) == [
        "june", "may", "april",
    ]  # fmt: skip
    asked = {**query, "StartDate": "2026-03-01", "Parlour-Sort": "last-activity"}
    assert await Found(talking, CONVERSATIONS).names(**asked) == ["march", "june", "may", "april"]


async def test_a_users_conversations_are_filtered_by_state(talking: AccountClient) -> None:
    await talking.post("/Conversations/may", State="inactive")
    await talking.post("/Conversations/june", State="closed")
    found = Found(talking, USERS)
    assert await found.names(**{"Parlour-State": "inactive"}) == ["may"]
    assert await found.names(**{"Parlour-State": "closed"}) == ["june"]
    assert await found.names(**{"Parlour-State": "Active", "Parlour-Sort": "created"}) == ["july", "april", "march"]


async def test_the_state_is_a_filter_of_a_users_conversations_only(talking: AccountClient) -> None:
    """Conversations has the published ``State``; elsewhere the name is one that the list does not know."""
    for path in (CONVERSATIONS, IDENTITY):
        assert len(await Found(talking, path).names(**{"Parlour-State": "closed"})) == 5


@on_every_list
@pytest.mark.parametrize(
    ("name", "value"),
    [("Sort", "activity"), ("Sort", "last_activity"), ("Order", "up"), ("Count", "yes"), ("Include", "everything"),
     ("Include", "last_message,"), ("Include", "last_message participants_count")],
)  # fmt: skip
async def test_an_unknown_value_is_refused(talking: AccountClient, path: str, name: str, value: str) -> None:
    answer = await talking.get(extended(path, {f"Parlour-{name}": value}))
    assert (answer.refusal, answer.message) == (INVALID, f"Invalid parameter Parlour-{name}")


@pytest.mark.parametrize("state", ["initializing", "open"])
async def test_an_unknown_state_is_refused(talking: AccountClient, state: str) -> None:
    assert (await talking.get(extended(USERS, {"Parlour-State": state}))).refusal == INVALID


@on_every_list
async def test_an_empty_value_asks_for_nothing(talking: AccountClient, path: str) -> None:
    names = ("Sort", "Order", "Count", "Include", "Attributes.team")
    answer = await talking.get(extended(path, {f"Parlour-{name}": "" for name in names}))
    assert answer.body == (await talking.get(path)).body


async def test_of_two_faults_the_missing_user_is_told_first(api: AccountClient) -> None:
    assert (await api.get("/Users/nobody/Conversations?Parlour-Sort=x")).refusal == (404, 20404)
    assert (await api.get("/Users/nobody/Conversations?Parlour-Sort=created&Parlour-Count=true")).status == 404


@on_every_list
async def test_the_addresses_of_pages_hold_what_was_asked(talking: AccountClient, path: str) -> None:
    asked = {"Parlour-Sort": "created", "Parlour-Attributes.a b&c": "d=é", "Parlour-Count": "true"}
    page = await talking.get(extended(path, asked))
    own = "Parlour-Sort=created&Parlour-Count=true&Parlour-Attributes.a%20b%26c=d%3D%C3%A9"
    assert f"{own}&PageSize=50&Page=0" in page.meta["url"]
    assert (await talking.get(page.meta["url"])).body == page.body


async def test_a_token_is_good_for_the_extended_list_it_was_issued_for_only(talking: AccountClient) -> None:
    for path in (USERS, CONVERSATIONS, IDENTITY, ADDRESS):
        asked = extended(path, {"Parlour-Sort": "created", "PageSize": 2})
        token = (await talking.get(asked)).meta["next_page_url"].partition("PageToken=")[2]
        assert (await talking.get(f"{asked}&PageToken={token}")).status == 200
        for other in ({}, {"Parlour-Sort": "last-activity"}, {"Parlour-Sort": "created", "Parlour-Order": "asc"}):
            refused = await talking.get(f"{extended(path, {**other, 'PageSize': 2})}&PageToken={token}")
            assert refused.refusal == (400, 21481)
