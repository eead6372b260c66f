"""Conversations and who takes part in them."""

from datetime import UTC, datetime

import pytest

from tests.sdk.client_process import Thrown
from tests.sdk.client_stories.expect import named, refused, update_of
from tests.sdk.stage import Stage


async def lists_and_finds(stage: Stage) -> None:
    made = [await stage.room("alice", FriendlyName=f"room {number}") for number in range(3)]
    await stage.room("bob", UniqueName="not-hers")
    named_room = await stage.room("alice", UniqueName="front-desk", Attributes='{"floor": 1, "ü": ["x"]}')
    await stage.post(named_room, "first", "second")
    alice = await stage.log_in("alice")
    page = await alice.getSubscribedConversations()
    assert {each.sid for each in page.items} == {each["sid"] for each in [*made, named_room]}
    assert page.hasNextPage is False
    found = await alice.getConversationByUniqueName("front-desk")
    assert found == await alice.getConversationBySid(named_room["sid"])
    assert (found.sid, found.uniqueName, found.friendlyName) == (named_room["sid"], "front-desk", None)
    assert found.attributes == await found.getAttributes() == {"floor": 1, "ü": ["x"]}
    assert (found.status, found.createdBy, found.state["current"]) == ("joined", "system", "active")
    assert found.lastMessage["index"] == 1
    assert (found.notificationLevel, found.lastReadMessageIndex) == ("default", None)
    assert abs(found.dateCreated - datetime.fromisoformat(named_room["date_created"])).total_seconds() < 1
    assert found.lastMessage["dateCreated"] > datetime(2024, 1, 1, tzinfo=UTC)
    assert found.limits["mediaAttachmentsCountLimit"] > 0
    assert (await found.getParticipantsCount(), await found.getMessagesCount()) == (1, 2)

    assert (await refused(alice.getConversationByUniqueName("nothing"))) == (404, 20404)
    assert (await refused(alice.getConversationBySid(f"CH{'0' * 32}")))[0] == 404
    other = (await stage.api.get("/Conversations/not-hers")).row["sid"]
    assert (await refused(alice.getConversationBySid(other)))[0] == 403
    if stage.sdk.release != "2.0.1":
        assert (await alice.peekConversationBySid(named_room["sid"])).sid == found.sid
        assert found.bindings == {}
        assert (await refused(alice.peekConversationBySid(other))) == (403, 50430)


async def creates_changes_and_deletes(stage: Stage) -> None:
    alice, bob = await stage.log_in("alice"), await stage.log_in("bob")
    made = await alice.createConversation({"friendlyName": "Reise ✈", "uniqueName": "trip", "attributes": {"a": 1}})
    assert (made.friendlyName, made.uniqueName, made.attributes) == ("Reise ✈", "trip", {"a": 1})
    assert (made.createdBy, made.status) == ("alice", "notParticipating")
    row = (await stage.api.get("/Conversations/trip")).row
    assert (row["sid"], row["friendly_name"]) == (made.sid, "Reise ✈")
    made = await made.join()
    await alice.event("conversationJoined", named(sid=made.sid))
    assert (await made.now()).status == "joined"
    await made.add("bob", {"role": "guest"})
    of_bob = await (await bob.event("conversationJoined", named(sid=made.sid))).listen()

    await made.updateFriendlyName("Trip")
    told = await of_bob.event("updated", update_of("friendlyName"))
    assert told["conversation"].friendlyName == "Trip"
    await bob.event("conversationUpdated", update_of("friendlyName"))
    await made.updateAttributes({"a": 2, "text": "line\nbreak ✓"})
    await of_bob.event("updated", update_of("attributes"))
    assert (await of_bob.now()).attributes == {"a": 2, "text": "line\nbreak ✓"}
    await made.updateUniqueName("journey")
    await of_bob.event("updated", update_of("uniqueName"))
    assert (await stage.api.get("/Conversations/journey")).row["sid"] == made.sid
    await made.updateUniqueName(None)
    await of_bob.event("updated", lambda told: told["conversation"].uniqueName is None)
    assert (await stage.api.get("/Conversations/journey")).refusal == (404, 20404)
    assert (await refused(of_bob.updateFriendlyName("not his"))) == (403, 50107)
    assert (await refused(of_bob.delete())) == (403, 50107)

    await made.delete()
    for client in (alice, bob):
        assert (await client.event("conversationLeft")).sid == made.sid
        assert (await client.event("conversationRemoved")).sid == made.sid
    assert (await of_bob.event("removed")).sid == made.sid
    assert (await stage.api.get(f"/Conversations/{made.sid}")).refusal == (404, 20404)


