"""Parlour-Include and Parlour-Count: what comes with each row, and how many rows there are."""

import pytest

from tests.account_client import AccountClient
from tests.resources.list_extensions.lists import CONVERSATIONS, USERS, extended, join, name_of, on_every_list

pytestmark = pytest.mark.both_forms

EVERYTHING = "last_message,participants_count,messages_count"


@pytest.fixture
async def talking(api: AccountClient) -> AccountClient:
    """One conversation in which much was said, one in which the last word was taken back, and a silent one."""
    much, taken_back, _ = [await join(api, name) for name in ("much", "taken back", "silent")]
    for number in range(3):
        await api.made(f"{much}/Messages", Body=f"number {number}", Author="dana")
    first, last = [await api.made(f"{taken_back}/Messages", Body=body) for body in ("one", "two")]
    assert (await api.delete(f"{taken_back}/Messages/{last['sid']}")).status == 204
    assert first["index"] == 0
    return api


@on_every_list
async def test_each_row_has_what_was_asked_for(talking: AccountClient, path: str) -> None:
    rows = (await talking.get(extended(path, {"Parlour-Include": EVERYTHING}))).rows
    beside = {name_of(row): row["parlour"] for row in rows}
    assert {name: (each["participants_count"], each["messages_count"]) for name, each in beside.items()} == {
        "much": (2, 3),
        "taken back": (2, 1),
        "silent": (2, 0),
    }
    assert beside["silent"]["last_message"] is None
    assert beside["taken back"]["last_message"]["body"] == "one"
    message = (await talking.get("/Conversations/much/Messages?Order=desc&PageSize=1")).rows[0]
    names = ("sid", "index", "author", "participant_sid", "body", "date_created")
    assert beside["much"]["last_message"] == {name: message[name] for name in names}
    assert message["participant_sid"] is not None


@on_every_list
async def test_what_was_not_asked_for_is_absent(talking: AccountClient, path: str) -> None:
    for include in ("last_message", "participants_count", "messages_count", "MESSAGES_COUNT,last_message"):
        rows = (await talking.get(extended(path, {"Parlour-Include": include}))).rows
        assert len(rows) == 3
        assert all(set(row["parlour"]) == set(include.lower().split(",")) for row in rows)
    for query in ({"Parlour-Sort": "created"}, {"Parlour-Count": "true"}, {"Parlour-Include": ""}):
        assert not any("parlour" in row for row in (await talking.get(extended(path, query))).rows)


@on_every_list
async def test_several_parameters_include_what_each_of_them_names(talking: AccountClient, path: str) -> None:
    asked = extended(path, {"Parlour-Include": ["last_message", "messages_count"]})
    assert set((await talking.get(asked)).rows[0]["parlour"]) == {"last_message", "messages_count"}


@on_every_list
async def test_the_rest_of_a_row_is_what_the_published_list_has(talking: AccountClient, path: str) -> None:
    plain = {name_of(row): row for row in (await talking.get(path)).rows}
    query = {"Parlour-Include": EVERYTHING, "Parlour-Sort": "created", "Parlour-Count": "true"}
    rows = (await talking.get(extended(path, query))).rows
    assert len(rows) == 3
    for row in rows:
        del row["parlour"]
        assert row == plain[name_of(row)]


@on_every_list
async def test_a_row_that_is_fetched_has_nothing_beside(talking: AccountClient, path: str) -> None:
    row = (await talking.get(path)).rows[0]
    address = row.get("url") or row["links"]["conversation"]
    assert "parlour" not in (await talking.get(f"{address}?Parlour-Include=last_message")).row


@on_every_list
async def test_the_total_is_that_of_the_whole_list_on_every_page(talking: AccountClient, path: str) -> None:
    pages = [page async for page in talking.pages(extended(path, {"Parlour-Count": "true", "PageSize": 1}))]
    assert [(len(page.rows), page.meta["total"]) for page in pages] == [(1, 3)] * 3
    assert (await talking.get(pages[2].meta["previous_page_url"])).meta["total"] == 3


@on_every_list
async def test_there_is_no_total_unless_it_is_asked_for(talking: AccountClient, path: str) -> None:
    for query in ({}, {"Parlour-Count": "false"}, {"Parlour-Sort": "created"}):
        page = await talking.get(extended(path, query) if query else path)
        assert "total" not in page.meta


async def test_the_total_of_an_empty_list_is_none_at_all(api: AccountClient) -> None:
    await api.made("/Users", Identity="dana")
    for path in (CONVERSATIONS, USERS, "/ParticipantConversations?Identity=dana"):
        page = await api.get(extended(path, {"Parlour-Count": "true", "Parlour-Include": EVERYTHING}))
        assert (page.rows, page.meta["total"], page.meta["next_page_url"]) == ([], 0, None)


@on_every_list
async def test_the_total_is_told_behind_the_end_of_the_list_too(talking: AccountClient, path: str) -> None:
    """The rows behind a token can be gone by the time it is used."""
    query = {"Parlour-Count": "true", "Parlour-Sort": "created", "Parlour-Order": "asc", "PageSize": 2}
    page = await talking.get(extended(path, query))
    await talking.delete("/Conversations/silent")
    behind = await talking.get(page.meta["next_page_url"])
    assert (behind.rows, behind.meta["total"]) == ([], 2)


async def test_the_total_follows_the_filters(talking: AccountClient) -> None:
    await talking.post("/Conversations/much", State="inactive")
    for state, total in (("inactive", 1), ("active", 2), ("closed", 0)):
        for path, name in ((USERS, "Parlour-State"), (CONVERSATIONS, "State")):
            assert (await talking.get(extended(path, {name: state, "Parlour-Count": "true"}))).meta["total"] == total
    query = {"StartDate": "2001-01-01", "EndDate": "2001-01-02", "Parlour-Count": "true"}
    assert (await talking.get(extended(CONVERSATIONS, query))).meta["total"] == 0


@on_every_list
async def test_an_extended_list_costs_two_statements_whatever_is_asked(talking: AccountClient, path: str) -> None:
    await talking.get(path)  # so that the proof of the credentials is remembered
    for query in (
        {"Parlour-Sort": "last-activity"},
        {"Parlour-Include": EVERYTHING, "Parlour-Count": "true"},
        {"Parlour-Attributes.a": "1", "Parlour-Attributes.b": "2", "Parlour-Sort": "last-activity"},
        {"Parlour-Attributes.a": "1", "Parlour-Include": EVERYTHING, "Parlour-Count": "true"},
    ):
        with talking.statements() as sent:
            assert (await talking.get(extended(path, query))).status == 200
        assert len(sent) == 2
