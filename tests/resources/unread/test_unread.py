"""Unread: the sum of a user's unread messages, exact, in one statement."""

from typing import Any

import pytest

from tests.account_client import NOT_FOUND, AccountClient, PathForm

pytestmark = pytest.mark.both_forms


async def unread(api: AccountClient, user: str = "dana") -> dict[str, Any]:
    """What is told of *user*, in the form of paths in which the client writes them."""
    return (await api.get(address(api, user))).row


def address(api: AccountClient, user: str) -> str:
    return f"{api.url}/parlour/v1{api.prefix}/Users/{user}/Unread"


async def join(api: AccountClient, name: str, messages: int, horizon: int | None) -> str:
    """The path of a new conversation with dana and so many messages, read up to the horizon."""
    path = f"/Conversations/{(await api.made('/Conversations', UniqueName=name))['sid']}"
    await api.made(f"{path}/Participants", Identity="dana")
    for number in range(messages):
        await api.made(f"{path}/Messages", Body=str(number))
    if horizon is not None:
        assert (await api.post(f"/Users/dana{path}", LastReadMessageIndex=horizon)).status == 200
    return path


async def counts(api: AccountClient) -> tuple[int, int]:
    found = await unread(api)
    return found["unread_messages_count"], found["unread_conversations_count"]


async def test_it_is_the_sum_over_the_users_conversations(api: AccountClient) -> None:
    for name, messages, horizon in (("one", 3, 0), ("two", 4, 1), ("read", 2, 1), ("unset", 5, None), ("empty", 0, 0)):
        await join(api, name, messages, horizon)
    user = (await api.get("/Users/dana")).row
    assert await unread(api) == {
        "account_sid": api.account,
        "chat_service_sid": api.service,
        "user_sid": user["sid"],
        "identity": "dana",
        "unread_messages_count": 4,
        "unread_conversations_count": 2,
        "url": address(api, user["sid"]),
    }
    listed = [row["unread_messages_count"] for row in await api.listed("/Users/dana/Conversations")]
    assert sum(count or 0 for count in listed) == 4


async def test_it_follows_what_is_said_taken_back_and_read(api: AccountClient) -> None:
    path = await join(api, "one", 2, 0)
    assert await counts(api) == (1, 1)
    said = await api.made(f"{path}/Messages", Body="text")
    assert await counts(api) == (2, 1)
    await api.delete(f"{path}/Messages/{said['sid']}")
    assert await counts(api) == (1, 1)
    await api.post(f"/Users/dana{path}", LastReadMessageIndex=1)
    assert await counts(api) == (0, 0)
    await api.post(f"/Users/dana{path}", LastReadMessageIndex="")
    assert await counts(api) == (0, 0)


async def test_inactive_conversations_count_and_closed_ones_do_not(api: AccountClient) -> None:
    one, two = await join(api, "one", 3, 0), await join(api, "two", 5, 0)
    await api.post(one, State="inactive")
    assert await counts(api) == (6, 2)
    await api.post(two, State="closed")
    assert await counts(api) == (2, 1)
    await api.delete(f"{one}/Participants/dana")
    assert await counts(api) == (0, 0)


async def test_a_user_by_sid_or_identity_and_nobody_else(api: AccountClient, other_api: AccountClient) -> None:
    await join(api, "one", 2, 0)
    sid = (await api.get("/Users/dana")).row["sid"]
    assert await unread(api, sid) == await unread(api)
    assert (await api.get(address(api, "nobody"))).refusal == NOT_FOUND
    assert (await other_api.get(address(other_api, sid))).refusal == NOT_FOUND
    if api.form is PathForm.SERVICE:
        assert (await other_api.get(address(api, sid))).refusal == NOT_FOUND


async def test_a_user_in_no_conversation_has_read_everything(api: AccountClient) -> None:
    await api.made("/Users", Identity="dana")
    assert await counts(api) == (0, 0)


async def test_it_costs_two_statements(api: AccountClient) -> None:
    for number in range(3):
        await join(api, str(number), 1, 0)
    with api.statements() as sent:
        await counts(api)
    assert len(sent) == 2  # which service, and the sum


async def test_it_asks_for_credentials(api: AccountClient) -> None:
    answer = await api.send("GET", address(api, "dana"), headers={"Authorization": ""})
    assert answer.refusal == (401, 20003)
