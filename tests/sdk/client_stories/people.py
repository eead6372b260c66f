"""Who is there: logging in, users, presence, devices, typing."""

import json

from tests.sdk.client_stories.expect import named, refused
from tests.sdk.stage import Stage


async def logs_in(stage: Stage) -> None:
    client = await stage.log_in("alice@example.com/ü %")
    assert client.connectionState == "connected"
    assert client.reachabilityEnabled is False
    assert client.version == stage.sdk.release
    user = client.user
    assert (user.identity, user.friendlyName, user.attributes) == ("alice@example.com/ü %", None, {})
    assert user.isSubscribed is True
    assert client.token.count(".") == 2
    assert [each["identity"] for each in await stage.api.listed("/Users")] == ["alice@example.com/ü %"]
    page = await client.getSubscribedConversations()
    assert (page.items, page.hasNextPage, page.hasPrevPage) == ([], False, False)

    token = await stage.token("bob")
    options = {"Twilsock": {"uri": stage.uri}, "logLevel": "silent"}
    other = await stage.sdk.ask("call_class", name="create", given=[token, options])
    stage.clients.append(other)
    assert other.user.identity == "bob"
    await other.getSubscribedConversations()


async def users_change(stage: Stage) -> None:
    await stage.room("alice", "bob")
    await stage.api.post("/Users/bob", FriendlyName="Bob", Attributes='{"floor": 1}')
    alice, bob = await stage.log_in("alice"), await stage.log_in("bob")
    assert (await refused(alice.getUser("nobody"))) == (404, 20404)
    seen = await alice.getUser("bob")
    assert (seen.identity, seen.friendlyName, seen.attributes) == ("bob", "Bob", {"floor": 1})
    assert (seen.isOnline, seen.isNotifiable) == (None, None)

    await seen.listen()
    me = bob.user
    await me.updateFriendlyName("Bóbby")
    for teller, event in ((alice, "userUpdated"), (seen, "updated"), (bob, "userUpdated")):
        told = await teller.event(event, lambda told: told["user"].friendlyName == "Bóbby")
        assert told["updateReasons"] == ["friendlyName"]
    assert (await stage.api.get("/Users/bob")).row["friendly_name"] == "Bóbby"
    await me.updateAttributes({"floor": 2, "ü": [None, True]})
    attributes = {"floor": 2, "ü": [None, True]}
    told = await alice.event("userUpdated", lambda told: told["user"].attributes == attributes)
    assert "attributes" in told["updateReasons"]
    assert json.loads((await stage.api.get("/Users/bob")).row["attributes"]) == {"floor": 2, "ü": [None, True]}

    await stage.api.post("/Users/bob", FriendlyName="by REST")
    await alice.event("userUpdated", lambda told: told["user"].friendlyName == "by REST")
    assert (await refused(seen.updateFriendlyName("not-hers"))) == (403, 50107)


async def users_are_watched_and_let_go(stage: Stage) -> None:
    for identity in ("bob", "carol"):
        await stage.api.made("/Users", Identity=identity)
    alice = await stage.log_in("alice", userInfosToSubscribeOverride=2)
    bob = await alice.getUser("bob")
    await alice.event("userSubscribed", lambda user: user.identity == "bob")
    assert "bob" in [user.identity for user in await alice.getSubscribedUsers()]
    await bob.unsubscribe()
    assert (await alice.event("userUnsubscribed")).identity == "bob"
    assert (await bob.now()).isSubscribed is False
    carol = await alice.getUser("carol")
    await alice.event("userSubscribed", lambda user: user.identity == "carol")
    await stage.api.post("/Users/bob", FriendlyName="unseen")
    await stage.api.post("/Users/carol", FriendlyName="seen")
    assert (await alice.event("userUpdated"))["user"] == carol


async def online_and_offline(stage: Stage) -> None:
    await stage.room("alice", "bob")
    await stage.api.post(f"/v1/Services/{stage.api.service}/Configuration", ReachabilityEnabled=True)
    alice = await stage.log_in("alice")
    assert alice.reachabilityEnabled is True
    bob = await alice.getUser("bob")
    assert (bob.isOnline, bob.isNotifiable) == (False, False)
    there = await stage.log_in("bob")
    await bob.becomes(lambda user: user.isOnline is True)
    assert (await there.user.becomes(lambda user: user.isOnline is True)).identity == "bob"
    stage.clients.remove(there)
    await there.shutdown()
    await bob.becomes(lambda user: user.isOnline is False)


async def devices_register(stage: Stage) -> None:
    credential = (await stage.api.made("/v1/Credentials", Type="fcm", Secret="a secret"))["sid"]
    chat = {"service_sid": stage.api.service, "push_credential_sid": credential}
    token = await stage.token("alice", grants={"identity": "alice", "chat": chat})
    alice = await stage.log_in("alice", token=token)
    path = f"/v1/Services/{stage.api.service}/Bindings"
    await alice.setPushRegistrationId("fcm", "device-1")
    rows = await stage.registered(1)
    assert (rows[0]["identity"], rows[0]["binding_type"], rows[0]["credential_sid"]) == ("alice", "fcm", credential)
    await alice.setPushRegistrationId("fcm", "device-2")
    await alice.unsetPushRegistrationId("fcm")
    await stage.registered(0)
    await alice.setPushRegistrationId("fcm", "device-3")
    await stage.registered(1)
    await alice.removePushRegistrations("fcm", "device-3")
    assert await stage.api.listed(path) == []

    text = {"twi_message_type": "twilio.conversations.new_message", "twi_title": "Alice", "conversation_sid": "CH1"}
    push = {"data": {**text, "twi_body": "hello", "message_index": "7"}}
    parsed = await stage.sdk.ask("call_class", name="parsePushNotification", given=[push])
    assert (parsed.title, parsed.body) == ("Alice", "hello")
    await alice.handlePushNotification(push)
    assert (await alice.event("pushNotification")).title == "Alice"


async def typing(stage: Stage) -> None:
    room = await stage.room("alice", "bob")
    alice, bob = await stage.log_in("alice"), await stage.log_in("bob")
    of_alice, of_bob = [await each.getConversationBySid(room["sid"]) for each in (alice, bob)]
    for conversation in (of_alice, of_bob):
        await conversation.listen()
        await conversation.getParticipants()
    for sender, hearer in ((of_alice, bob), (of_bob, alice)):  # from then on both are subscribed
        await sender.sendMessage("are you there?")
        await hearer.event("messageAdded", named(author="alice" if hearer is bob else "bob"))
    seen = await (await of_bob.getParticipantByIdentity("alice")).listen()
    await of_alice.typing()
    assert (await bob.event("typingStarted")).identity == "alice"
    assert (await of_bob.event("typingStarted")).isTyping is True
    assert (await seen.event("typingStarted")) == seen
    await of_bob.typing()
    assert (await alice.event("typingStarted")).identity == "bob"
    await of_alice.sendMessage("here it is")
    for teller in (bob, of_bob, seen):
        assert (await teller.event("typingEnded")).identity == "alice"
    assert (await seen.now()).isTyping is False
    assert alice.told("typingEnded") == []


async def typing_ends_by_itself(stage: Stage) -> None:
    room = await stage.room("alice", "bob")
    alice, bob = await stage.log_in("alice"), await stage.log_in("bob")
    conversation = await alice.getConversationBySid(room["sid"])
    await stage.post(room, "hello")
    await bob.event("messageAdded")  # from then on he is subscribed
    await conversation.typing()
    assert (await bob.event("typingStarted")).identity == "alice"
    assert (await bob.event("typingEnded")).identity == "alice"
