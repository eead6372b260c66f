"""Pages over REST: sizes, addresses of the neighbours, and that a token is good for its own list only."""

import sys
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.account_client import NOT_FOUND, AccountClient

INVALID_TOKEN = (400, 21481)
INVALID = (400, 20001)


async def users(api: AccountClient, number: int) -> list[str]:
    """The SIDs of that many new users, in the order of their making."""
    return [(await api.made("/Users", Identity=f"user {each}"))["sid"] for each in range(number)]


def token_of(url: str) -> str:
    return parse_qs(urlsplit(url).query)["PageToken"][0]


@pytest.mark.both_forms
async def test_the_first_page_says_where_it_is_and_where_the_next_one_begins(api: AccountClient) -> None:
    made = await users(api, 3)
    page = await api.get("/Users", PageSize=2)
    assert [row["sid"] for row in page.rows] == made[:2]
    token = token_of(page.meta["next_page_url"])
    start = f"{api.root}/Users?PageSize=2"
    assert page.meta == {
        "page": 0,
        "page_size": 2,
        "first_page_url": f"{start}&Page=0",
        "previous_page_url": None,
        "url": f"{start}&Page=0",
        "next_page_url": f"{start}&Page=1&PageToken={token}",
        "key": "users",
    }


@pytest.mark.both_forms
async def test_pages_are_followed_there_and_back(api: AccountClient) -> None:
    made = await users(api, 5)
    pages = [page async for page in api.pages("/Users", PageSize=2)]
    assert [row["sid"] for page in pages for row in page.rows] == made
    assert [page.meta["page"] for page in pages] == [0, 1, 2]
    assert pages[-1].meta["next_page_url"] is None
    assert pages[2].meta["url"] == pages[1].meta["next_page_url"]

    middle = await api.get(pages[2].meta["previous_page_url"])
    assert (middle.rows, middle.meta["page"]) == (pages[1].rows, 1)
    first = await api.get(middle.meta["previous_page_url"])
    assert (first.rows, first.meta["page"], first.meta["previous_page_url"]) == (pages[0].rows, 0, None)
    again = await api.get(middle.meta["next_page_url"])
    assert again.rows == pages[2].rows
    assert (await api.get(middle.meta["first_page_url"])).rows == pages[0].rows


async def test_a_list_that_just_fits_has_no_next_page(api: AccountClient) -> None:
    await users(api, 2)
    page = await api.get("/Users", PageSize=2)
    assert len(page.rows) == 2
    assert page.meta["next_page_url"] is None


@pytest.mark.both_forms
async def test_an_empty_list_has_no_neighbours(api: AccountClient) -> None:
    page = await api.get("/Users")
    assert page.json == {
        "users": [],
        "meta": {
            "page": 0,
            "page_size": 50,
            "first_page_url": f"{api.root}/Users?PageSize=50&Page=0",
            "previous_page_url": None,
            "url": f"{api.root}/Users?PageSize=50&Page=0",
            "next_page_url": None,
            "key": "users",
        },
    }


async def test_a_page_number_alone_moves_nothing(api: AccountClient) -> None:
    made = await users(api, 3)
    page = await api.get("/Users", PageSize=2, Page=1)
    assert [row["sid"] for row in page.rows] == made[:2]
    assert (page.meta["page"], page.meta["previous_page_url"]) == (1, None)


async def test_rows_that_come_and_go_between_pages_do_not_disturb_the_rest(api: AccountClient) -> None:
    made = await users(api, 4)
    page = await api.get("/Users", PageSize=2)
    await api.delete(f"/Users/{made[1]}")
    await api.delete(f"/Users/{made[2]}")
    late = await api.made("/Users", Identity="late")
    following = await api.get(page.meta["next_page_url"])
    assert [row["sid"] for row in following.rows] == [made[3], late["sid"]]


@pytest.mark.parametrize(
    ("path", "default", "maximum"),
    [("/Users", 50, 50), ("/Roles", 50, 50), ("/v1/Services", 50, 100), ("/Conversations", 50, 100),
     ("/Conversations/talk/Participants", 50, 100), ("/Conversations/talk/Messages", 50, 100),
     ("/Users/dana/Conversations", 50, 1000), ("/ParticipantConversations?Identity=dana", 50, 1000)],
)  # fmt: skip
async def test_a_page_size_above_the_maximum_is_taken_as_the_maximum(
    api: AccountClient, path: str, default: int, maximum: int
) -> None:
    await api.made("/Users", Identity="dana")
    await api.made("/Conversations", UniqueName="talk")
    more = f"{path}&" if "?" in path else f"{path}?"
    assert (await api.get(path)).meta["page_size"] == default
    for asked, given in [(1, 1), (maximum, maximum), (maximum + 1, maximum), (10**17, maximum), (sys.maxsize, maximum)]:
        meta = (await api.get(f"{more}PageSize={asked}")).meta
        assert meta["page_size"] == given
        assert f"PageSize={given}&Page=0" in meta["url"]


