"""Fills a workspace over HTTP with the official Python library, as any customer's program would."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from zlib import crc32

from dialogues import Dialogue
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client
from twilio.rest.conversations.v1 import V1

AT_ONCE = 4
"""Requests under way at the same time."""

LISTENER = "listener"
"""The identity that takes part in everything and has read some of it."""

PHONE = "+12025550142"
"""The address that takes part by SMS, through a different number of ours each time. Reserved for fiction."""

USER_EXISTS, NAME_TAKEN = 50201, 50353


def connect(base_url: str, account_sid: str, auth_token: str) -> V1:
    """The Conversations API of the server at *base_url*."""
    client = Client(account_sid, auth_token, http_client=TwilioHttpClient(timeout=60))
    client.conversations.base_url = base_url
    return client.conversations.v1


def fill(api: V1, dialogues: list[Dialogue], done: Callable[[], None]) -> int:
    """There is one conversation for each dialogue; returns how many were missing. Calls *done* after each.

    One that an interrupted run has left half-filled is made anew: attributes are what it gets last.
    """
    present = {each.unique_name: each for each in api.conversations.stream(page_size=100)}
    half_filled = [name for name, each in present.items() if each.attributes == "{}"]
    missing = [each for each in dialogues if each.name not in present or each.name in half_filled]
    for dialogue in missing:
        if dialogue.name in half_filled:
            present[dialogue.name].delete()
    if missing:
        _add_user(api, LISTENER, "Listener", "every")
    numbered = list(enumerate(dialogues))

    def make(number: int, dialogue: Dialogue) -> None:
        if dialogue in missing:
            _hold(api, number, dialogue)
        done()

    with ThreadPoolExecutor(AT_ONCE) as threads:
        try:
            for made in [threads.submit(make, *each) for each in numbered]:
                made.result()
        finally:
            threads.shutdown(cancel_futures=True)
    return len(missing)


def _hold(api: V1, number: int, dialogue: Dialogue) -> None:
    """The whole conversation: a host and a guest, who is an identity or every fourth time a phone, say the lines."""
    conversation = api.conversations.create(unique_name=dialogue.name, friendly_name=dialogue.title)
    host, guest = (f"{dialogue.language}-{role}" for role in ("host", "guest"))
    by_phone = number % 4 == 3
    for identity in [host] if by_phone else [host, guest]:
        _add_user(api, identity, identity.replace("-", " ").title(), dialogue.language)
        conversation.participants.create(identity=identity)
    if by_phone:
        guest = PHONE
        conversation.participants.create(
            messaging_binding_address=PHONE, messaging_binding_proxy_address=_number_for(dialogue)
        )
    for line, author in zip(dialogue.lines, cycle([guest, host]), strict=False):
        conversation.messages.create(author=author, body=line)
    listener = conversation.participants.create(identity=LISTENER)
    if number % 5 != 4:  # who has no horizon has no unread count either
        listener.update(last_read_message_index=number % len(dialogue.lines))
    conversation.update(attributes=json.dumps({"language": dialogue.language, "topic": dialogue.topic}))


def _number_for(dialogue: Dialogue) -> str:
    """A telephone number that always is this dialogue's, of those that are reserved for fiction."""
    area, line = divmod(crc32(dialogue.name.encode()) % 78_000, 100)
    return f"+1{201 + area}55501{line:02}"


def _add_user(api: V1, identity: str, name: str, language: str) -> None:
    try:
        api.users.create(identity=identity, friendly_name=name, attributes=json.dumps({"language": language}))
    except TwilioRestException as error:
        if error.code != USER_EXISTS:
            raise