async def is_added_and_removed(stage: Stage) -> None:
    room = await stage.room("bob")
    await stage.post(room, "before")
    alice = await stage.log_in("alice")
    place = f"/Conversations/{room['sid']}/Participants"
    added = await stage.api.made(place, Identity="alice")
    assert (await alice.event("conversationAdded")).sid == room["sid"]
    conversation = await (await alice.event("conversationJoined")).listen()
    await conversation.getParticipants()
    assert [each.body for each in (await conversation.getMessages()).items] == ["before"]
    await stage.post(room, "live")
    assert (await alice.event("messageAdded")).body == "live"

    await stage.api.delete(f"{place}/{added['sid']}")
    assert (await alice.event("conversationLeft")).sid == room["sid"]
    assert (await alice.event("conversationRemoved")).sid == room["sid"]
    assert (await conversation.now()).status == "notParticipating"
    assert (await refused(alice.getConversationBySid(room["sid"])))[0] == 403
    assert (await refused(conversation.sendMessage("from outside")))[0] == 403
    await stage.post(room, "not for her")

    await stage.api.made(place, Identity="alice")
    again = await alice.event("conversationJoined")
    assert [each.body for each in (await again.getMessages()).items] == ["before", "live", "not for her"]
    await stage.post(room, "live again")
    assert (await alice.event("messageAdded")).body == "live again"


async def joins_adds_and_leaves(stage: Stage) -> None:
    alice, bob = await stage.log_in("alice"), await stage.log_in("bob")
    made = await (await alice.createConversation({"friendlyName": "team"})).join()
    await made.listen()
    people = await made.getParticipants()
    assert [each.identity for each in people] == ["alice"]
    roles = {each["sid"]: each["friendly_name"] for each in await stage.api.listed("/Roles")}
    assert roles[people[0].roleSid] == "channel admin"

    added = await made.add("bob", {"seat": 2})
    if added is not None:
        assert added["identity"] == "bob"
    assert (await alice.event("participantJoined")).identity == "bob"
    joined = await made.event("participantJoined")
    assert (joined.attributes, joined.type, joined.isTyping) == ({"seat": 2}, "chat", False)
    assert roles[joined.roleSid] == "channel user"
    of_bob = await bob.event("conversationJoined")
    await of_bob.getParticipants()
    await made.addNonChatParticipant("+15551230002", "+15551230001", {"phone": True})
    phone = await alice.event("participantJoined")
    assert (phone.identity, phone.type, phone.attributes) == (None, "sms", {"phone": True})
    with pytest.raises(Thrown):
        await phone.getUser()
    assert (await refused(made.add("bob"))) == (409, 50433)
    assert (await refused(of_bob.add("carol"))) == (403, 50107)
    assert (await made.getParticipantsCount()) == 3
    assert (await made.getParticipantBySid(joined.sid)) == joined
    assert (await (await made.getParticipantByIdentity("bob")).getUser()).identity == "bob"

    await of_bob.leave()
    assert (await alice.event("participantLeft")).identity == "bob"
    assert (await bob.event("conversationLeft")).sid == made.sid
    await made.add("bob")
    await (await bob.event("conversationJoined")).getParticipants()  # until then the SDK is still loading it
    again = await alice.event("participantJoined")
    await again.remove()
    assert (await made.event("participantLeft", lambda one: one.sid == again.sid)).identity == "bob"
    await bob.event("conversationLeft")
    await made.add("carol")
    await alice.event("participantJoined", named(identity="carol"))
    await made.removeParticipant("carol")
    await alice.event("participantLeft", named(identity="carol"))
    await made.removeParticipant(phone)
    await alice.event("participantLeft", named(sid=phone.sid))
    assert [each.identity for each in await made.getParticipants()] == ["alice"]


