"""What is done with the official libraries and must come out: a story per resource, told by each library in turn."""

import json
import re
from datetime import UTC, datetime, timedelta

from parlour.resources.receipts.model import Status
from tests.devices import register
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


def settings_of_services(client: Library) -> None:
    v1 = client.v1
    service = v1.services(v1.configuration().fetch().default_chat_service_sid)
    role = service.roles.create(friendly_name="guest", type="conversation", permission=["sendMessage"])
    before = service.configuration().fetch()
    after = service.configuration().update(
        default_conversation_creator_role_sid=role.sid,
        default_conversation_role_sid=role.sid,
        default_chat_service_role_sid=before.default_chat_service_role_sid,
        reachability_enabled=True,
    )
    assert (before.reachability_enabled, after.reachability_enabled) == (False, True)
    assert after.default_conversation_creator_role_sid == after.default_conversation_role_sid == role.sid
    assert refusal(service.roles(role.sid).delete)[:2] == (409, 20409)
    told = refusal(lambda: service.configuration().update(default_chat_service_role_sid=role.sid))
    assert told == (404, 50102, "Service role not found")

    assert service.configuration.notifications().fetch().new_message["enabled"] is False
    notifications = service.configuration.notifications().update(
        log_enabled=True,
        new_message_enabled=True,
        new_message_template="${PARTICIPANT}: ${MESSAGE}",
        new_message_badge_count_enabled=True,
        new_message_with_media_enabled=True,
        removed_from_conversation_sound="gong",
    )
    assert notifications.log_enabled is True
    assert notifications.new_message == {
        "enabled": True,
        "template": "${PARTICIPANT}: ${MESSAGE}",
        "badge_count_enabled": True,
        "sound": None,
        "with_media": {"enabled": True, "template": None},
    }
    assert notifications.added_to_conversation == {"enabled": False, "template": None, "sound": None}
    assert notifications.removed_from_conversation == {"enabled": False, "template": None, "sound": "gong"}


def webhooks(client: Library) -> None:
    v1 = client.v1
    of_account = v1.configuration.webhooks()
    assert (of_account.fetch().method, of_account.fetch().filters) == ("POST", None)
    changed = of_account.update(
        method="GET",
        filters=["onMessageAdd", "onMessageAdded"],
        pre_webhook_url="https://example.org/before",
        post_webhook_url="https://example.org/after",
        target="flex",
    )
    assert (changed.method, changed.target) == ("GET", "flex")
    assert changed.filters == ["onMessageAdd", "onMessageAdded"]
    assert of_account.update(pre_webhook_url="").pre_webhook_url is None
    assert of_account.fetch().post_webhook_url == "https://example.org/after"
    told = refusal(lambda: of_account.update(method="PUT"))
    assert told == (400, 50055, "Invalid webhook method")

    of_service = v1.services(v1.configuration().fetch().default_chat_service_sid).configuration.webhooks()
    assert (of_service.fetch().method, of_service.fetch().post_webhook_url) == (None, None)
    changed = of_service.update(post_webhook_url="https://example.org/", filters=["onUserAdded"], method="POST")
    assert (changed.method, changed.filters) == ("POST", ["onUserAdded"])
    assert of_service.fetch().post_webhook_url == "https://example.org/"
    assert refusal(lambda: of_service.update(post_webhook_url="nowhere"))[:2] == (400, 50054)


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


def address_configurations(client: Library) -> None:
    addresses = client.v1.address_configurations
    service = client.v1.configuration().fetch().default_chat_service_sid
    flow = "FW" + "0" * 32
    made = addresses.create(
        type="sms",
        address="+15551230000",
        friendly_name="The hotline",
        address_country="US",
        auto_creation_enabled=True,
        auto_creation_type="webhook",
        auto_creation_conversation_service_sid=service,
        auto_creation_webhook_url="https://shop.example/hook",
        auto_creation_webhook_method="GET",
        auto_creation_webhook_filters=["onMessageAdded", "onConversationAdded"],
    )
    assert (made.type, made.address, made.address_country) == ("sms", "+15551230000", "US")
    assert made.auto_creation == {
        "enabled": True,
        "type": "webhook",
        "conversation_service_sid": service,
        "webhook_url": "https://shop.example/hook",
        "webhook_method": "GET",
        "webhook_filters": ["onMessageAdded", "onConversationAdded"],
    }
    changed = addresses("+15551230000").update(
        auto_creation_type="studio", auto_creation_studio_flow_sid=flow, auto_creation_studio_retry_count=2
    )
    assert (changed.auto_creation["studio_flow_sid"], changed.auto_creation["studio_retry_count"]) == (flow, 2)
    assert addresses(made.sid).fetch().friendly_name == "The hotline"
    assert [each.sid for each in addresses.list(type="sms")] == [made.sid]
    assert addresses.list(type="email") == []
    assert refusal(lambda: addresses.create(type="sms", address="+15551230000"))[:2] == (409, 20409)
    assert addresses("+15551230000").delete() is True
    assert refusal(addresses(made.sid).fetch)[:2] == (404, 20404)


