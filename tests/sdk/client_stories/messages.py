"""Messages: listing, sending, changing, reading, receipts."""

import json
from typing import Any

from parlour.core.permissions import Permission
from parlour.resources.receipts.model import Status
from parlour.resources.roles.model import RoleType
from tests.end_users import role
from tests.receipts import record, somebody
from tests.sdk.client_stories.expect import refused, update_of
from tests.sdk.stage import Stage

TEXT = 'Grüße, "quoted" \\ and\r\nlines\n\ttabs, 漢字, 👩‍👩‍👧, \u2028 and 0 bytes: \u0001'


def indexes(page: Any) -> list[int]:
    return [each.index for each in page.items]


async def pages_backwards_and_forwards(stage: Stage) -> None:
    room = await stage.room("alice")
    await stage.post(room, *map(str, range(45)))
    conversation = await (await stage.log_in("alice")).getConversationBySid(room["sid"])
    last = await conversation.getMessages(30)
    assert indexes(last) == list(range(15, 45))
    assert (last.hasPrevPage, last.hasNextPage) == (True, False)
    first = await last.prevPage()
    assert indexes(first) == list(range(15))
    assert (first.hasPrevPage, first.hasNextPage) == (False, True)
    assert indexes(await first.nextPage()) == list(range(15, 45))

    begin = await conversation.getMessages(20, 0, "forward")
    pages = [begin]
    while pages[-1].hasNextPage:
        pages.append(await pages[-1].nextPage())
    assert [index for page in pages for index in indexes(page)] == list(range(45))
    assert indexes(await conversation.getMessages(3, 20, "forward")) == [20, 21, 22]
    assert indexes(await conversation.getMessages(3, 20, "backwards")) == [18, 19, 20]
    assert indexes(await conversation.getMessages(1)) == [44]


async def sends(stage: Stage) -> None:
    room = await stage.room("alice", "bob")
    alice, bob = await stage.log_in("alice"), await stage.log_in("bob")
    of_alice, of_bob = [await each.getConversationBySid(room["sid"]) for each in (alice, bob)]
    await of_bob.listen()
    assert await of_alice.sendMessage(TEXT, {"k": [1, None, "ü"], "deep": {"er": True}}) == 0
    told = await bob.event("messageAdded")
    assert (await of_bob.event("messageAdded")) == told
    assert (told.body, told.author, told.index, told.type) == (TEXT, "alice", 0, "text")
    assert told.attributes == {"k": [1, None, "ü"], "deep": {"er": True}}
    assert (told.subject, told.media, told.aggregatedDeliveryReceipt) == (None, None, None)
    assert not told.attachedMedia
    (row,) = await stage.api.listed(f"/Conversations/{room['sid']}/Messages")
    assert (row["body"], row["author"], row["sid"]) == (TEXT, "alice", told.sid)
    assert json.loads(row["attributes"]) == told.attributes
    sender = await told.getParticipant()
    assert (sender.identity, sender.sid) == ("alice", told.participantSid)
    assert told.lastUpdatedBy is None
    assert told.dateCreated <= told.dateUpdated
    own = await alice.event("messageAdded")
    assert (own.sid, own.body) == (told.sid, TEXT)
    assert (await of_bob.becomes(lambda one: one.lastMessage is not None)).lastMessage["index"] == 0
    assert await of_bob.sendMessage("second") == 1
    assert (await alice.event("messageAdded")).author == "bob"
    assert [each.body for each in (await of_alice.getMessages()).items] == [TEXT, "second"]
    assert alice.told("messageAdded") == []


async def builds(stage: Stage) -> None:
    room = await stage.room("alice", "bob")
    alice, bob = await stage.log_in("alice"), await stage.log_in("bob")
    conversation = await alice.getConversationBySid(room["sid"])
    index = await conversation.chain(
        ("prepareMessage",),
        ("setBody", "built"),
        ("setSubject", "the subject"),
        ("setAttributes", {"built": True}),
        ("build",),
        ("send",),
    )
    assert index == 0
    told = await bob.event("messageAdded")
    assert (told.body, told.subject, told.attributes) == ("built", "the subject", {"built": True})
    if stage.sdk.release != "2.0.1":
        assert await conversation.chain(("prepareMessage",), ("setBody", "at once"), ("buildAndSend",)) == 1
        assert (await bob.event("messageAdded")).body == "at once"


