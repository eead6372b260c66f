"""The conversations of the user who calls, as client SDKs call them: the list, the horizon, the level."""

import pytest

from parlour.core.permissions import Permission
from parlour.resources.roles.model import RoleType
from tests.account_client import NOT_FOUND, AccountClient
from tests.client_calls import NOT_A_MEMBER, NOT_PERMITTED, Caller, caller, in_seconds
from tests.end_users import role


@pytest.fixture
async def alice(api: AccountClient) -> Caller:
    return await caller(api, "alice")


async def joined(api: AccountClient, identity: str, *, messages: int = 0, **form: object) -> str:
    """The SID of a new conversation in which *identity* takes part and so many messages are."""
    sid = str((await api.made("/Conversations", **form))["sid"])
    await api.made(f"/Conversations/{sid}/Participants", Identity=identity)
    for number in range(messages):
        await api.made(f"/Conversations/{sid}/Messages", Author="bob", Body=str(number))
    return sid


async def test_the_list_has_what_opens_each_conversation_and_nothing_else(api: AccountClient, alice: Caller) -> None:
    assert (await alice.get("/MyConversations")).row == {
        "conversations": [], "meta": {"previous_token": None, "next_token": None},
    }  # fmt: skip
    sids = [await joined(api, "alice") for _ in range(3)]
    await joined(api, "bob")
    await alice.post(f"/MyConversations/{sids[1]}", last_read_message_index=7)
    await alice.post(f"/MyConversations/{sids[1]}", notification_level="muted")
    assert (await alice.get("/MyConversations")).row["conversations"] == [
        {
            "conversation_sid": sid,
            "status": "joined",
            "sync_objects": {
                "conversation": f"{sid}.channel", "messages": f"{sid}.messages", "participants": f"{sid}.roster",
            },
            "last_read_message_index": 7 if sid == sids[1] else None,
            "notification_level": "muted" if sid == sids[1] else "default",
        }
        for sid in sorted(sids)
    ]  # fmt: skip


async def test_pages_go_on_by_their_tokens_both_ways(api: AccountClient, alice: Caller) -> None:
    sids = sorted([await joined(api, "alice") for _ in range(5)])
    seen: list[list[str]] = []
    token: dict[str, str] = {}
    while True:
        page = (await alice.get("/MyConversations", PageSize=2, **token)).row
        seen.append([each["conversation_sid"] for each in page["conversations"]])
        if page["meta"]["next_token"] is None:
            break
        token = {"PageToken": page["meta"]["next_token"]}
    assert seen == [sids[0:2], sids[2:4], sids[4:5]]
    back = (await alice.get("/MyConversations", PageSize=2, PageToken=page["meta"]["previous_token"])).row
    assert [each["conversation_sid"] for each in back["conversations"]] == sids[2:4]
    bob = await caller(api, "bob")
    assert (await bob.get("/MyConversations", PageSize=2, **token)).status == 400, "another's token"
    assert (await alice.get("/MyConversations", PageToken="PT0")).status == 400
    assert (await alice.get("/MyConversations", PageToken="", PageSize="")).status == 200


async def test_one_is_found_by_sid_and_by_unique_name(api: AccountClient, alice: Caller) -> None:
    sid = await joined(api, "alice", messages=3, UniqueName="desk", FriendlyName="Front", Attributes='{"a":1}')
    by_sid, by_name = [(await alice.get(f"/MyConversations/{reference}")).row for reference in (sid, "desk")]
    assert by_sid == by_name
    over_rest = (await api.get(f"/Conversations/{sid}")).row
    shared = {"friendly_name", "unique_name", "attributes", "state", "date_created", "date_updated"}
    assert in_seconds(by_sid, shared) == {name: over_rest[name] for name in shared}
    assert (by_sid["conversation_sid"], by_sid["created_by"], by_sid["status"]) == (sid, "system", "joined")
    assert (by_sid["notification_level"], by_sid["last_read_message_index"]) == ("default", None)
    assert by_sid["unread_messages_count"] is None, "no horizon was set"
    strange = await joined(api, "bob", UniqueName="theirs")
    for reference in (strange, "theirs"):
        assert (await alice.get(f"/MyConversations/{reference}")).refusal == NOT_A_MEMBER
    assert (await alice.get("/MyConversations/nowhere")).refusal == NOT_FOUND