async def changes_over_rest_show(stage: Stage) -> None:
    room = await stage.room("alice")
    alice = await stage.log_in("alice")
    conversation = await (await alice.getConversationBySid(room["sid"])).listen()
    path = f"/Conversations/{room['sid']}"
    await stage.api.post(path, FriendlyName="over REST", UniqueName="rest", Attributes='{"x": [1]}')
    told = await conversation.event("updated", update_of("friendlyName"))
    assert {"friendlyName", "uniqueName", "attributes"} <= set(told["updateReasons"])
    now = told["conversation"]
    assert (now.friendlyName, now.uniqueName, now.attributes) == ("over REST", "rest", {"x": [1]})
    assert now.dateUpdated >= now.dateCreated
    for state in ("inactive", "active", "closed"):
        await stage.api.post(path, State=state)
        told = await alice.event("conversationUpdated", update_of("state"))
        assert told["conversation"].state["current"] == state
    assert (await refused(conversation.sendMessage("too late")))[0] in (400, 403)
    await stage.api.delete(path)
    assert (await conversation.event("removed")).sid == room["sid"]
    await alice.event("conversationLeft")


async def participants_change(stage: Stage) -> None:
    room = await stage.room("alice", "bob")
    alice, bob = await stage.log_in("alice"), await stage.log_in("bob")
    of_alice, of_bob = [await each.getConversationBySid(room["sid"]) for each in (alice, bob)]
    await of_alice.getParticipants()
    seen = await (await of_alice.getParticipantByIdentity("bob")).listen()
    assert seen.dateCreated <= seen.dateUpdated
    if stage.sdk.release != "2.0.1":
        assert seen.bindings == {}
    me = next(each for each in await of_bob.getParticipants() if each.identity == "bob")
    await me.updateAttributes({"mood": "☀"})
    told = await alice.event("participantUpdated", update_of("attributes"))
    assert (told["participant"], told["participant"].attributes) == (seen, {"mood": "☀"})
    await seen.event("updated", update_of("attributes"))
    assert (await refused(seen.updateAttributes({"not": "hers"}))) == (403, 50107)
    (admin,) = [each for each in await stage.api.listed("/Roles") if each["friendly_name"] == "channel admin"]
    path = f"/Conversations/{room['sid']}/Participants/{seen.sid}"
    await stage.api.post(path, RoleSid=admin["sid"])
    told = await alice.event("participantUpdated", update_of("roleSid"))
    assert told["participant"].roleSid == admin["sid"]
    await (await of_bob.getParticipantByIdentity("alice")).updateAttributes({"by": "an admin"})
    told = await alice.event("participantUpdated", update_of("attributes"))
    assert (told["participant"].identity, told["participant"].attributes) == ("alice", {"by": "an admin"})


async def is_silenced(stage: Stage) -> None:
    room = await stage.room("alice", "bob")
    alice = await stage.log_in("alice")
    conversation = await alice.getConversationBySid(room["sid"])
    await conversation.setUserNotificationLevel("muted")
    told = await alice.event("conversationUpdated", update_of("notificationLevel"))
    assert told["conversation"].notificationLevel == "muted"
    (row,) = await stage.api.listed("/Users/alice/Conversations")
    assert row["notification_level"] == "muted"
    if stage.sdk.release != "2.0.1":
        await alice.peekConversationBySid(room["sid"])
    await stage.api.post(f"/Users/alice/Conversations/{room['sid']}", NotificationLevel="default")
    told = await alice.event("conversationUpdated", update_of("notificationLevel"))
    assert told["conversation"].notificationLevel == "default"
