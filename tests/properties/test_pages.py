"""Lists walked page by page, forward and backward, while rows come and go: nothing repeats, nothing is stepped over."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.account_client import AccountClient, Answer, new_account
from tests.server import Parlour

Make = Callable[[AccountClient, int], Awaitable[str]]
"""Puts a row into the list and returns the path under which it can be deleted; the number is unlike all others."""


@dataclass(frozen=True)
class Paged:
    """A list, what tells its rows apart, and how one comes into it."""

    path: str
    key: str
    make: Make
    filled: int = 0
    """How many rows it has from the start."""


MADE = {"Attributes": '{"made":true}'}
"""By which what is made can be found."""


async def make_service(api: AccountClient, number: int) -> str:
    return f"/v1/Services/{(await api.made('/v1/Services', FriendlyName=str(number)))['sid']}"


async def make_role(api: AccountClient, number: int) -> str:
    form = {"FriendlyName": str(number), "Type": "service", "Permission": ["editOwnUserInfo"]}
    return f"/Roles/{(await api.made('/Roles', **form))['sid']}"


async def make_user(api: AccountClient, number: int) -> str:
    return f"/Users/{(await api.made('/Users', Identity=f'user{number}'))['sid']}"


async def make_conversation(api: AccountClient, number: int) -> str:
    return f"/Conversations/{(await api.made('/Conversations', FriendlyName=str(number), **MADE))['sid']}"


async def make_participant(api: AccountClient, number: int) -> str:
    path = "/Conversations/room/Participants"
    return f"{path}/{(await api.made(path, Identity=f'user{number}'))['sid']}"


async def make_message(api: AccountClient, number: int) -> str:
    path = "/Conversations/room/Messages"
    return f"{path}/{(await api.made(path, Body=str(number)))['sid']}"


async def make_membership(api: AccountClient, number: int) -> str:
    path = await make_conversation(api, number)
    await api.made(path + "/Participants", Identity="dana")
    return path


async def make_number(api: AccountClient, number: int) -> str:
    path = await make_conversation(api, number)
    binding = {"Address": "+15550001000", "ProxyAddress": f"+1555100{number:04}"}
    await api.made(path + "/Participants", **{f"MessagingBinding.{name}": text for name, text in binding.items()})
    return path


LISTS = {
    "services": Paged("/v1/Services", "sid", make_service, filled=1),
    "roles": Paged("/Roles", "sid", make_role, filled=4),
    "users": Paged("/Users", "sid", make_user),
    "conversations": Paged("/Conversations", "sid", make_conversation),
    "conversations by date": Paged("/Conversations?StartDate=2001-01-01T00:00:00Z", "sid", make_conversation),
    "active conversations": Paged("/Conversations?State=active", "sid", make_conversation),
    "participants": Paged("/Conversations/room/Participants", "sid", make_participant),
    "messages": Paged("/Conversations/room/Messages", "index", make_message),
    "newest messages": Paged("/Conversations/room/Messages?Order=desc", "index", make_message),
    "a user's conversations": Paged("/Users/dana/Conversations", "conversation_sid", make_membership),
    "an identity's": Paged("/ParticipantConversations?Identity=dana", "conversation_sid", make_membership),
    "conversations by creation, oldest first": Paged(
        "/Conversations?Parlour-Sort=created&Parlour-Order=asc", "sid", make_conversation
    ),
    "conversations with an attribute": Paged("/Conversations?Parlour-Attributes.made=true", "sid", make_conversation),
    "conversations with an attribute, by activity": Paged(
        "/Conversations?Parlour-Attributes.made=true&Parlour-Sort=last-activity&Parlour-Count=true",
        "sid",
        make_conversation,
    ),
    "a user's conversations by activity": Paged(
        "/Users/dana/Conversations?Parlour-Sort=last-activity&Parlour-Include=last_message,messages_count",
        "conversation_sid",
        make_membership,
    ),
    "a user's active conversations, oldest first": Paged(
        "/Users/dana/Conversations?Parlour-Sort=created&Parlour-Order=asc&Parlour-State=active",
        "conversation_sid",
        make_membership,
    ),
    "an identity's, the last SID first": Paged(
        "/ParticipantConversations?Identity=dana&Parlour-Order=desc", "conversation_sid", make_membership
    ),
    "an address's by creation": Paged(
        "/ParticipantConversations?Address=%2B15550001000&Parlour-Sort=created&Parlour-Attributes.made=true",
        "conversation_sid",
        make_number,
    ),
    "an address's": Paged("/ParticipantConversations?Address=%2B15550001000", "conversation_sid", make_number),
}


@dataclass
class Walk:
    """A walk through a list: what was seen, while rows come and go between the pages."""

    api: AccountClient
    paged: Paged
    deletable: list[str]
    size: int
    made: int = 1000

    async def first(self) -> Answer:
        return await self.api.get(f"{self.paged.path}{'&' if '?' in self.paged.path else '?'}PageSize={self.size}")

    async def along(self, page: Answer, link: str, changes: list[str]) -> list[Any]:
        """The keys of *page* and all that follow by *link*, in the order of the walk.

        Between two pages the next of *changes* happens.
        """
        coming = iter(changes)
        backward = link == "previous_page_url"
        seen: list[Any] = []
        number = page.meta["page"]
        while True:
            assert page.meta["page_size"] == self.size
            assert page.meta["page"] == max(number, 0)
            assert len(page.rows) <= self.size
            keys = [row[self.paged.key] for row in page.rows]
            seen += reversed(keys) if backward else keys
            if page.meta[link] is None:
                return seen
            await self._make(next(coming, "nothing"))
            page = await self.api.get(page.meta[link])
            number += -1 if backward else 1

    async def _make(self, change: str) -> None:
        self.made += 1
        if change == "add":
            await self.paged.make(self.api, self.made)
        elif change == "delete" and self.deletable:
            assert (await self.api.delete(self.deletable.pop(self.made % len(self.deletable)))).status == 204

    async def whole(self) -> list[Any]:
        """All keys at once, in their order."""
        page = await self.api.get(f"{self.paged.path}{'&' if '?' in self.paged.path else '?'}PageSize=1000")
        if page.meta["page_size"] < 1000:
            return [row[self.paged.key] for row in await self.api.listed(self.paged.path)]
        return [row[self.paged.key] for row in page.rows]


async def furnished(parlour: Parlour, paged: Paged, count: int) -> tuple[AccountClient, list[str]]:
    """An account with *count* rows in the list beside those that are there anyway; the paths of these rows."""
    api = await new_account(parlour)
    await api.made("/Users", Identity="dana")
    if "/room/" in paged.path:
        await api.made("/Conversations", UniqueName="room")
    if paged.path == "/Users":
        await api.delete("/Users/dana")
    paths = [await paged.make(api, number) for number in range(count)]
    return api, paths


@pytest.mark.parametrize("which", LISTS)
@pytest.mark.parametrize(("count", "size"), [(0, 3), (3, 3), (7, 3), (7, 1), (7, 50)])
async def test_a_list_at_rest_is_the_same_by_pages_forward_and_backward(
    parlour: Parlour, which: str, count: int, size: int
) -> None:
    paged = LISTS[which]
    api, _ = await furnished(parlour, paged, count)
    walk = Walk(api, paged, [], size)
    whole = await walk.whole()
    assert len(set(whole)) == len(whole) == count + paged.filled

    first = await walk.first()
    pages = [first]
    while pages[-1].meta["next_page_url"] is not None:
        pages.append(await api.get(pages[-1].meta["next_page_url"]))
    assert [row[paged.key] for page in pages for row in page.rows] == whole
    assert len(pages) == max(-(-len(whole) // size), 1)
    assert [page.meta["page"] for page in pages] == list(range(len(pages)))
    assert first.meta["previous_page_url"] is None
    assert all(page.meta["previous_page_url"] is not None for page in pages[1:])

    last = pages[-1]
    assert await walk.along(last, "previous_page_url", []) == whole[::-1]
    for page, following in pairwise(pages):
        back = await api.get(following.meta["previous_page_url"])
        assert back.rows == page.rows
        assert (await api.get(back.meta["next_page_url"])).rows == following.rows
    for page in pages:
        assert (await api.get(page.meta["url"])).rows == page.rows
        assert (await api.get(page.meta["first_page_url"])).rows == first.rows


@settings(max_examples=40)
@given(
    changes=st.lists(st.sampled_from(["add", "delete", "nothing"]), min_size=1, max_size=9),
    count=st.integers(3, 9),
    size=st.integers(1, 3),
    backward=st.booleans(),
)
@pytest.mark.parametrize("which", LISTS)
async def test_a_walk_among_changes_meets_every_row_that_was_there_all_along_once(
    parlour: Parlour, which: str, changes: list[str], count: int, size: int, backward: bool
) -> None:
    paged = LISTS[which]
    api, paths = await furnished(parlour, paged, count)
    walk = Walk(api, paged, paths, size)
    page, link = await walk.first(), "next_page_url"
    if backward:
        while page.meta["next_page_url"] is not None:
            page = await api.get(page.meta["next_page_url"])
        link = "previous_page_url"
    before = await walk.whole()
    seen = await walk.along(page, link, changes)
    after = await walk.whole()

    stayed = [key for key in before if key in after]
    assert len(seen) == len(set(seen))
    met = [key for key in seen if key in stayed]
    assert met == (stayed[::-1] if backward else stayed)


@pytest.mark.both_forms
async def test_fifty_one_memberships_are_a_page_of_fifty_and_one_more(api: AccountClient) -> None:
    for number in range(51):
        await make_membership(api, number)
    for path in ("/Users/dana/Conversations", "/ParticipantConversations?Identity=dana"):
        first, second = [page async for page in api.pages(path)]
        assert (len(first.rows), first.meta["page"], first.meta["page_size"]) == (50, 0, 50)
        assert "PageToken=PT" in first.meta["next_page_url"]
        assert first.meta["previous_page_url"] is None
        assert (len(second.rows), second.meta["page"], second.meta["page_size"]) == (1, 1, 50)
        assert second.meta["next_page_url"] is None
        assert (await api.get(second.meta["previous_page_url"])).rows == first.rows
        everything = [page async for page in api.pages(path, **({"PageSize": 200} if "?" not in path else {}))]
        assert [row for page in everything for row in page.rows] == first.rows + second.rows
