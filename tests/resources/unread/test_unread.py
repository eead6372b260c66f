"""Unread: the sum of a user's unread messages, exact, in one statement."""

from typing import Any

import pytest

from tests.house import NOT_FOUND, House, PathForm

pytestmark = pytest.mark.both_forms


async def unread(house: House, user: str = "dana") -> dict[str, Any]:
    """What is told of *user*, in the form of paths in which the house writes them."""
    return (await house.get(address(house, user))).row


def address(house: House, user: str) -> str:
    return f"{house.url}/parlour/v1{house.prefix}/Users/{user}/Unread"


async def join(house: House, name: str, messages: int, horizon: int | None) -> str:
    """The path of a new conversation with dana and so many messages, read up to the horizon."""
    path = f"/Conversations/{(await house.made('/Conversations', UniqueName=name))['sid']}"
    await house.made(f"{path}/Participants", Identity="dana")
    for number in range(messages):
        await house.made(f"{path}/Messages", Body=str(number))
    if horizon is not None:
        assert (await house.post(f"/Users/dana{path}", LastReadMessageIndex=horizon)).status == 200
    return path


async def counts(house: House) -> tuple[int, int]:
    found = await unread(house)
    return found["unread_messages_count"], found["unread_conversations_count"]


async def test_it_is_the_sum_over_the_users_conversations(house: House) -> None:
    for name, messages, horizon in (("one", 3, 0), ("two", 4, 1), ("read", 2, 1), ("unset", 5, None), ("empty", 0, 0)):
        await join(house, name, messages, horizon)
    user = (await house.get("/Users/dana")).row
    assert await unread(house) == {
        "account_sid": house.account,
        "chat_service_sid": house.service,
        "user_sid": user["sid"],
        "identity": "dana",
        "unread_messages_count": 4,
        "unread_conversations_count": 2,
        "url": address(house, user["sid"]),
    }
    listed = [row["unread_messages_count"] for row in await house.listed("/Users/dana/Conversations")]
    assert sum(count or 0 for count in listed) == 4


async def test_it_follows_what_is_said_taken_back_and_read(house: House) -> None:
    path = await join(house, "one", 2, 0)
    assert await counts(house) == (1, 1)
    said = await house.made(f"{path}/Messages", Body="text")
    assert await counts(house) == (2, 1)
    await house.delete(f"{path}/Messages/{said['sid']}")
    assert await counts(house) == (1, 1)
    await house.post(f"/Users/dana{path}", LastReadMessageIndex=1)
    assert await counts(house) == (0, 0)
    await house.post(f"/Users/dana{path}", LastReadMessageIndex="")
    assert await counts(house) == (0, 0)


async def test_inactive_conversations_count_and_closed_ones_do_not(house: House) -> None:
    one, two = await join(house, "one", 3, 0), await join(house, "two", 5, 0)
    await house.post(one, State="inactive")
    assert await counts(house) == (6, 2)
    await house.post(two, State="closed")
    assert await counts(house) == (2, 1)
    await house.delete(f"{one}/Participants/dana")
    assert await counts(house) == (0, 0)


async def test_a_user_by_sid_or_identity_and_nobody_else(house: House, other_house: House) -> None:
    await join(house, "one", 2, 0)
    sid = (await house.get("/Users/dana")).row["sid"]
    assert await unread(house, sid) == await unread(house)
    assert (await house.get(address(house, "nobody"))).refusal == NOT_FOUND
    assert (await other_house.get(address(other_house, sid))).refusal == NOT_FOUND
    if house.form is PathForm.SERVICE:
        assert (await other_house.get(address(house, sid))).refusal == NOT_FOUND


async def test_a_user_in_no_conversation_has_read_everything(house: House) -> None:
    await house.made("/Users", Identity="dana")
    assert await counts(house) == (0, 0)


async def test_it_costs_two_statements(house: House) -> None:
    for number in range(3):
        await join(house, str(number), 1, 0)
    with house.statements() as sent:
        await counts(house)
    assert len(sent) == 2  # which service, and the sum


async def test_it_asks_for_credentials(house: House) -> None:
    answer = await house.send("GET", address(house, "dana"), headers={"Authorization": ""})
    assert answer.refusal == (401, 20003)
