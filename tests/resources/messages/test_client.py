"""Messages as client SDKs call them, and what belongs to messages."""

import pytest

from tests.account_client import NOT_FOUND, AccountClient
from tests.client_calls import NOT_A_MEMBER, NOT_PERMITTED, Caller, caller, in_seconds

MEDIA = f"ME{1:032x}"
NO_NEIGHBOURS = {"previous_token": None, "next_token": None}


class Room:
    """Alice and Bob in a conversation, Zoe outside it."""

    def __init__(self, api: AccountClient, sid: str, alice: Caller, bob: Caller, zoe: Caller) -> None:
        self.api, self.sid, self.alice, self.bob, self.zoe = api, sid, alice, bob, zoe
        self.path = f"/Conversations/{sid}/Messages"

    async def over_rest(self, message: str) -> dict[str, object]:
        return (await self.api.get(f"{self.path}/{message}")).row


@pytest.fixture
async def room(api: AccountClient) -> Room:
    alice, bob, zoe = [await caller(api, identity) for identity in ("alice", "bob", "zoe")]
    sid = (await api.made("/Conversations", UniqueName="room"))["sid"]
    for identity in ("alice", "bob"):
        await api.made(f"/Conversations/{sid}/Participants", Identity=identity)
    return Room(api, sid, alice, bob, zoe)


async def test_what_is_sent_is_the_senders_and_numbered(room: Room) -> None:
    first = await room.alice.made(room.path, body="hello", attributes='{"a":1}', subject="greeting", author="bob")
    second = await room.bob.made("/Conversations/room/Messages", body="", attributes="{}", media_sids=[])
    assert (first["index"], second["index"]) == (0, 1)
    assert (first["author"], first["body"], first["attributes"]) == ("alice", "hello", '{"a":1}')
    shown = await room.over_rest(first["sid"])
    assert {name: shown[name] for name in first} == in_seconds(first, first)
    assert (await room.over_rest(second["sid"]))["body"] == ""


@pytest.mark.parametrize(
    ("document", "refusal"),
    [
        ({}, (400, 50503)),
        ({"body": None, "subject": None}, None),
        ({"body": 5}, None),
        ({"body": "x" * (32 * 1024 + 1)}, (400, 50504)),
        ({"body": ["x"]}, (400, 20001)),
        ({"body": "a\0b"}, (400, 20001)),
        ({"body": "\ud800"}, (400, 20001)),
        ({"body": "x", "attributes": {"a": 1}}, (400, 20001)),
        ({"body": "x", "attributes": "{"}, (400, 50304)),
        ({"body": "x", "content_sid": f"HX{1:032x}", "content_variables": "{}"}, (400, 50526)),
        ({"media_sids": [MEDIA]}, (404, 50507)),
        ({"body": "x", "media_sids": ["cat.jpg"]}, (400, 50510)),
        ({"body": "x", "media_sids": [None]}, (400, 50510)),
        ({"body": "x", "media_sids": {"a": 1}}, (400, 20001)),
    ],
)
async def test_a_document_is_taken_or_refused(
    room: Room, document: dict[str, object], refusal: tuple[int, int] | None
) -> None:
    answer = await room.alice.post(room.path, **document)
    assert (answer.refusal if refusal else answer.status) == (refusal or 201)
    assert (await room.zoe.post(room.path, **document)).refusal == NOT_A_MEMBER


async def test_who_sends_must_take_part_even_after_making_the_conversation(room: Room) -> None:
    made = await room.zoe.made("/Conversations")
    assert (await room.zoe.post(f"/Conversations/{made['sid']}/Messages", body="x")).refusal == NOT_A_MEMBER
    assert (await room.zoe.post(f"/Conversations/CH{1:032x}/Messages", body="x")).refusal == NOT_FOUND


async def test_an_edit_names_its_editor_and_moves_the_date(room: Room) -> None:
    sid = (await room.alice.made(room.path, body="hello"))["sid"]
    edited = (await room.alice.post(f"{room.path}/{sid}", body="hello!")).row
    assert (edited["body"], edited["author"]) == ("hello!", "alice")
    assert (await room.alice.post(f"{room.path}/{sid}", attributes='{"b":2}')).row["attributes"] == '{"b":2}'
    assert (await room.bob.post(f"{room.path}/{sid}", body="mine now")).refusal == NOT_PERMITTED
    assert (await room.alice.post(f"{room.path}/{sid}", author="bob")).refusal == NOT_PERMITTED
    assert (await room.zoe.post(f"{room.path}/{sid}", body="x")).refusal == NOT_A_MEMBER
    assert (await room.alice.post(f"{room.path}/IM{1:032x}", body="x")).refusal == NOT_FOUND


async def test_a_message_is_deleted_by_its_author_only(room: Room) -> None:
    sid = (await room.alice.made(room.path, body="hello"))["sid"]
    assert (await room.bob.delete(f"{room.path}/{sid}")).refusal == NOT_PERMITTED
    assert (await room.alice.delete(f"{room.path}/{sid}")).status == 204
    assert (await room.alice.delete(f"{room.path}/{sid}")).refusal == NOT_FOUND


async def test_no_message_has_metadata_of_a_channel(room: Room) -> None:
    sid = (await room.alice.made(room.path, body="hello"))["sid"]
    assert (await room.bob.get(f"{room.path}/{sid}/ChannelMetadata")).refusal == (404, 50530)
    assert (await room.bob.get(f"{room.path}/IM{1:032x}/ChannelMetadata")).refusal == NOT_FOUND
    assert (await room.zoe.get(f"{room.path}/{sid}/ChannelMetadata")).refusal == NOT_A_MEMBER


async def test_no_message_has_recipients_by_name(room: Room) -> None:
    sid = (await room.alice.made(room.path, body="hello"))["sid"]
    path = f"/Conversations/{room.sid}/MessageRecipients"
    for query in ({}, {"MessageSid": sid}, {"MessageSid": sid, "PageSize": 100}):
        assert (await room.bob.get(path, **query)).row == {"message_recipients": [], "meta": NO_NEIGHBOURS}
    assert (await room.bob.get(path, MessageSid=f"IM{1:032x}")).refusal == NOT_FOUND
    assert (await room.zoe.get(path)).refusal == NOT_A_MEMBER


async def test_there_are_no_content_templates(room: Room) -> None:
    answer = await room.zoe.get("/ContentTemplates", PageSize=100)
    assert answer.row == {"templates": [], "meta": NO_NEIGHBOURS}
