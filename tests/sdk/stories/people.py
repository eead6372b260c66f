"""Who takes part: users, their devices and memberships."""

from tests.devices import register
from tests.sdk.library import Library, refusal


def users(client: Library) -> None:
    users = client.scope.users
    identity = "dana lee+1@example.com:é,%"
    user = users.create(identity=identity, friendly_name="Dana", attributes='{"a": 1}', x_twilio_webhook_enabled="true")
    assert (user.identity, user.friendly_name, user.attributes) == (identity, "Dana", '{"a": 1}')
    assert (user.is_online, user.is_notifiable) == (None, None)
    assert users(identity).fetch().sid == user.sid
    assert users(user.sid).update(friendly_name="Dana Lee").friendly_name == "Dana Lee"
    assert [each.sid for each in users.list()] == [user.sid]
    assert refusal(lambda: users.create(identity=identity)) == (
        409,
        50201,
        "User already exists",
    )
    assert users(identity).delete() is True
    assert users.list() == []


def bindings(client: Library) -> None:
    credential = client.v1.credentials.create(type="fcm", secret="a secret").sid
    of_dana = client.behind(register(client.api, "dana", "a device", credential, endpoint="dana-phone-1"))
    of_lee = client.behind(register(client.api, "lee", "another", credential, message_types=["new_message"]))
    bindings = client.v1.services(client.api.service).bindings
    binding = bindings(of_dana.sid).fetch()
    assert (binding.identity, binding.binding_type, binding.endpoint) == ("dana", "fcm", "dana-phone-1")
    assert (binding.credential_sid, binding.chat_service_sid) == (credential, client.api.service)
    assert [each.message_types for each in bindings.list(identity=["lee", "kim"])] == [["new_message"]]
    assert [each.sid for each in bindings.list(binding_type=["fcm", "gcm"])] == [of_dana.sid, of_lee.sid]
    assert bindings.list(binding_type=["apn"]) == []
    assert bindings(of_dana.sid).delete() is True
    assert [each.sid for each in bindings.list()] == [of_lee.sid]
    assert refusal(bindings(of_dana.sid).fetch)[:2] == (404, 20404)


def memberships(client: Library) -> None:
    conversation = client.scope.conversations.create(friendly_name="Order 8812", unique_name="order-8812")
    inside = client.scope.conversations(conversation.sid)
    participant = inside.participants.create(identity="dana")
    for number in range(3):
        inside.messages.create(body=str(number))
    (found,) = client.scope.participant_conversations.list(identity="dana")
    assert (found.conversation_sid, found.participant_sid) == (conversation.sid, participant.sid)
    assert (found.conversation_state, found.participant_identity) == ("active", "dana")

    of_dana = client.scope.users("dana").user_conversations
    (membership,) = of_dana.list()
    assert (membership.unread_messages_count, membership.last_read_message_index) == (None, None)
    assert membership.user_sid == found.participant_user_sid
    changed = of_dana("order-8812").update(last_read_message_index=0, notification_level="muted")
    assert (changed.unread_messages_count, changed.notification_level) == (2, "muted")
    assert of_dana(conversation.sid).fetch().unread_messages_count == 2
    assert of_dana(conversation.sid).delete() is True
    assert of_dana.list() == client.scope.participant_conversations.list(identity="dana") == []
