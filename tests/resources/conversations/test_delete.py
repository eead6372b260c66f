"""Deleting conversations: everything in them goes, their users stay, their names and pairs are free."""

import pytest

from tests.account_client import NOT_FOUND, AccountClient

pytestmark = pytest.mark.both_forms

PAIR = {"MessagingBinding.Address": "+15551230001", "MessagingBinding.ProxyAddress": "+15551230002"}


@pytest.mark.parametrize("state", ["active", "inactive", "closed"])
async def test_a_conversation_is_deleted_with_what_is_in_it(api: AccountClient, state: str) -> None:
    talk = await api.made("/Conversations", UniqueName="talk")
    kept = await api.made("/Conversations", UniqueName="kept")
    for name in ("talk", "kept"):
        await api.made(f"/Conversations/{name}/Participants", Identity="dana")
        await api.made(f"/Conversations/{name}/Messages", Body="Good morning")
    await api.made("/Conversations/talk/Participants", **PAIR)
    await api.post("/Conversations/talk", State=state)

    assert (await api.delete("/Conversations/talk")).status == 204

    for reference in ("talk", talk["sid"]):
        for below in ("", "/Messages", "/Participants", "/Participants/dana"):
            assert (await api.get(f"/Conversations/{reference}{below}")).refusal == NOT_FOUND
        assert (await api.delete(f"/Conversations/{reference}")).refusal == NOT_FOUND
        assert (await api.post(f"/Conversations/{reference}/Messages", Body="x")).refusal == NOT_FOUND
    assert [row["sid"] for row in await api.listed("/Conversations")] == [kept["sid"]]
    assert [row["conversation_sid"] for row in await api.listed("/Users/dana/Conversations")] == [kept["sid"]]
    found = await api.listed("/ParticipantConversations", Identity="dana")
    assert [row["conversation_sid"] for row in found] == [kept["sid"]]
    assert len(await api.listed("/Conversations/kept/Messages")) == 1


async def test_names_and_address_pairs_of_a_deleted_conversation_are_free(api: AccountClient) -> None:
    first = await api.made("/Conversations", UniqueName="talk")
    await api.made("/Conversations/talk/Participants", **PAIR)
    await api.delete(f"/Conversations/{first['sid']}")
    second = await api.made("/Conversations", UniqueName="talk")
    assert second["sid"] != first["sid"]
    assert (await api.get("/Conversations/talk/Participants")).rows == []
    await api.made("/Conversations/talk/Participants", **PAIR)


async def test_a_deleted_conversation_leaves_no_row_of_its_content(api: AccountClient) -> None:
    sid = (await api.made("/Conversations", UniqueName="talk"))["sid"]
    await api.made("/Conversations/talk/Participants", **PAIR)
    for number in range(3):
        await api.made("/Conversations/talk/Messages", Body=str(number))
    await api.delete("/Conversations/talk")
    async with api.parlour.inside.database.session() as reading:
        for table in ("participants", "messages", "address_pairs"):
            sql = f"select count(*) from {table} where service_sid = $1 and conversation_sid = $2"
            assert await reading.fetchval(sql, api.service, sid) == 0
