"""Deleting conversations: everything in them goes, their users stay, their names and pairs are free."""

import pytest

from tests.house import NOT_FOUND, House

pytestmark = pytest.mark.both_forms

PAIR = {"MessagingBinding.Address": "+15551230001", "MessagingBinding.ProxyAddress": "+15551230002"}


@pytest.mark.parametrize("state", ["active", "inactive", "closed"])
async def test_a_conversation_is_deleted_with_what_is_in_it(house: House, state: str) -> None:
    talk = await house.made("/Conversations", UniqueName="talk")
    kept = await house.made("/Conversations", UniqueName="kept")
    for name in ("talk", "kept"):
        await house.made(f"/Conversations/{name}/Participants", Identity="dana")
        await house.made(f"/Conversations/{name}/Messages", Body="Good morning")
    await house.made("/Conversations/talk/Participants", **PAIR)
    await house.post("/Conversations/talk", State=state)

    assert (await house.delete("/Conversations/talk")).status == 204

    for reference in ("talk", talk["sid"]):
        for below in ("", "/Messages", "/Participants", "/Participants/dana"):
            assert (await house.get(f"/Conversations/{reference}{below}")).refusal == NOT_FOUND
        assert (await house.delete(f"/Conversations/{reference}")).refusal == NOT_FOUND
        assert (await house.post(f"/Conversations/{reference}/Messages", Body="x")).refusal == NOT_FOUND
    assert [row["sid"] for row in await house.listed("/Conversations")] == [kept["sid"]]
    assert [row["conversation_sid"] for row in await house.listed("/Users/dana/Conversations")] == [kept["sid"]]
    found = await house.listed("/ParticipantConversations", Identity="dana")
    assert [row["conversation_sid"] for row in found] == [kept["sid"]]
    assert len(await house.listed("/Conversations/kept/Messages")) == 1


async def test_names_and_address_pairs_of_a_deleted_conversation_are_free(house: House) -> None:
    first = await house.made("/Conversations", UniqueName="talk")
    await house.made("/Conversations/talk/Participants", **PAIR)
    await house.delete(f"/Conversations/{first['sid']}")
    second = await house.made("/Conversations", UniqueName="talk")
    assert second["sid"] != first["sid"]
    assert (await house.get("/Conversations/talk/Participants")).rows == []
    await house.made("/Conversations/talk/Participants", **PAIR)


async def test_a_deleted_conversation_leaves_no_row_of_its_content(house: House) -> None:
    sid = (await house.made("/Conversations", UniqueName="talk"))["sid"]
    await house.made("/Conversations/talk/Participants", **PAIR)
    for number in range(3):
        await house.made("/Conversations/talk/Messages", Body=str(number))
    await house.delete("/Conversations/talk")
    async with house.parlour.inside.database.session() as reading:
        for table in ("participants", "messages", "address_pairs"):
            sql = f"select count(*) from {table} where service_sid = $1 and conversation_sid = $2"
            assert await reading.fetchval(sql, house.service, sid) == 0
