"""The official Python library drives every operation, in both forms of the paths."""

import asyncio
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException

from parlour.resources.accounts import actions as accounts
from tests.conformance.published import SERVED
from tests.house import House, PathForm, new_house
from tests.sdk.library import Library, library

TOLD = datetime(2024, 2, 29, 12, 30, 15, tzinfo=UTC)


async def drive(house: House, story: Callable[[Library], None]) -> set[str]:
    """Runs *story*, which blocks, beside the server; returns the ids of the operations that it called."""
    with library(house) as client:
        await asyncio.to_thread(story, client)
        return client.called


def refusal(call: Callable[[], object]) -> tuple[int, int, str]:
    """Status, code and text of the exception that *call* raises."""
    with pytest.raises(TwilioRestException) as raised:
        call()
    return raised.value.status, raised.value.code, raised.value.msg


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
        f"Unable to fetch record: The requested resource /Services/{service.sid} was not found",
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
        "Unable to create record: User already exists",
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
    closed = made.update(state="closed")
    assert (closed.state, closed.timers) == ("closed", {})
    assert refusal(lambda: made.update(state="active"))[:2] == (400, 50377)
    assert made.delete() is True
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
    assert [each.sid for each in conversation.participants.list()] == [dana.sid, phone.sid]
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
    conversation = client.scope.conversations.create()
    conversation.participants.create(identity="dana")
    messages = client.scope.conversations(conversation.sid).messages
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
    participant = conversation.participants.create(identity="dana")
    for number in range(3):
        conversation.messages.create(body=str(number))
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


STORIES = [services_and_configuration, roles, credentials, users, conversations, participants, messages, memberships]


@pytest.mark.both_forms
@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
async def test_the_library_tells_the_story_of(house: House, story: Callable[[Library], None]) -> None:
    assert await drive(house, story)


@pytest.mark.both_forms
async def test_the_stories_call_every_operation(house: House) -> None:
    called: set[str] = set()
    for story in STORIES:
        called |= await drive(await new_house(house.parlour, house.form), story)
    explicit = house.form is PathForm.SERVICE
    assert {route.id for route in SERVED.values() if route.explicit is explicit} - called == set()


async def users_in(house: House, number: int) -> list[str]:
    return [(await house.made("/Users", Identity=f"user {each}"))["sid"] for each in range(number)]


@pytest.mark.both_forms
async def test_the_library_reads_on_through_all_pages(house: House) -> None:
    made = await users_in(house, 53)

    def story(client: Library) -> None:
        users = client.scope.users
        assert [user.sid for user in users.list()] == made
        assert [user.sid for user in users.list(limit=200)] == made  # which asks for more than the list's largest page
        assert [user.sid for user in users.list(page_size=7, limit=20)] == made[:20]
        assert [user.sid for user in users.stream(page_size=10)] == made
        assert [user.sid for user in users.list(limit=3)] == made[:3]

    await drive(house, story)


@pytest.mark.both_forms
async def test_the_library_goes_from_page_to_page_and_back(house: House) -> None:
    made = await users_in(house, 5)

    def sids(page: Any) -> list[str]:
        return [user.sid for user in page]

    def story(client: Library) -> None:
        first = client.scope.users.page(page_size=2)
        second = first.next_page()
        third = client.scope.users.get_page(second.next_page_url)
        assert sids(first) + sids(second) + sids(third) == made
        assert third.next_page() is None
        assert sids(client.scope.users.get_page(third.previous_page_url)) == made[2:4]

    await drive(house, story)


async def test_an_api_key_opens_the_account(house: House) -> None:
    key, secret = await accounts.create_key(house.parlour.inside, house.account, None)

    def story() -> None:
        with library(house, key.sid, secret) as client:
            assert client.v1.configuration().fetch().account_sid == house.account

    await asyncio.to_thread(story)


async def test_wrong_credentials_raise_what_the_library_promises(house: House) -> None:
    def story() -> None:
        with library(house, password="wrong") as client:
            told = refusal(client.v1.configuration().fetch)
            assert told == (401, 20003, "Unable to fetch record: Authenticate")

    await asyncio.to_thread(story)


async def test_a_missing_parameter_is_told_as_client_code_expects(house: House) -> None:
    def story(client: Library) -> None:
        assert refusal(lambda: client.v1.users.create(identity="")) == (
            400,
            20001,
            "Unable to create record: Missing required parameter Identity in the post body",
        )

    await drive(house, story)