@pytest.mark.parametrize("size", ["0", "-1", "x", "null", "1.5", "1e1", "+1", " 1", "0x1", "１", "9" * 101, "9" * 5000])
async def test_what_is_no_page_size_is_refused(api: AccountClient, size: str) -> None:
    answer = await api.get("/Users", PageSize=size)
    assert (answer.refusal, answer.message) == (INVALID, "Invalid parameter PageSize")


@pytest.mark.parametrize("number", ["-1", "x", "null", "1.5", "9" * 19])
async def test_what_is_no_page_number_is_refused(api: AccountClient, number: str) -> None:
    answer = await api.get("/Users", Page=number)
    assert (answer.refusal, answer.message) == (INVALID, "Invalid parameter Page")


@pytest.mark.both_forms
async def test_what_was_never_a_token_is_refused(api: AccountClient) -> None:
    await users(api, 2)
    token = token_of((await api.get("/Users", PageSize=1)).meta["next_page_url"])
    assert len((await api.get("/Users", PageToken=token)).rows) == 1
    wrong = ["x", "PT", "PTx", "PT====", "é", token[:-4], token[2:], token + "AAAA", "pt" + token[2:], token.swapcase()]
    for each in wrong:
        answer = await api.get("/Users", PageToken=each)
        assert (answer.refusal, answer.message) == (INVALID_TOKEN, "Invalid PageToken"), each


@pytest.mark.both_forms
async def test_a_token_is_good_for_its_own_list_only(api: AccountClient) -> None:
    await users(api, 2)
    token = token_of((await api.get("/Users", PageSize=1)).meta["next_page_url"])
    assert (await api.get("/Roles", PageToken=token)).refusal == INVALID_TOKEN
    assert (await api.get("/v1/Services", PageToken=token)).refusal == INVALID_TOKEN
    elsewhere = api.in_service((await api.made("/v1/Services", FriendlyName="a"))["sid"])
    assert (await elsewhere.get("/Users", PageToken=token)).refusal == INVALID_TOKEN


@pytest.mark.both_forms
async def test_a_token_is_good_for_its_own_account_only(api: AccountClient, other_api: AccountClient) -> None:
    await users(api, 2)
    await users(other_api, 2)
    token = token_of((await api.get("/Users", PageSize=1)).meta["next_page_url"])
    assert (await other_api.get("/Users", PageToken=token)).refusal == INVALID_TOKEN
    service = f"/v1/Services/{api.service}/Users"
    assert (await other_api.get(service, PageToken=token)).refusal == NOT_FOUND


@pytest.mark.both_forms
async def test_a_token_is_good_for_its_own_filter_only(api: AccountClient) -> None:
    for number in range(3):
        await api.made("/Conversations", UniqueName=str(number))
        for identity in ("dana", "lee"):
            await api.made(f"/Conversations/{number}/Participants", Identity=identity)
    token = token_of((await api.get("/Conversations", PageSize=1, State="active")).meta["next_page_url"])
    assert len((await api.get("/Conversations", State="active", PageToken=token)).rows) == 2
    for other in ({}, {"State": "inactive"}, {"State": "active", "StartDate": "2026-01-01"}):
        assert (await api.get("/Conversations", **other, PageToken=token)).refusal == INVALID_TOKEN

    found = "/ParticipantConversations"
    token = token_of((await api.get(found, Identity="dana", PageSize=1)).meta["next_page_url"])
    assert len((await api.get(found, Identity="dana", PageToken=token)).rows) == 2
    assert (await api.get(found, Identity="lee", PageToken=token)).refusal == INVALID_TOKEN


@pytest.mark.both_forms
async def test_a_token_is_good_below_its_own_parent_only(api: AccountClient) -> None:
    for name in ("one", "two"):
        await api.made("/Conversations", UniqueName=name)
        for number in range(3):
            await api.made(f"/Conversations/{name}/Messages", Body=str(number))
    token = token_of((await api.get("/Conversations/one/Messages", PageSize=1)).meta["next_page_url"])
    assert len((await api.get("/Conversations/one/Messages", PageToken=token)).rows) == 2
    assert (await api.get("/Conversations/two/Messages", PageToken=token)).refusal == INVALID_TOKEN
    assert (await api.get("/Conversations/one/Messages", PageToken=token, Order="desc")).refusal == INVALID_TOKEN
    assert (await api.get("/Conversations/three/Messages", PageToken=token)).refusal == NOT_FOUND


@pytest.mark.both_forms
async def test_addresses_of_pages_hold_sids_and_the_filters_first(api: AccountClient) -> None:
    talk = await api.made("/Conversations", UniqueName="talk")
    await api.made("/Conversations/talk/Participants", Identity="dana lee+1")
    page = await api.get("/Conversations/talk/Participants")
    assert page.meta["url"] == f"{api.root}/Conversations/{talk['sid']}/Participants?PageSize=50&Page=0"
    page = await api.get("/ParticipantConversations", PageSize=7, Unknown="x", Identity="dana lee+1")
    assert len(page.rows) == 1
    expected = f"{api.root}/ParticipantConversations?Identity=dana%20lee%2B1&PageSize=7&Page=0"
    assert page.meta["url"] == page.meta["first_page_url"] == expected