def webhooks_of_a_conversation(client: Library) -> None:
    conversation = client.scope.conversations.create(unique_name="watched")
    webhooks = client.scope.conversations("watched").webhooks
    url = "https://app.example.org/hooks?room=1"
    hook = webhooks.create(
        target="webhook",
        configuration_url=url,
        configuration_method="POST",
        configuration_filters=["onMessageAdded", "onDeliveryUpdated"],
        configuration_replay_after=0,
    )
    assert (hook.conversation_sid, hook.target) == (conversation.sid, "webhook")
    assert hook.configuration == {"url": url, "method": "post", "filters": ["onMessageAdded", "onDeliveryUpdated"]}
    trigger = webhooks.create(target="trigger", configuration_url=url, configuration_triggers=["help", "stop"])
    assert trigger.configuration["triggers"] == ["help", "stop"]
    flow = webhooks.create(target="studio", configuration_flow_sid=f"FW{'0' * 32}")
    assert [each.sid for each in webhooks.list()] == [hook.sid, trigger.sid, flow.sid]
    changed = webhooks(hook.sid).update(configuration_method="GET", configuration_filters=["onMessageAdded"])
    assert changed.configuration == {"url": url, "method": "get", "filters": ["onMessageAdded"]}
    assert webhooks(hook.sid).fetch().configuration == changed.configuration
    assert refusal(lambda: webhooks.create(target="webhook", configuration_url=url))[:2] == (400, 50370)
    assert webhooks(hook.sid).delete() is True
    assert refusal(webhooks(hook.sid).fetch)[:2] == (404, 20404)


def bindings(client: Library) -> None:
    credential = client.v1.credentials.create(type="fcm", secret="a secret").sid
    of_dana = client.behind(register(client.house, "dana", "a device", credential, endpoint="dana-phone-1"))
    of_lee = client.behind(register(client.house, "lee", "another", credential, message_types=["new_message"]))
    bindings = client.v1.services(client.house.service).bindings
    binding = bindings(of_dana.sid).fetch()
    assert (binding.identity, binding.binding_type, binding.endpoint) == ("dana", "fcm", "dana-phone-1")
    assert (binding.credential_sid, binding.chat_service_sid) == (credential, client.house.service)
    assert [each.message_types for each in bindings.list(identity=["lee", "kim"])] == [["new_message"]]
    assert [each.sid for each in bindings.list(binding_type=["fcm", "gcm"])] == [of_dana.sid, of_lee.sid]
    assert bindings.list(binding_type=["apn"]) == []
    assert bindings(of_dana.sid).delete() is True
    assert [each.sid for each in bindings.list()] == [of_lee.sid]
    assert refusal(bindings(of_dana.sid).fetch)[:2] == (404, 20404)


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


def conversations_with_participants(client: Library) -> None:
    pair = {"address": "+15551230001", "proxy_address": "+15551230002"}
    crew = [json.dumps({"identity": "dana"}), json.dumps({"messaging_binding": pair})]
    begun = client.scope.conversation_with_participants.create(
        friendly_name="Crew", participant=crew, x_twilio_webhook_enabled="true"
    )
    assert (begun.friendly_name, begun.state) == ("Crew", "initializing")
    assert set(begun.links) == {"participants", "messages", "webhooks"}
    conversation = client.scope.conversations(begun.sid)
    while conversation.fetch().state == "initializing":
        pass
    assert conversation.fetch().state == "active"
    assert [each.identity for each in conversation.participants.list()] == ["dana", None]
    told = refusal(lambda: client.scope.conversation_with_participants.create(participant=crew))
    assert told[:2] == (409, 50425)
    told = refusal(lambda: client.scope.conversation_with_participants.create(participant=crew * 6))
    assert told == (400, 50426, "Request contains too many participants")


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
    settings_of_services,
    webhooks,
    roles,
    credentials,
    address_configurations,
    users,
    bindings,
    conversations,
    webhooks_of_a_conversation,
    conversations_with_participants,
    participants,
    messages,
    receipts,
    memberships,
]
