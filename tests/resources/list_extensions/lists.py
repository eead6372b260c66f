"""The three lists that can be extended, and a user with conversations to be found in them."""

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from tests.account_client import AccountClient, encoded

INVALID = (400, 20001)
USERS, CONVERSATIONS, IDENTITY, ADDRESS = (
    "/Users/dana/Conversations",
    "/Conversations",
    "/ParticipantConversations?Identity=dana",
    "/ParticipantConversations?Address=%2B15550001000",
)
on_every_list = pytest.mark.parametrize("path", [USERS, CONVERSATIONS, IDENTITY, ADDRESS])


@dataclass(frozen=True)
class Found:
    """A list as a test sees it: the unique names of the conversations in it, page by page or all at once."""

    api: AccountClient
    path: str

    async def names(self, **query: object) -> list[str]:
        """All of them, in order, read in pages of two and, what must be the same, in one."""
        asked = {**query, "PageSize": 2}
        pages = [page async for page in self.api.pages(extended(self.path, asked))]
        names = [name_of(row) for page in pages for row in page.rows]
        if pages[-1].meta["previous_page_url"] is not None:
            assert [name_of(row) for row in (await self.api.get(pages[-1].meta["previous_page_url"])).rows] == [
                name_of(row) for row in pages[-2].rows
            ]
        whole = await self.api.get(extended(self.path, {**query, "PageSize": 100}))
        assert [name_of(row) for row in whole.rows] == names
        return names


def extended(path: str, query: Mapping[str, object]) -> str:
    """*path* with more parameters."""
    return f"{path}{'&' if '?' in path else '?'}{encoded(query)}"


def name_of(row: dict[str, object]) -> str:
    return str(row.get("unique_name") or row.get("conversation_unique_name"))


async def join(api: AccountClient, name: str, **more: object) -> str:
    """The path of a new conversation with dana, and the telephone +15550001000, in it."""
    path = f"/Conversations/{(await api.made('/Conversations', UniqueName=name, **more))['sid']}"
    await api.made(f"{path}/Participants", Identity="dana")
    proxy = f"+1555{sum(map(ord, name)):07}{len(name)}"
    binding = {"MessagingBinding.Address": "+15550001000", "MessagingBinding.ProxyAddress": proxy}
    await api.made(f"{path}/Participants", **binding)
    return path