async def changes_and_removes(stage: Stage) -> None:
    room = await stage.room("alice", "bob")
    alice, bob = await stage.log_in("alice"), await stage.log_in("bob")
    of_alice, of_bob = [await each.getConversationBySid(room["sid"]) for each in (alice, bob)]
    await of_alice.sendMessage("first")
    await of_alice.sendMessage("second")
    own = [await alice.event("messageAdded") for _ in range(2)]
    seen = [await (await bob.event("messageAdded")).listen() for _ in range(2)]
    await own[0].updateBody("edited ✎")
    told = await bob.event("messageUpdated", update_of("body"))
    assert (told["message"], told["message"].body) == (seen[0], "edited ✎")
    assert (told["message"].lastUpdatedBy, told["message"].author) == ("alice", "alice")
    await seen[0].event("updated", update_of("body"))
    await own[0].updateAttributes({"pinned": True})
    assert (await bob.event("messageUpdated", update_of("attributes")))["message"].attributes == {"pinned": True}
    assert (await refused(seen[0].updateBody("not his"))) == (403, 50107)
    assert (await refused(seen[0].remove())) == (403, 50107)
    await of_bob.becomes(lambda one: one.lastMessage["index"] == 1)
    await own[1].remove()
    assert (await bob.event("messageRemoved")).sid == own[1].sid
    assert (await alice.event("messageRemoved")).sid == own[1].sid
    await of_bob.becomes(lambda one: one.lastMessage["index"] == 0)
    await own[0].remove()
    await bob.event("messageRemoved")
    await of_bob.becomes(lambda one: not one.lastMessage)
    assert (await of_bob.getMessages()).items == []
    assert await of_alice.sendMessage("third") == 2


async def receives_from_rest(stage: Stage) -> None:
    room = await stage.room("alice")
    alice = await stage.log_in("alice")
    conversation = await alice.getConversationBySid(room["sid"])
    (row,) = await stage.post(room, TEXT, Author="the desk", Attributes='{"a": "ü"}', Subject="news")
    told = await (await alice.event("messageAdded")).listen()
    assert (told.sid, told.body, told.author, told.subject) == (row["sid"], TEXT, "the desk", "news")
    assert (told.attributes, told.participantSid) == ({"a": "ü"}, None)
    path = f"/Conversations/{room['sid']}/Messages/{row['sid']}"
    await stage.api.post(path, Body="", Attributes="{}")
    update = await told.event("updated", update_of("body"))
    assert (update["message"].body, update["message"].attributes) == ("", {})
    assert "attributes" in update["updateReasons"]
    await stage.api.post(path, Author="somebody else")
    assert (await told.event("updated", update_of("author")))["message"].author == "somebody else"
    await stage.api.delete(path)
    assert (await alice.event("messageRemoved")).index == 0
    await stage.post(room, *map(str, range(30)))
    assert [(await alice.event("messageAdded")).body for _ in range(30)] == [*map(str, range(30))]
    assert indexes(await conversation.getMessages(50)) == list(range(1, 31))


