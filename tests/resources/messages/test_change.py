"""Listing, changing and deleting messages."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.account_client import NOT_FOUND, AccountClient
from tests.server import MovableClock

pytestmark = pytest.mark.both_forms

HEX = "0123456789abcdef" * 2
PATH = "/Conversations/talk/Messages"
START = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
async def talk(api: AccountClient) -> str:
    """The SID of the conversation at PATH."""
    return str((await api.made("/Conversations", UniqueName="talk"))["sid"])


async def indices(api: AccountClient, **query: object) -> list[int]:
    return [row["index"] for row in await api.listed(PATH, **query)]


async def test_messages_are_listed_by_index_either_way(api: AccountClient) -> None:
    for number in range(5):
        await api.made(PATH, Body=str(number))
    for order in ("asc", "ASC", ""):
        assert await indices(api, Order=order, PageSize=2) == [0, 1, 2, 3, 4]
    assert await indices(api) == [0, 1, 2, 3, 4]
    for order in ("desc", "DesC"):
        assert await indices(api, Order=order, PageSize=2) == [4, 3, 2, 1, 0]
    for order in ("up", "-1"):
        answer = await api.get(PATH, Order=order)
        assert (answer.refusal, answer.message) == ((400, 20001), "Invalid parameter Order")


async def test_the_order_stays_in_the_addresses_of_pages(api: AccountClient, talk: str) -> None:
    for number in range(3):
        await api.made(PATH, Body=str(number))
    page = await api.get(PATH, Order="desc", PageSize=1)
    assert page.meta["url"] == f"{api.root}/Conversations/{talk}/Messages?Order=desc&PageSize=1&Page=0"
    following = await api.get(page.meta["next_page_url"])
    assert [row["index"] for row in following.rows] == [1]
    before = await api.get(following.meta["previous_page_url"])
    assert [row["index"] for row in before.rows] == [2]


async def test_an_update_changes_only_what_was_sent(api: AccountClient, clock: MovableClock) -> None:
    clock.freeze(START)
    dana = await api.made("/Conversations/talk/Participants", Identity="dana")
    state = await api.made(PATH, Body="Good morning", Attributes='{"a":1}')
    changes: list[tuple[dict[str, str], dict[str, Any]]] = [
        ({"Body": "Good day"}, {"body": "Good day"}),
        ({"Body": ""}, {"body": ""}),
        ({"Attributes": "[]"}, {"attributes": "[]"}),
        ({"Author": "dana"}, {"author": "dana", "participant_sid": dana["sid"]}),
        ({"Author": "lee"}, {"author": "lee", "participant_sid": None}),
        ({"DateCreated": "2024-02-29"}, {"date_created": "2024-02-29T00:00:00Z"}),
        ({"Subject": "Greeting"}, {}),
    ]
    for given, changed in changes:
        clock.advance(timedelta(seconds=1))
        state |= {**changed, "date_updated": f"{clock.now():%Y-%m-%dT%H:%M:%SZ}"}
        assert (await api.post(f"{PATH}/{state['sid']}", **given)).row == state
        assert (await api.get(f"{PATH}/{state['sid']}")).row == state
    given = {"DateUpdated": "2024-03-01"}
    assert (await api.post(f"{PATH}/{state['sid']}", **given)).row["date_updated"] == "2024-03-01T00:00:00Z"


async def test_an_update_that_sends_nothing_changes_nothing(api: AccountClient, clock: MovableClock) -> None:
    before = await api.made(PATH, Body="Good morning")
    clock.advance(timedelta(hours=1))
    for given in ({}, {"Unknown": "x"}, {"MediaSid": "x"}, {"Index": "7"}):
        assert (await api.post(f"{PATH}/{before['sid']}", **given)).row == before


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"Body": "é" * 16384 + "x"}, (400, 50504)),
        ({"Author": "é" * 257}, (400, 50310)),
        ({"Subject": "é" * 257}, (400, 20001)),
        ({"Attributes": "{"}, (400, 50304)),
        ({"Attributes": f'"{"x" * 4095}"'}, (400, 50303)),
        ({"DateCreated": "x"}, (400, 50308)),
        ({"DateUpdated": "x"}, (400, 50309)),
    ],
)
async def test_a_refused_update_changes_nothing(
    api: AccountClient, given: dict[str, str], refusal: tuple[int, int]
) -> None:
    before = await api.made(PATH, Body="Good morning")
    assert (await api.post(f"{PATH}/{before['sid']}", **{"Body": "changed", **given})).refusal == refusal
    assert (await api.get(f"{PATH}/{before['sid']}")).row == before


async def test_an_update_is_no_activity(api: AccountClient, clock: MovableClock) -> None:
    clock.freeze(START)
    sid = (await api.made(PATH, Body="Good morning"))["sid"]
    await api.post("/Conversations/talk", State="inactive", **{"Timers.Closed": "P1D"})
    before = (await api.get("/Conversations/talk")).row
    clock.advance(timedelta(hours=1))
    await api.post(f"{PATH}/{sid}", Body="Good day")
    await api.delete(f"{PATH}/{sid}")
    assert (await api.get("/Conversations/talk")).row == before


async def test_a_deleted_message_leaves_a_gap(api: AccountClient) -> None:
    made = [await api.made(PATH, Body=str(number)) for number in range(3)]
    assert (await api.delete(f"{PATH}/{made[1]['sid']}")).status == 204
    assert await indices(api) == [0, 2]
    for answer in (await api.get(f"{PATH}/{made[1]['sid']}"), await api.delete(f"{PATH}/{made[1]['sid']}")):
        assert answer.refusal == NOT_FOUND


async def test_a_message_has_no_other_name_than_its_sid_in_its_own_conversation(api: AccountClient) -> None:
    await api.made("/Conversations", UniqueName="other")
    elsewhere = await api.made("/Conversations/other/Messages", Body="Good morning")
    await api.made(PATH, Body="Good morning")
    for sid in (elsewhere["sid"], f"IM{HEX}", "IM00", "0"):
        path = f"{PATH}/{sid}"
        for answer in (await api.get(path), await api.post(path, Attributes="{"), await api.delete(path)):
            assert answer.refusal == NOT_FOUND
            assert answer.message == f"The requested resource {api.prefix}{path} was not found"
    assert (await api.get(f"/Conversations/other/Messages/{elsewhere['sid']}")).row == elsewhere