@pytest.mark.parametrize("indexes", [(2, 0), (0, 2), (4, None, 3), (100, 1), (2**53, 0)])
async def test_the_horizon_goes_wherever_it_is_sent(
    api: AccountClient, alice: Caller, indexes: tuple[int | None, ...]
) -> None:
    sid = await joined(api, "alice", messages=5)
    await api.delete(f"/Conversations/{sid}/Messages/{(await api.listed(f'/Conversations/{sid}/Messages'))[1]['sid']}")
    left = [0, 2, 3, 4]
    for index in indexes:
        row = (await alice.post(f"/MyConversations/{sid}", last_read_message_index=index)).row
        unread = None if index is None else sum(each > index for each in left)
        assert (row["last_read_message_index"], row["unread_messages_count"]) == (index, unread)
        assert (await alice.get(f"/MyConversations/{sid}")).row == row
        participant = (await api.get(f"/Conversations/{sid}/Participants/alice")).row
        assert participant["last_read_message_index"] == index
        assert (participant["last_read_timestamp"] is None) is (index is None)


async def test_all_is_unread_again_without_a_horizon(api: AccountClient, alice: Caller) -> None:
    sid = await joined(api, "alice", messages=2)
    assert (await alice.post(f"/MyConversations/{sid}", last_read_message_index=1)).row["unread_messages_count"] == 0
    row = (await alice.post(f"/MyConversations/{sid}", last_read_message_index=None)).row
    assert (row["unread_messages_count"], row["last_read_message_index"]) == (None, None)


async def test_the_level_takes_the_permission_and_the_horizon_none(api: AccountClient, alice: Caller) -> None:
    sid = str((await api.made("/Conversations"))["sid"])
    sending = await role(api, RoleType.CONVERSATION, [Permission.SEND_MESSAGE])
    await api.made(f"/Conversations/{sid}/Participants", Identity="alice", RoleSid=sending)
    assert (await alice.post(f"/MyConversations/{sid}", notification_level="muted")).refusal == NOT_PERMITTED
    assert (await alice.post(f"/MyConversations/{sid}", last_read_message_index=0)).status == 200
    other = await joined(api, "alice")
    assert (await alice.post(f"/MyConversations/{other}", notification_level="muted")).status == 200
    assert (await alice.post(f"/MyConversations/{other}", notification_level="loud")).refusal == (400, 50210)
    assert (await alice.get(f"/Conversations/{other}")).row["notification_level"] == "muted"


@pytest.mark.parametrize("wrong", ["x", -1, 1.5, True, [1], {"a": 1}, 2**64, "1e3"])
async def test_what_is_no_index_is_refused(api: AccountClient, alice: Caller, wrong: object) -> None:
    sid = await joined(api, "alice")
    answer = await alice.post(f"/MyConversations/{sid}", last_read_message_index=wrong)
    assert answer.refusal in ((400, 50421), (400, 20001))
    strange = await joined(api, "bob")
    assert (await alice.post(f"/MyConversations/{strange}", last_read_message_index=wrong)).refusal == NOT_A_MEMBER


async def test_of_conversations_of_others_no_horizon_is_moved(api: AccountClient, alice: Caller) -> None:
    strange = await joined(api, "bob", UniqueName="theirs")
    for reference in (strange, "theirs"):
        assert (await alice.post(f"/MyConversations/{reference}", last_read_message_index=0)).refusal == NOT_A_MEMBER
    mine = await alice.made("/Conversations")
    assert (await alice.post(f"/MyConversations/{mine['sid']}", last_read_message_index=0)).status == 403
