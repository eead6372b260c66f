"""What is done with the official libraries and must come out: a story per resource, told by each library in turn."""

import re
from datetime import UTC, datetime, timedelta

from parlour.resources.receipts.model import Status
from tests.receipts import record, somebody
from tests.sdk.library import Library, Story, refusal

# Nothing is asked of a row that was created or listed, since release 6 of the Node library cannot do that.

TOLD = datetime(2024, 2, 29, 12, 30, 15, tzinfo=UTC)


def services_and_configuration(client: Library) -> None:
    v1 = client.v1
    default = v1.configuration().fetch().default_chat_service_sid
    service = v1.services.create(friendly_name="A second one")
    assert service.friendly_name == "A second one"
    assert service.date_created.tzinfo is not None
    assert v1.services(service.sid).fetch().sid == service.sid
    assert [each.sid for each in v1.services.list()] == [default, service.sid]

    changed = v1.configuration().update(
        default_chat_service_sid=service.sid, default_inactive_timer="PT1H", default_closed_timer="P1D"
    )
    assert changed.default_chat_service_sid == service.sid
    assert (changed.default_inactive_timer, changed.default_closed_timer) == ("PT1H", "P1D")
    assert refusal(v1.services(service.sid).delete)[:2] == (400, 20001)
    v1.configuration().update(default_chat_service_sid=default)
    assert v1.services(service.sid).delete() is True
    assert refusal(v1.services(service.sid).fetch) == (
        404,
        20404,
        f"The requested resource /Services/{service.sid} was not found",
    )


def roles(client: Library) -> None:
    roles = client.scope.roles
    assert [each.friendly_name for each in roles.list()] == [
        "service admin",
        "service user",
        "channel admin",
        "channel user",
    ]
    role = roles.create(friendly_name="guest", type="conversation", permission=["sendMessage", "leaveConversation"])
    assert (role.type, role.permissions) == ("conversation", ["sendMessage", "leaveConversation"])
    assert roles(role.sid).update(permission=["editOwnMessage"]).permissions == ["editOwnMessage"]
    assert roles(role.sid).fetch().permissions == ["editOwnMessage"]
    assert roles(role.sid).delete() is True
    assert refusal(roles(role.sid).fetch)[:2] == (404, 20404)


def credentials(client: Library) -> None:
    credentials = client.v1.credentials
    credential = credentials.create(
        type="apn", friendly_name="iPhones", certificate="a certificate", private_key="a key", sandbox=True
    )
    assert (credential.type, credential.friendly_name, credential.sandbox) == ("apn", "iPhones", "True")
    changed = credentials(credential.sid).update(type="fcm", secret="a secret", api_key="a key", sandbox=False)
    assert (changed.type, changed.friendly_name, changed.sandbox) == ("fcm", "iPhones", "False")
    assert credentials(credential.sid).fetch().date_created == credential.date_created
    assert [each.sid for each in credentials.list()] == [credential.sid]
    assert credentials(credential.sid).delete() is True
    assert refusal(credentials(credential.sid).fetch)[:2] == (404, 20404)


def receipts(client: Library) -> None:
    conversation = client.scope.conversations(client.scope.conversations.create().sid)
    message = conversation.messages.create(body="Good morning")
    receipts = conversation.messages(message.sid).delivery_receipts
    assert receipts.list() == []
    row = {"sid": message.sid, "conversation_sid": message.conversation_sid}
    kept = client.behind(record(client.house, row, somebody(), Status.DELIVERED, channel_message_sid="SM1"))
    (receipt,) = receipts.list()
    assert (receipt.sid, receipt.status, receipt.error_code) == (kept.sid, "delivered", 0)
    assert (receipt.message_sid, receipt.channel_message_sid) == (message.sid, "SM1")
    assert receipts(receipt.sid).fetch().date_created == receipt.date_created
    assert conversation.messages(message.sid).fetch().delivery["delivered"] == "all"


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


