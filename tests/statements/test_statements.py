"""How many SQL statements each operation costs; the lists cost the same whatever the size of the page."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from tests.account_client import AccountClient, Answer
from tests.receipts import record, somebody

pytestmark = pytest.mark.both_forms

SCOPE = 1
"""Which service the path means, and whether the account has it."""
LOOK = SCOPE + 1
LOOK_BELOW = LOOK + 1
"""What lies in a conversation: the conversation may be given by its name."""
LOOK_FURTHER = LOOK_BELOW + 1
"""What lies in a message of that."""


@dataclass(frozen=True)
class Place:
    """An account with somebody in three conversations, whose credentials the server has in mind."""

    api: AccountClient
    user: str
    path: str
    message: str


@pytest.fixture
async def place(api: AccountClient) -> Place:
    """The credentials are checked by the requests that furnish it, so later ones find the proof remembered."""
    sid = ""
    for name in ("one", "two", "three"):
        sid = (await api.made("/Conversations", UniqueName=name))["sid"]
        await api.made(f"/Conversations/{sid}/Participants", Identity="dana")
    path = f"/Conversations/{sid}"
    message = await api.made(path + "/Messages", Body="text", Author="dana")
    user = (await api.get("/Users/dana")).row["sid"]
    return Place(api, user, path, message["sid"])


async def cost(api: AccountClient, request: Awaitable[Answer]) -> int:
    with api.statements() as sent:
        answer = await request
    assert answer.status < 300, answer.body
    return len(sent)


LISTS: dict[str, Callable[[Place], str]] = {
    "conversations of an identity": lambda place: "/ParticipantConversations?Identity=dana&",
    "conversations of an address": lambda place: "/ParticipantConversations?Address=%2B15550001000&",
    "a user's conversations, by SID": lambda place: f"/Users/{place.user}/Conversations?",
    "a user's conversations, by identity": lambda place: "/Users/dana/Conversations?",
}


@pytest.mark.parametrize("size", [1, 50, 1000])
@pytest.mark.parametrize("which", LISTS)
async def test_the_two_founding_lists_cost_two_statements_at_any_size(place: Place, which: str, size: int) -> None:
    assert await cost(place.api, place.api.get(f"{LISTS[which](place)}PageSize={size}")) == 2


async def test_every_page_of_a_list_costs_the_same(place: Place) -> None:
    pages = 0
    following = "/Users/dana/Conversations?PageSize=1"
    while following:
        with place.api.statements() as sent:
            page = await place.api.get(following)
        assert len(sent) == 2
        pages, following = pages + 1, page.meta["next_page_url"]
    assert pages == 3


async def test_posting_a_message_costs_at_most_three_statements(place: Place) -> None:
    """Which service, where to, and one that writes everything."""
    for reference in (place.path, "/Conversations/three"):
        posting = place.api.post(reference + "/Messages", Body="text", Author="dana")
        assert await cost(place.api, posting) <= 3


async def test_posting_a_message_that_wakes_a_conversation_costs_no_more(place: Place) -> None:
    await place.api.post(place.path, State="inactive")
    await place.api.post("/Users/dana/Conversations/three", LastReadMessageIndex=99)
    assert await cost(place.api, place.api.post(place.path + "/Messages", Body="text")) <= 3
    assert (await place.api.get(place.path)).row["state"] == "active"


async def test_messages_that_arrive_together_share_the_statement_that_writes(place: Place) -> None:
    with place.api.statements() as sent:
        answers = await asyncio.gather(
            *(place.api.post(place.path + "/Messages", Body=str(number)) for number in range(40))
        )
    assert {answer.status for answer in answers} == {201}
    writing = [sql for sql in sent if "insert into messages" in sql]
    assert 1 <= len(writing) < 40
    assert len(sent) <= 80 + len(writing)


READS: dict[str, tuple[Callable[[Place], str], int]] = {
    "fetch a user": (lambda place: "/Users/dana", LOOK),
    "fetch a conversation": (lambda place: "/Conversations/three", LOOK),
    "fetch a participant": (lambda place: place.path + "/Participants/dana", LOOK_BELOW),
    "fetch a message": (lambda place: f"{place.path}/Messages/{place.message}", LOOK_BELOW),
    "fetch a user's conversation": (lambda place: "/Users/dana/Conversations/three", LOOK),
    "list users": (lambda place: "/Users", LOOK),
    "list roles": (lambda place: "/Roles", LOOK),
    "list conversations": (lambda place: "/Conversations", LOOK),
    "list participants": (lambda place: place.path + "/Participants", LOOK_BELOW),
    "list messages": (lambda place: place.path + "/Messages", LOOK),
    "list webhooks": (lambda place: place.path + "/Webhooks", LOOK_BELOW),
    "list receipts": (lambda place: f"{place.path}/Messages/{place.message}/Receipts", LOOK_FURTHER),
}


@pytest.mark.parametrize("read", READS)
async def test_a_read_costs_a_known_number_of_statements(place: Place, read: str) -> None:
    path, statements = READS[read]
    assert await cost(place.api, place.api.get(path(place))) == statements


async def test_messages_show_their_delivery_without_asking_for_their_receipts(place: Place) -> None:
    page = await place.api.get(place.path + "/Messages")
    for message in page.rows:
        for _ in range(3):
            await record(place.api, message, somebody())
    assert await cost(place.api, place.api.get(place.path + "/Messages")) == LOOK
    assert await cost(place.api, place.api.get(f"{place.path}/Messages/{place.message}")) == LOOK_BELOW


async def test_a_message_without_receipts_is_deleted_without_asking_for_any(place: Place) -> None:
    with place.api.statements() as sent:
        assert (await place.api.delete(f"{place.path}/Messages/{place.message}")).status == 204
    assert [sql for sql in sent if "receipts" in sql] == []


async def test_moving_a_horizon_costs_the_same_however_much_there_is_to_read(place: Place) -> None:
    costs = []
    for _ in range(3):
        moving = place.api.post("/Users/dana/Conversations/three", LastReadMessageIndex=0)
        await place.api.post("/Users/dana/Conversations/three", LastReadMessageIndex="")
        costs.append(await cost(place.api, moving))
        for _ in range(20):
            await place.api.made(place.path + "/Messages", Body="text")
    assert costs == [costs[0]] * 3
    assert costs[0] <= 11


async def test_the_first_request_of_a_credential_costs_one_more(api: AccountClient) -> None:
    with api.statements(with_proofs=True) as sent:
        await api.get("/ParticipantConversations", Identity="nobody")
        first = len(sent)
        await api.get("/ParticipantConversations", Identity="nobody")
    assert (first, len(sent) - first) == (3, 2)


async def test_calls_within_a_lease_read_their_scope_once(place: Place) -> None:
    """So most messages of a busy account cost one statement."""
    with place.api.statements(lease_seconds=600) as sent:
        await place.api.get(place.path)
        first = len(sent)
        await place.api.made(place.path + "/Messages", Body="text")
    assert (first, len(sent) - first) == (LOOK, 1)
