"""Receipts as client SDKs call them."""

from parlour.resources.receipts.model import Status
from tests.account_client import NOT_FOUND, AccountClient
from tests.client_calls import NOT_A_MEMBER, caller, in_seconds
from tests.receipts import record, somebody


async def test_the_receipts_of_a_message_come_in_pages(api: AccountClient) -> None:
    alice, zoe = await caller(api, "alice"), await caller(api, "zoe")
    room = (await api.made("/Conversations"))["sid"]
    await api.made(f"/Conversations/{room}/Participants", Identity="alice")
    sent = await alice.made(f"/Conversations/{room}/Messages", body="hello")
    message = (await api.get(f"/Conversations/{room}/Messages/{sent['sid']}")).row
    recorded = [
        await record(api, message, somebody(), Status.DELIVERED, channel_message_sid=f"SM{1:032x}"),
        await record(api, message, somebody(), Status.FAILED, error_code=30003),
        await record(api, message, somebody(), Status.READ),
    ]
    path = f"/Conversations/{room}/Messages/{sent['sid']}/Receipts"
    page = (await alice.get(path, PageSize=2)).row
    following = (await alice.get(path, PageSize=2, PageToken=page["meta"]["next_token"])).row
    assert following["meta"]["next_token"] is None
    shown = page["delivery_receipts"] + following["delivery_receipts"]
    assert [(each["sid"], each["status"], each["error_code"]) for each in shown] == [
        (each.sid, each.status, each.error_code) for each in recorded
    ]
    assert (
        shown[0].items()
        >= {
            "message_sid": sent["sid"],
            "conversation_sid": room,
            "channel_message_sid": f"SM{1:032x}",
            "participant_sid": recorded[0].participant_sid,
        }.items()
    )
    assert [in_seconds(each, each) for each in shown] == [
        {name: each[name] for name in shown[0]} for each in await api.listed(path)
    ]
    assert (await zoe.get(path)).refusal == NOT_A_MEMBER
    assert (await alice.get(f"/Conversations/{room}/Messages/IM{1:032x}/Receipts")).refusal == NOT_FOUND