async def reads_and_counts(stage: Stage) -> None:
    room = await stage.room("alice", "bob")
    await stage.post(room, *map(str, range(5)))
    alice, bob = await stage.log_in("alice"), await stage.log_in("bob")
    of_alice, of_bob = [await each.getConversationBySid(room["sid"]) for each in (alice, bob)]
    await of_bob.getParticipants()
    assert await of_alice.getUnreadMessagesCount() is None
    assert await of_alice.updateLastReadMessageIndex(1) == 3
    told = await alice.event("conversationUpdated", update_of("lastReadMessageIndex"))
    assert told["conversation"].lastReadMessageIndex == 1
    seen = await bob.event("participantUpdated", update_of("lastReadMessageIndex"))
    assert (seen["participant"].identity, seen["participant"].lastReadMessageIndex) == ("alice", 1)
    assert seen["participant"].lastReadTimestamp is not None
    assert await of_alice.getUnreadMessagesCount() == 3
    assert await of_alice.advanceLastReadMessageIndex(2) == 2
    await of_alice.becomes(lambda one: one.lastReadMessageIndex == 2)
    assert await of_alice.advanceLastReadMessageIndex(0) == 2
    assert await of_alice.setAllMessagesRead() == 0
    await of_alice.becomes(lambda one: one.lastReadMessageIndex == 4)
    await stage.post(room, "one more")
    await alice.event("messageAdded")
    assert await of_alice.getUnreadMessagesCount() == 1
    (row,) = await stage.api.listed("/Users/alice/Conversations")
    assert (row["unread_messages_count"], row["last_read_message_index"]) == (1, 4)
    await of_alice.setAllMessagesUnread()
    await of_alice.becomes(lambda one: one.lastReadMessageIndex is None)
    await stage.api.post(f"/Users/alice/Conversations/{room['sid']}", LastReadMessageIndex=3)
    await of_alice.becomes(lambda one: one.lastReadMessageIndex == 3)


async def receipts_arrive(stage: Stage) -> None:
    room = await stage.room("alice")
    alice = await stage.log_in("alice")
    (row,) = await stage.post(room, "to a phone")
    message = await (await alice.event("messageAdded")).listen()
    assert message.aggregatedDeliveryReceipt is None
    recipients = [somebody(), somebody()]
    for recipient in recipients:
        await record(stage.api, row, recipient, Status.SENT)
    await record(stage.api, row, recipients[0], Status.DELIVERED)
    await record(stage.api, row, recipients[1], Status.FAILED, error_code=30003)
    told = await alice.event("messageUpdated", lambda one: one["message"].aggregatedDeliveryReceipt.failed == "some")
    assert "deliveryReceipt" in told["updateReasons"]
    receipt = told["message"].aggregatedDeliveryReceipt
    assert (receipt.total, receipt.sent, receipt.delivered) == (2, "some", "some")
    assert (receipt.read, receipt.undelivered, receipt.failed) == ("none", "none", "some")
    details = {each.participantSid: each for each in await message.getDetailedDeliveryReceipts()}
    assert set(details) == set(recipients)
    good, bad = (details[recipient] for recipient in recipients)
    assert (good.status, bad.status) == ("delivered", "failed")
    assert (int(good.errorCode), int(bad.errorCode)) == (0, 30003)
    assert (good.messageSid, good.conversationSid) == (row["sid"], room["sid"])


async def asks_what_channels_know(stage: Stage) -> None:
    room = await stage.room("alice")
    await stage.post(room, "hello")
    alice = await stage.log_in("alice")
    conversation = await alice.getConversationBySid(room["sid"])
    (message,) = (await conversation.getMessages()).items
    if stage.sdk.release != "2.0.1":
        assert await alice.getContentTemplates() == []
        assert await message.getChannelMetadata() is None
        assert message.contentSid is None
        assert not await message.getMediaByCategory(["media"])
        assert not await message.getMediaByCategories(["media"])
        assert (await message.getEmailBody(), await message.getEmailHistory()) == (None, None)
    if stage.sdk.release not in ("2.0.1", "2.4.1"):
        assert await message.getMessageRecipients() == []
        page = await conversation.getMessageRecipients()
        assert (page.items, page.hasNextPage, page.hasPrevPage) == ([], False, False)


async def may_not(stage: Stage) -> None:
    room = await stage.room("bob")
    mute = await role(stage.api, RoleType.CONVERSATION, [Permission.LEAVE_CONVERSATION])
    place = f"/Conversations/{room['sid']}/Participants"
    await stage.api.made(place, Identity="alice", RoleSid=mute)
    alice = await stage.log_in("alice")
    conversation = await alice.getConversationBySid(room["sid"])
    assert (await refused(conversation.sendMessage("no"))) == (403, 50107)
    assert (await refused(conversation.setUserNotificationLevel("muted"))) == (403, 50107)
    await stage.api.post(f"/Roles/{mute}", Permission=["sendMessage", "leaveConversation"])
    assert await conversation.sendMessage("now she may") == 0
    assert (await refused(conversation.sendMessage("x" * 40000)))[0] == 400
