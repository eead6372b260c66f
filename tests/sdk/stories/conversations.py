"""What is in a conversation."""

import json
import re
from datetime import UTC, datetime, timedelta

from parlour.resources.receipts.model import Status
from tests.receipts import record, somebody
from tests.sdk.library import Library, refusal

TOLD = datetime(2024, 2, 29, 12, 30, 15, tzinfo=UTC)


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


def receipts(client: Library) -> None:
    conversation = client.scope.conversations(client.scope.conversations.create().sid)
    message = conversation.messages.create(body="Good morning")
    receipts = conversation.messages(message.sid).delivery_receipts
    assert receipts.list() == []
    row = {"sid": message.sid, "conversation_sid": message.conversation_sid}
    kept = client.behind(record(client.api, row, somebody(), Status.DELIVERED, channel_message_sid="SM1"))
    (receipt,) = receipts.list()
    assert (receipt.sid, receipt.status, receipt.error_code) == (kept.sid, "delivered", 0)
    assert (receipt.message_sid, receipt.channel_message_sid) == (message.sid, "SM1")
    assert receipts(receipt.sid).fetch().date_created == receipt.date_created
    assert conversation.messages(message.sid).fetch().delivery["delivered"] == "all"


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