def conversations(client: Library) -> None:
    conversations = client.scope.conversations
    made = conversations.create(
        friendly_name="Order 8812",
        unique_name="order 8812",
        attributes='{"topic":"refund"}',
        date_created=TOLD,
        date_updated=TOLD + timedelta(days=1),
        state="inactive",
        timers_closed="P1D",
        bindings_email_address="a@example.org",
        bindings_email_name="Desk",
        x_twilio_webhook_enabled="true",
    )
    assert (made.date_created, made.date_updated) == (TOLD, TOLD + timedelta(days=1))
    assert (made.state, list(made.timers)) == ("inactive", ["date_closed"])
    assert made.bindings == {"email": {"projected_address": "a@example.org", "name": "Desk"}}
    assert conversations("order 8812").fetch().sid == made.sid
    assert [each.sid for each in conversations.list(start_date="2024-02-29", end_date="2024-02-29")] == [made.sid]
    assert conversations.list(state="closed") == []
    changed = conversations(made.sid).update(state="active", timers_inactive="PT1H", attributes="{}")
    assert (changed.state, set(changed.timers)) == ("active", {"date_inactive", "date_closed"})
    closed = conversations(made.sid).update(state="closed")
    assert (closed.state, closed.timers) == ("closed", {})
    assert refusal(lambda: conversations(made.sid).update(state="active"))[:2] == (400, 50377)
    assert conversations("order 8812").delete() is True
    assert refusal(conversations("order 8812").fetch)[:2] == (404, 20404)


def participants(client: Library) -> None:
    conversation = client.scope.conversations.create(unique_name="talk")
    participants = client.scope.conversations("talk").participants
    dana = participants.create(identity="dana", attributes='{"a":1}')
    phone = participants.create(
        messaging_binding_address="+15551230001", messaging_binding_proxy_address="+15551230002"
    )
    assert phone.messaging_binding == {"type": "sms", "address": "+15551230001", "proxy_address": "+15551230002"}
    assert dana.messaging_binding is None
    assert [each.sid for each in participants.list()] == [dana.sid, phone.sid]
    assert participants("dana").fetch().sid == dana.sid
    read = participants("dana").update(last_read_message_index=3, last_read_timestamp="2024-02-29T12:30:15Z")
    assert (read.last_read_message_index, read.last_read_timestamp) == (3, "2024-02-29T12:30:15Z")
    status, code, text = refusal(
        lambda: participants.create(
            messaging_binding_address="+15551230001", messaging_binding_proxy_address="+15551230002"
        )
    )
    assert (status, code) == (409, 50416)
    assert re.findall("CH[0-9a-f]{32}", text) == [conversation.sid]
    assert participants(phone.sid).delete() is True
    assert participants("dana").delete() is True
    assert participants.list() == []


def messages(client: Library) -> None:
    conversation = client.scope.conversations(client.scope.conversations.create().sid)
    conversation.participants.create(identity="dana")
    messages = conversation.messages
    first = messages.create(body="Good morning", author="dana", attributes='{"a":1}', date_created=TOLD)
    second = messages.create(body="Good day\n\u2028 😀")
    assert (first.index, first.author, first.date_created) == (0, "dana", TOLD)
    assert (second.index, second.author, second.body) == (1, "system", "Good day\n\u2028 😀")
    assert [each.index for each in messages.list()] == [0, 1]
    assert [each.index for each in messages.list(order="desc")] == [1, 0]
    assert messages(first.sid).update(body="Good evening").body == "Good evening"
    assert messages(first.sid).fetch().body == "Good evening"
    assert messages(first.sid).delete() is True
    assert [each.sid for each in messages.list()] == [second.sid]


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


STORIES: list[Story] = [
    services_and_configuration,
    roles,
    credentials,
    users,
    conversations,
    participants,
    messages,
    receipts,
    memberships,
]
