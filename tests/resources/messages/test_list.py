"""Lists of messages."""

import pytest

from tests.account_client import AccountClient

pytestmark = pytest.mark.both_forms


async def test_a_list_shows_a_message_as_it_is_fetched(api: AccountClient) -> None:
    """The two write dates in different ways, of which the earliest and the latest are the hardest."""
    conversation = await api.made("/Conversations", UniqueName="dates")
    path = f"/Conversations/{conversation['sid']}/Messages"
    for moment in ("0001-01-02", "0999-12-31T23:59:59.999Z", "2024-02-29T12:34:56.789+02:00", "9999-12-31T23:59:59Z"):
        await api.made(path, Body=moment, DateCreated=moment, DateUpdated=moment, Author="dana", Attributes='{"a":1}')
    await api.made(path, Body="today")
    for row in await api.listed("/Conversations/dates/Messages", PageSize=2):
        assert (await api.get(f"{path}/{row['sid']}")).row == row
