"""The list of conversations: newest activity first, or by creation where a date is asked for."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.account_client import AccountClient
from tests.server import MovableClock

pytestmark = pytest.mark.both_forms

PATH = "/Conversations"


async def names(api: AccountClient, **query: object) -> list[str]:
    return [row["unique_name"] for row in await api.listed(PATH, **query)]


async def make(api: AccountClient, *unique_names: str, **more: object) -> None:
    for name in unique_names:
        await api.made(PATH, UniqueName=name, **more)


async def test_the_newest_activity_comes_first(api: AccountClient, clock: MovableClock) -> None:
    clock.freeze()
    for name in "abc":
        await make(api, name)
        clock.advance(timedelta(seconds=1))
    assert await names(api) == ["c", "b", "a"]
    await api.made(f"{PATH}/a/Messages", Body="Good morning")
    assert await names(api) == ["a", "c", "b"]
    clock.advance(timedelta(seconds=1))
    await api.post(f"{PATH}/b", FriendlyName="changed")
    await api.made(f"{PATH}/b/Participants", Identity="dana")
    assert await names(api) == ["a", "c", "b"]
    assert await names(api, PageSize=1) == ["a", "c", "b"]


async def test_at_one_moment_the_later_made_comes_first(api: AccountClient, clock: MovableClock) -> None:
    clock.freeze()
    await make(api, "a", "b", "c")
    assert await names(api, PageSize=2) == ["c", "b", "a"]


async def test_all_states_are_listed_unless_one_is_asked_for(api: AccountClient) -> None:
    await make(api, "a", "b", "c")
    await api.post(f"{PATH}/b", State="inactive")
    await api.post(f"{PATH}/c", State="closed")
    assert await names(api) == ["c", "b", "a"]
    assert await names(api, State="") == ["c", "b", "a"]
    assert await names(api, State="active") == ["a"]
    assert await names(api, State="InActive") == ["b"]
    assert await names(api, State="closed") == ["c"]
    for state in ("initializing", "open", "active,closed"):
        assert (await api.get(PATH, State=state)).refusal == (400, 50378)


async def test_dates_ask_for_creation_both_ends_included_newest_first(api: AccountClient) -> None:
    for name, day in [("a", "2024-02-28T23:59:59Z"), ("b", "2024-02-29T00:00:00Z"), ("c", "2024-02-29T23:59:59Z"),
                      ("d", "2024-03-01T00:00:00Z")]:  # fmt: skip
        await make(api, name, DateCreated=day)
    await api.made(f"{PATH}/a/Messages", Body="Good morning")
    assert await names(api, StartDate="2024-02-29T00:00:00Z") == ["d", "c", "b"]
    assert await names(api, EndDate="2024-02-29T23:59:59Z") == ["c", "b", "a"]
    assert await names(api, StartDate="2024-02-29T00:00:00Z", EndDate="2024-02-29T23:59:59Z") == ["c", "b"]
    assert await names(api, StartDate="2024-02-29", EndDate="2024-02-29", PageSize=1) == ["c", "b"]
    assert await names(api, StartDate="2024-02-29T01:00:00+01:00", EndDate="2024-02-29T00:00:00Z") == ["b"]
    assert await names(api, StartDate="2025-01-01") == []
    assert await names(api, StartDate="", EndDate="") == ["a", "d", "c", "b"]


async def test_an_end_takes_in_the_whole_second(api: AccountClient, clock: MovableClock) -> None:
    clock.freeze(datetime(2026, 5, 1, 12, 0, 0, 987654, tzinfo=UTC))
    await make(api, "a")
    assert await names(api, EndDate="2026-05-01T12:00:00Z") == ["a"]
    assert await names(api, EndDate="2026-05-01T11:59:59Z") == []


async def test_dates_and_state_are_asked_for_together(api: AccountClient) -> None:
    await make(api, "a", "b", DateCreated="2024-02-29")
    await make(api, "c")
    await api.post(f"{PATH}/b", State="closed")
    assert await names(api, StartDate="2024-02-29", EndDate="2024-03-01", State="active") == ["a"]


async def test_an_end_before_the_start_is_refused(api: AccountClient) -> None:
    later, earlier = "2024-02-29T00:00:01Z", "2024-02-29T00:00:00Z"
    assert (await api.get(PATH, StartDate=earlier, EndDate=earlier)).rows == []
    assert (await api.get(PATH, StartDate=later, EndDate=earlier)).refusal == (400, 50396)
    assert (await api.get(PATH, StartDate="2024-02-30")).refusal == (400, 20001)
    assert (await api.get(PATH, EndDate="9999-12-31")).rows == []


async def test_filters_stay_in_the_addresses_of_pages(api: AccountClient) -> None:
    await make(api, "a", "b", "c", DateCreated="2024-02-29")
    page = await api.get(PATH, PageSize=1, EndDate="2024-03-01T00:00:00+00:00", StartDate="2024-02-01", State="active")
    asked = "StartDate=2024-02-01&EndDate=2024-03-01T00%3A00%3A00%2B00%3A00&State=active&PageSize=1&Page=0"
    assert page.meta["url"] == f"{api.root}{PATH}?{asked}"
    assert len([row async for each in api.pages(page.meta["url"]) for row in each.rows]) == 3


async def test_there_is_no_filter_by_name(api: AccountClient) -> None:
    await make(api, "a", "b")
    assert await names(api, UniqueName="a", FriendlyName="x") == ["b", "a"]


async def test_other_services_are_not_listed(api: AccountClient) -> None:
    other = api.in_service((await api.made("/v1/Services", FriendlyName="another"))["sid"])
    await make(api, "a")
    await make(other, "a", "b")
    assert (await names(api), await names(other)) == (["a"], ["b", "a"])
